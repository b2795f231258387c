"""A reported address leads to the public internet, or it is refused."""

import ipaddress
import pickle
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import urls
from leeward.engines.urls import PrivateAddress, PrivateReason

PUBLIC = [
    "http://a.example/",
    "http://a.test/",
    "http://a.invalid/",
    "http://abcdefghijklmnop.onion/",
    "http://9.9.9.9/",
    "http://[2620:fe::9]/",
    "http://[::ffff:9.9.9.9]/",
    "http://[64:ff9b::909:909]/",
    "http://homes.example/",
    "http://localhost.example/",
]

PRIVATE = [
    ("http://127.0.0.1/", PrivateReason.NUMBER),
    ("http://2130706433/", PrivateReason.NUMBER),
    ("http://0177.0.0.1/", PrivateReason.NUMBER),
    ("http://0x7f.1/", PrivateReason.NUMBER),
    ("http://%31%32%37.0.0.1/", PrivateReason.NUMBER),
    ("http://10.0.0.1/", PrivateReason.NUMBER),
    ("http://172.16.0.1/", PrivateReason.NUMBER),
    ("http://192.168.0.1/", PrivateReason.NUMBER),
    ("http://169.254.169.254/", PrivateReason.NUMBER),
    ("http://100.64.0.1/", PrivateReason.NUMBER),
    ("http://192.0.2.1/", PrivateReason.NUMBER),
    ("http://0/", PrivateReason.NUMBER),
    ("http://255.255.255.255/", PrivateReason.NUMBER),
    ("http://224.0.0.1/", PrivateReason.NUMBER),
    ("http://[::1]/", PrivateReason.NUMBER),
    ("http://[::]/", PrivateReason.NUMBER),
    ("http://[::ffff:127.0.0.1]/", PrivateReason.NUMBER),
    ("http://[::127.0.0.1]/", PrivateReason.NUMBER),
    ("http://[64:ff9b::7f00:1]/", PrivateReason.NUMBER),
    ("http://[2002:7f00:1::]/", PrivateReason.NUMBER),
    ("http://[fe80::1]/", PrivateReason.NUMBER),
    ("http://[fec0::1]/", PrivateReason.NUMBER),
    ("http://[fd00::1]/", PrivateReason.NUMBER),
    ("http://[ff02::1]/", PrivateReason.NUMBER),
    ("http://[2001:db8::1]/", PrivateReason.NUMBER),
    ("http://localhost/", PrivateReason.LOCAL_NAME),
    ("http://LOCALHOST.:8000/", PrivateReason.LOCAL_NAME),
    ("http://a.localhost/", PrivateReason.LOCAL_NAME),
    ("http://printer.local/", PrivateReason.LOCAL_NAME),
    ("http://metadata.google.internal/", PrivateReason.LOCAL_NAME),
    ("http://router.lan/", PrivateReason.LOCAL_NAME),
    ("http://router.home.arpa/", PrivateReason.LOCAL_NAME),
    ("http://intranetserver/", PrivateReason.SINGLE_LABEL),
]


@pytest.mark.parametrize("url", PUBLIC)
def test_a_public_address_is_let_through(url: str) -> None:
    urls.refuse_private(url)

    assert urls.is_public(url)


@pytest.mark.parametrize(("url", "reason"), PRIVATE)
def test_a_private_address_is_refused_in_every_disguise(url: str, reason: PrivateReason) -> None:
    with pytest.raises(PrivateAddress) as refused:
        urls.refuse_private(url)

    assert refused.value.reason is reason
    assert not urls.is_public(url)


@pytest.mark.parametrize("reason", list(PrivateReason))
def test_the_refusal_says_what_to_do_and_survives_a_trip_to_a_worker(reason: PrivateReason) -> None:
    refused = PrivateAddress(reason)

    assert str(pickle.loads(pickle.dumps(refused))) == str(refused)
    assert "give the public address" in str(refused)


NOTATIONS = st.lists(st.sampled_from(["{}", "0{:o}", "0x{:x}"]), min_size=4)


@given(number=st.integers(0, 2**32 - 1), count=st.integers(1, 4), forms=NOTATIONS)
def test_a_number_is_read_as_the_c_library_reads_it(number: int, count: int, forms: list[str]) -> None:
    octets = number.to_bytes(4)
    parts = [*octets[: count - 1], int.from_bytes(octets[count - 1 :])]
    host = ".".join(form.format(part) for form, part in zip(forms, parts, strict=False))

    assert urls.host_of(f"http://{host}/") == socket.inet_ntoa(socket.inet_aton(host))


@given(st.ip_addresses(v=6))
def test_every_ipv6_number_keeps_its_value(number: ipaddress.IPv6Address) -> None:
    assert ipaddress.ip_address(urls.host_of(f"http://[{number.exploded}]/")) == number


@given(st.ip_addresses(v=4))
def test_wrapping_a_number_in_ipv6_does_not_make_it_public(number: ipaddress.IPv4Address) -> None:
    plain = urls.is_public(f"http://{number}/")

    assert urls.is_public(f"http://[::ffff:{number}]/") == plain
    assert urls.is_public(f"http://[64:ff9b::{number}]/") == plain


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://A.example:8080/b", "a.example"),
        ("http://192.0.2.1/", None),
        ("http://[2001:db8::1]/", None),
        ("http://abcdefghijklmnop.onion/", None),
    ],
)
def test_only_a_name_that_resolvers_know_is_offered_for_blocking(url: str, name: str | None) -> None:
    assert urls.dns_name_of(url) == name


@pytest.mark.parametrize(
    ("url", "keys"),
    [
        ("http://a.example", ["a.example/"]),
        ("https://a.example/b", ["a.example/b", "a.example/"]),
        ("https://a.example:8443/b/", ["a.example:8443/b/", "a.example:8443/"]),
        ("https://a.example/b/c?d=/e", ["a.example/b/c?d=/e", "a.example/b/c", "a.example/b/", "a.example/"]),
        ("http://[2001:db8::1]/b", ["[2001:db8::1]/b", "[2001:db8::1]/"]),
    ],
)
def test_an_address_is_looked_up_from_the_page_down_to_its_host(url: str, keys: list[str]) -> None:
    assert urls.prefixes(url) == keys


def test_a_listed_folder_covers_what_is_below_it_and_not_its_neighbour() -> None:
    listed = urls.prefixes("https://a.example/b/")[0]

    assert listed in urls.prefixes("http://a.example/b/c/d?e")
    assert listed not in urls.prefixes("http://a.example/bc")
    assert listed not in urls.prefixes("http://other.example/b/")

"""DNS cookies: what we make, what we take for ours, and what a client gets back."""

import socket

import dns.edns
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines.dns._cookies import EARLY_S, LIFE_S, Cookies, Shown

from .asking import over_udp, question, texts
from .conftest import HOST, PAGE_V4, House

MADE_S = 1_800_000_000
CLIENT = b"8 octets"
COOKIES = Cookies(bytes(range(32)))


def cookie(octets: bytes) -> dns.edns.Option:
    return dns.edns.GenericOption(dns.edns.OptionType.COOKIE, octets)


@pytest.mark.parametrize(
    ("later_s", "worth"),
    [(0, Shown.OURS), (LIFE_S, Shown.OURS), (LIFE_S + 1, Shown.NEW), (-EARLY_S, Shown.OURS), (-EARLY_S - 1, Shown.NEW)],
)
def test_a_cookie_is_ours_for_an_hour(later_s: int, worth: Shown) -> None:
    made = COOKIES.make(CLIENT, address="192.0.2.7", at_s=MADE_S)

    assert COOKIES.check(made, address="192.0.2.7", at_s=MADE_S + later_s) is worth


def test_a_cookie_is_worth_nothing_at_another_address_or_to_another_client() -> None:
    made = COOKIES.make(CLIENT, address="2001:db8::7", at_s=MADE_S)

    assert COOKIES.check(made, address="2001:db8::8", at_s=MADE_S) is Shown.NEW
    assert COOKIES.check(b"8 others" + made[8:], address="2001:db8::7", at_s=MADE_S) is Shown.NEW
    assert Cookies(bytes(32)).check(made, address="2001:db8::7", at_s=MADE_S) is Shown.NEW


@given(st.binary(max_size=50))
def test_only_lengths_that_the_standard_has_are_taken(shown: bytes) -> None:
    worth = COOKIES.check(shown, address="192.0.2.7", at_s=MADE_S)

    assert (worth is Shown.BROKEN) == (len(shown) not in {8, *range(16, 41)})
    assert worth is not Shown.OURS


@pytest.mark.allow_hosts([HOST])
def test_a_client_gets_its_cookie_back_with_ours(house: House) -> None:
    _, port = house.resolver()

    answer = over_udp(port, question("bad.example", options=(cookie(CLIENT),)))
    again = over_udp(port, question("bad.example", options=(cookie(CLIENT),)))

    (found,) = (one.to_wire() for one in answer.options if one.otype == dns.edns.OptionType.COOKIE)
    assert found is not None
    assert (found[:8], len(found)) == (CLIENT, 24)
    assert texts(answer) == texts(again) == [PAGE_V4]


@pytest.mark.allow_hosts([HOST])
def test_a_broken_cookie_is_a_broken_question(house: House) -> None:
    _, port = house.resolver()
    query = question("bad.example").to_wire()
    broken = query[:-2] + b"\0\5\0\x0a\0\1x"  # The OPT record's data: the cookie option with a single octet.

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(5)
        asker.sendto(broken, (HOST, port))
        assert asker.recv(512)[3] & 15 == dns.rcode.FORMERR

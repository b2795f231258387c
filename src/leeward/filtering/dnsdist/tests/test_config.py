from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from leeward.filtering.dnsdist import config, plane
from leeward.filtering.dnsdist.config import Plane, WrongPlane

from .running import program


@pytest.fixture
def small(tmp_path: Path) -> Plane:
    return Plane(
        data_dir=tmp_path / "data",
        folder=tmp_path / "dnsdist",
        listen=("192.0.2.1:53",),
        backends=("192.0.2.53:53", "[2001:db8::53]:5353"),
        door_v4="192.0.2.80",
    )


@pytest.fixture
def large(small: Plane) -> Plane:
    return dataclasses.replace(
        small,
        dot=("192.0.2.1:853",),
        doh=("192.0.2.1:443",),
        certificate="/etc/leeward/chain.pem",
        key="/etc/leeward/key.pem",
        tls_domain="dns.harbour.example",
        safe_backends=("192.0.2.54:53",),
        clients=("192.0.2.0/24", "2001:db8::/32"),
        trusted=("192.0.2.128/25",),
        threads=2,
    )


def test_a_small_plane_has_one_listener_and_its_resolvers(small: Plane) -> None:
    text = config.text(small)

    assert 'addLocal("192.0.2.1:53", {})' in text
    assert 'newServer({address="192.0.2.53:53"})' in text
    assert 'newServer({address="\\091\\050' in text  # Brackets are written by their octets.
    assert "addTLSLocal" not in text
    assert "addDOHLocal" not in text
    assert "trusted" not in text


def test_each_pool_keeps_answers_of_its_own(small: Plane) -> None:
    text = config.text(small)

    assert text.count("newPacketCache") == 2
    assert 'getPool("safe"):setCache' in text


def test_encrypted_doors_take_tokens(large: Plane) -> None:
    text = config.text(large)

    assert 'addTLSLocal("192.0.2.1:853", "/etc/leeward/chain.pem", "/etc/leeward/key.pem"' in text
    assert '{"/dns-query"}, {exactPathMatching=false' in text
    assert 'doh_prefix = "/dns-query/", tls_suffix = ".dns.harbour.example"' in text


def test_only_trusted_networks_are_looked_through_for_a_device(large: Plane) -> None:
    text = config.text(large)

    assert 'addAction(NetmaskGroupRule(trusted, true), LuaFFIPerThreadAction(code("65074")))' in text
    assert 'addAction(NotRule(NetmaskGroupRule(trusted, true)), LuaFFIPerThreadAction(code("nil")))' in text


def test_more_threads_share_a_port(large: Plane) -> None:
    assert config.text(large).count('addLocal("192.0.2.1:53", {reusePort=true})') == 2


def test_a_path_cannot_break_out_of_its_text(small: Plane) -> None:
    odd = dataclasses.replace(small, data_dir=Path('/tmp/a"]==] os.exit() --'))

    text = config.text(odd)

    assert "os.exit" not in text
    assert "\\034\\093\\061\\061\\093" in text


@pytest.mark.parametrize(
    ("field", "value", "place"),
    [
        ("listen", (), "LEEWARD_DNSDIST_LISTEN"),
        ("backends", (), "LEEWARD_DNSDIST_BACKENDS"),
        ("listen", ("192.0.2.1",), "192.0.2.1 is no address with a port"),
        ("backends", ("2001:db8::1:53",), "no address with a port"),
        ("clients", ("192.0.2.1/24",), "LEEWARD_DNSDIST_CLIENTS"),
        ("doh", ("192.0.2.1:443",), "LEEWARD_DNS_CERTIFICATE"),
        ("threads", 0, "LEEWARD_DNSDIST_THREADS"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_name(small: Plane, field: str, value: object, place: str) -> None:
    with pytest.raises(WrongPlane, match=place):
        dataclasses.replace(small, **{field: value})  # type: ignore[arg-type]  # one field after the other


@pytest.mark.parametrize("size", ["small", "large"])
def test_dnsdist_itself_takes_it(request: pytest.FixtureRequest, size: str) -> None:
    program("dnsdist")
    wanted: Plane = request.getfixturevalue(size)

    version = plane.check(plane.write(wanted))

    assert version.startswith("dnsdist ")


def test_dnsdist_refuses_a_script_that_is_broken(small: Plane) -> None:
    program("dnsdist")
    path = plane.write(small)
    (small.folder / "policy.lua").write_text("return nobody.knows.this", encoding="utf-8")

    with pytest.raises(plane.Refused, match=r"policy\.lua"):
        plane.check(path)


def test_the_script_is_whole(small: Plane) -> None:
    plane.write(small)

    assert (small.folder / "policy.lua").read_text(encoding="utf-8") == config.script()
    assert config.script().index("local options = ...") < config.script().index("return function(dq)")

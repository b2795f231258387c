"""By what a device is known: its address, its home's prefix, its token, its router's word, its block of ports."""

from __future__ import annotations

import dataclasses
import re
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime

import dns.edns
import dns.message
import dns.query
import pytest

from leeward.engines.policy.family import Profile

from .certificates import write_certificate
from .conftest import ANA, ANA_NUMBER, Tables
from .running import DOOR, HOST, OPEN_ADDRESS, Running, free_port, program, read, running

SITE = "dns.harbour.example"
ROUTER, OTHER_ROUTER = "127.0.0.40", "127.0.0.41"
SHARED = "127.0.0.50"
PORTS_A_BLOCK = 1024
PORT_OF_ANA = 20 * PORTS_A_BLOCK + 7
DEVICE_OPTION = 65074
CLOSED = "bad.example"


@pytest.fixture(scope="module")
def dnsdist(tables: Tables) -> Iterator[Running]:
    tables.family.put_name(CLOSED, 1)
    tables.family.put_profile(Profile(number=ANA_NUMBER, blocked=1), at=datetime.now(UTC))
    ana = socket.inet_aton(SHARED) + (PORT_OF_ANA // PORTS_A_BLOCK).to_bytes(2)
    for who in (b"4" + socket.inet_aton(ANA), b"6" + bytes(8), b"tana-1", b"eana-phone", b"p" + ana):
        tables.family.put_who(who, ANA_NUMBER)
    chain, key = write_certificate(tables.folder, name=SITE)
    plane = dataclasses.replace(
        tables.plane,
        dot=(f"{HOST}:{free_port()}",),
        doh=(f"{HOST}:{free_port()}",),
        certificate=str(chain),
        key=str(key),
        tls_domain=SITE,
        trusted=(f"{ROUTER}/32",),
        edns_option=DEVICE_OPTION,
        ports_a_block=PORTS_A_BLOCK,
    )
    with running(plane) as made:
        yield made


def _kdig(place: str, *options: str) -> str:
    port = place.rpartition(":")[2]
    command = [program("kdig"), f"@{HOST}", "-p", port, "+timeout=5", *options, CLOSED, "A"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _from_router(dnsdist: Running, router: str, device: bytes) -> tuple[str, ...]:
    query = dns.message.make_query(
        CLOSED, "A", options=[dns.edns.GenericOption(dns.edns.OptionType.make(DEVICE_OPTION), device)]
    )
    return read(dns.query.udp(query, HOST, timeout=5, port=dnsdist.port, source=router)).addresses


def test_a_device_is_known_by_its_address(dnsdist: Running) -> None:
    assert dnsdist.ask(CLOSED, source=ANA).addresses == (DOOR,)
    assert dnsdist.ask(CLOSED, source="127.0.0.13").addresses == (OPEN_ADDRESS,)


def test_a_home_is_known_by_its_prefix(dnsdist: Running) -> None:
    assert dnsdist.ask(CLOSED, source="::1").addresses == (DOOR,)


def test_a_token_in_the_path_is_known(dnsdist: Running) -> None:
    shown = _kdig(dnsdist.plane.doh[0], "+https=/dns-query/ana-1")

    assert DOOR in shown
    assert "EDE: 17 (Filtered)" in shown


def test_a_token_in_the_path_may_have_any_case(dnsdist: Running) -> None:
    assert DOOR in _kdig(dnsdist.plane.doh[0], "+https=/dns-query/ANA-1")


def test_without_a_token_the_address_counts(dnsdist: Running) -> None:
    assert OPEN_ADDRESS in _kdig(dnsdist.plane.doh[0], "+https=/dns-query")
    assert DOOR in _kdig(dnsdist.plane.doh[0], "+https=/dns-query", "-b", ANA)


def test_a_token_in_the_name_of_tls_is_known(dnsdist: Running) -> None:
    assert DOOR in _kdig(dnsdist.plane.dot[0], "+tls", f"+tls-sni=ana-1.{SITE}")
    assert OPEN_ADDRESS in _kdig(dnsdist.plane.dot[0], "+tls", f"+tls-sni={SITE}")


@pytest.mark.parametrize("token", ["nobody", "ana-", "ana-11"])
def test_a_token_that_nobody_has_is_refused(dnsdist: Running, token: str) -> None:
    for shown in (
        _kdig(dnsdist.plane.doh[0], f"+https=/dns-query/{token}"),
        _kdig(dnsdist.plane.dot[0], "+tls", f"+tls-sni={token}.{SITE}"),
    ):
        assert re.search(r"status: REFUSED", shown)


def test_a_trusted_router_names_the_device(dnsdist: Running) -> None:
    assert _from_router(dnsdist, ROUTER, b"ana-phone") == (DOOR,)
    assert _from_router(dnsdist, ROUTER, b"bea-phone") == (OPEN_ADDRESS,)


def test_nobody_else_is_believed(dnsdist: Running) -> None:
    assert _from_router(dnsdist, OTHER_ROUTER, b"ana-phone") == (OPEN_ADDRESS,)
    assert _from_router(dnsdist, ANA, b"bea-phone") == (DOOR,)


@pytest.mark.parametrize(
    ("port", "address"), [(PORT_OF_ANA, DOOR), (PORT_OF_ANA + PORTS_A_BLOCK, OPEN_ADDRESS)], ids=["hers", "another"]
)
def test_a_line_behind_a_shared_address_is_known_by_its_ports(dnsdist: Running, port: int, address: str) -> None:
    query = dns.message.make_query(CLOSED, "A")

    answer = dns.query.udp(query, HOST, timeout=5, port=dnsdist.port, source=SHARED, source_port=port)

    assert read(answer).addresses == (address,)

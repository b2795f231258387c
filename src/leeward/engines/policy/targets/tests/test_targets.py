"""What is written for other products says the same as what was asked for, read back by our own parsers."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines.policy import lists, targets
from leeward.engines.policy.lists import Format, Row
from leeward.engines.policy.targets import NotAZone, Zone

ZONE = Zone("rpz.provider.example", 7)
HELP = "help.line.example"
LABEL = st.sampled_from(["a", "b", "c-1", "_d", "xn--bcher-kva"])
NAME = st.lists(LABEL, min_size=1, max_size=4).map(lambda labels: ".".join([*labels, "site", "example"]))
NAMES = st.frozensets(NAME, max_size=12)


def read(rows: Iterable[str], format: Format) -> list[Row]:
    reading = lists.read(["".join(f"{row}\n" for row in rows).encode()], format=format)
    found = list(reading)
    assert (reading.faults, reading.left_out) == ([], [])
    return found


def suffixes(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.partition(".")[2]


def is_closed(name: str, *, closed: frozenset[str], never: frozenset[str]) -> bool:
    """Say it the slow way: a name is closed with all below, unless it or something above it is never closed."""
    return bool(closed.intersection(suffixes(name))) and not never.intersection(suffixes(name))


def longest_decides(name: str, rows: list[Row]) -> bool:
    """Say what a product makes of rows of which the longest that covers a name decides."""
    covering = [row for row in rows if row.name in set(suffixes(name))]
    return bool(covering) and not max(covering, key=lambda row: len(row.name)).resets


@pytest.mark.parametrize("format", [Format.RPZ, Format.DNSMASQ, Format.ADBLOCK])
@given(closed=NAMES, never=NAMES, asked=NAME)
def test_a_target_that_knows_exceptions_closes_exactly_what_was_asked(
    format: Format, closed: frozenset[str], never: frozenset[str], asked: str
) -> None:
    rows = {
        Format.RPZ: lambda: targets.rpz(closed, never=never, zone=ZONE).rows,
        Format.DNSMASQ: lambda: targets.dnsmasq(closed, never=never),
        Format.ADBLOCK: lambda: targets.adguard(closed, never=never),
    }[format]()

    found = read(rows, format)

    for name in {asked, *closed, *never, *(f"www.{one}" for one in closed | never)}:
        assert longest_decides(name, found) == is_closed(name, closed=closed, never=never)


@given(closed=NAMES, never=NAMES)
def test_a_hosts_file_holds_each_closed_name_by_itself(closed: frozenset[str], never: frozenset[str]) -> None:
    rows = read(targets.hosts(closed, never=never), Format.HOSTS)

    assert [row.name for row in rows] == sorted(name for name in closed if is_closed(name, closed=closed, never=never))


@given(closed=NAMES, never=NAMES, seed=st.integers())
def test_the_order_of_the_names_does_not_matter(closed: frozenset[str], never: frozenset[str], seed: int) -> None:
    mixed, mixed_never = sorted(closed) * 2, sorted(never)
    random.Random(seed).shuffle(mixed)
    random.Random(seed).shuffle(mixed_never)

    for write in (targets.dnsmasq, targets.hosts, targets.adguard):
        assert list(write(mixed, never=mixed_never)) == list(write(sorted(closed), never=sorted(never)))
    assert list(targets.rpz(mixed, never=mixed_never, zone=ZONE).rows) == list(
        targets.rpz(closed, never=never, zone=ZONE).rows
    )


def test_a_zone_has_its_head_then_what_passes_then_what_is_closed() -> None:
    written = targets.rpz(["line.example", "bad.example", "www.bad.example"], never=[HELP], zone=ZONE)

    assert list(written.rows) == [
        "$ORIGIN rpz.provider.example.",
        "$TTL 10",
        "@ SOA localhost. hostmaster.localhost. 7 60 60 604800 10",
        "@ NS localhost.",
        "help.line.example CNAME rpz-passthru.",
        "*.help.line.example CNAME rpz-passthru.",
        "bad.example CNAME .",
        "*.bad.example CNAME .",
        "line.example CNAME .",
        "*.line.example CNAME .",
    ]
    assert written.left_out == ()


def test_other_targets_say_it_in_their_own_words() -> None:
    closed = ["line.example", "bad.example", "www.bad.example", HELP, f"www.{HELP}"]

    assert list(targets.dnsmasq(closed, never=[HELP])) == [
        f"server=/{HELP}/#",
        "local=/bad.example/",
        "local=/line.example/",
    ]
    assert list(targets.adguard(closed, never=[HELP])) == [f"@@||{HELP}^", "||bad.example^", "||line.example^"]
    assert list(targets.hosts(closed, never=[HELP])) == [
        "0.0.0.0 bad.example",
        "0.0.0.0 line.example",
        "0.0.0.0 www.bad.example",
    ]


def test_a_name_that_does_not_fit_below_the_zone_is_said_and_not_lost() -> None:
    long = ".".join(["l" * 60] * 4)
    written = targets.rpz([long, "bad.example"], never=[], zone=ZONE)

    assert written.left_out == (long,)
    assert read(written.rows, Format.RPZ) == [Row("bad.example")]


@pytest.mark.parametrize(
    ("name", "serial", "ttl_s"), [("", 1, 1), ("a b", 1, 1), ("rpz", -1, 1), ("rpz", 2**32, 1), ("rpz", 1, -1)]
)
def test_a_zone_that_cannot_be_written_is_refused(name: str, serial: int, ttl_s: int) -> None:
    with pytest.raises(NotAZone):
        Zone(name, serial, ttl_s)

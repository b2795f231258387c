"""Files in and out: a table of signs, lists of addresses and names, and what is wrong with them, by line and column."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from leeward.engines.policy import lists, targets
from leeward.exchange.shapes import csv_files, name_files
from leeward.exchange.shapes.values import Told
from leeward.exchange.tests.conftest import AT, digest
from leeward.indicators.models import Category, Kind, Tlp
from leeward.indicators.services import Sign

HEAD = "kind,value,category,tlp,valid_until"
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)


def told(kind: Kind, value: str, *, category: str = "csam", until: datetime | None = None) -> Told:
    return Told(101, AT, uuid.uuid4(), kind, value, category, "amber", until, is_withdrawn=False)


def read(*lines: str) -> tuple[list[Sign], list[str]]:
    reading = csv_files.Reading(lines)
    signs = list(reading)
    return signs, [str(fault) for fault in reading.faults]


def test_a_table_is_read_in_whatever_order_its_columns_stand() -> None:
    signs, faults = read(
        "category,value,kind", f"csam,{digest(1).upper()},sha256\r\n", "", 'other,"bad.example",domain'
    )

    assert faults == []
    assert signs == [
        Sign(Kind.SHA256, digest(1), Category.CSAM),
        Sign(Kind.DOMAIN, "bad.example", Category.OTHER),
    ]


def test_what_is_written_is_read_again_as_the_same() -> None:
    signs = [told(Kind.PDQ, digest(1)), told(Kind.URL, 'http://bad.example/a,b?c="d"', until=UNTIL)]

    again, faults = read(*csv_files.written(signs))

    assert faults == []
    assert [(one.kind, one.category, one.tlp, one.valid_until) for one in again] == [
        (Kind.PDQ, Category.CSAM, Tlp.AMBER, None),
        (Kind.URL, Category.CSAM, Tlp.AMBER, UNTIL),
    ]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_no_spreadsheet_runs_what_is_written(begin: str) -> None:
    dangerous = f'{begin}cmd|"/c calc",A1'

    (_, row) = csv.reader(io.StringIO("\n".join(csv_files.written([told(Kind.URL, dangerous)])), newline=""))

    assert row[1] == f"'{dangerous}"


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (f"sha257,{digest(1)},csam,,", "line 2, column 1:"),
        ("sha256,abc,csam,,", "line 2, column 8:"),
        (f"sha256,{digest(1)},crime,,", "line 2, column 73:"),
        (f"sha256,{digest(1)},csam,pink,", "line 2, column 78:"),
        (f"sha256,{digest(1)},csam,red,tomorrow", "line 2, column 82:"),
        (f"sha256,{digest(1)},csam,red,2026-12-31T00:00:00", "line 2, column 82:"),
        (f"sha256,{digest(1)},csam", "line 2, column 1:"),
        (f'sha256,"{digest(1)},csam,,', "line 2, column 8:"),
        ('"sha256","abc",csam,,', "line 2, column 10:"),
        ("x" * 9000, "line 2, column 8193:"),
    ],
)
def test_a_fault_is_named_by_line_and_column_and_repeats_nothing(line: str, place: str) -> None:
    signs, (fault,) = read(HEAD, line)

    assert signs == []
    assert fault.startswith(place)
    assert digest(1) not in fault


def test_a_table_without_a_head_is_one_fault() -> None:
    signs, faults = read(f"sha256,{digest(1)},csam,,", f"sha256,{digest(2)},csam,,")

    assert signs == []
    assert len(faults) == 1


def test_ten_wrong_rows_of_very_many_are_named_and_the_others_are_in() -> None:
    wrong = set(range(5_000, 100_001, 10_000))
    good = digest(1)[8:]

    def lines() -> Iterator[str]:
        yield HEAD
        for number in range(2, 100_002):
            yield "md5,no,csam,," if number in wrong else f"sha256,{number:08x}{good},csam,,"

    reading = csv_files.Reading(lines())
    count = sum(1 for _ in reading)

    assert count == 99_990
    assert [fault.line for fault in reading.faults] == sorted(wrong)
    assert {fault.column for fault in reading.faults} == {5}
    assert reading.fault_count == 10


def test_addresses_come_one_a_line() -> None:
    lines = ["# of today\n", "http://BAD.example/page\n", "\n", "  no address\n"]

    reading = name_files.Addresses(lines, category=Category.CSAM)
    signs = list(reading)

    assert [sign.value for sign in signs] == ["http://bad.example/page"]
    assert [(fault.line, fault.column) for fault in reading.faults] == [(4, 3)]


@pytest.mark.parametrize(
    ("text", "format"),
    [
        (b"0.0.0.0 bad.example\n", lists.Format.HOSTS),
        (b"bad.example\n", lists.Format.DOMAINS),
        (b"bad.example CNAME .\nfine.example CNAME rpz-passthru.\n", lists.Format.RPZ),
        (b"||bad.example^\n", lists.Format.ADBLOCK),
        (b"local=/bad.example/\n", lists.Format.DNSMASQ),
    ],
)
def test_names_come_in_every_format_that_is_read_elsewhere(text: bytes, format: lists.Format) -> None:
    reading = name_files.Names([text], format, category=Category.OTHER)

    assert [(sign.kind, sign.value) for sign in reading] == [(Kind.DOMAIN, "bad.example")]
    assert reading.fault_count == 0


def test_names_are_written_as_hosts_as_a_zone_and_as_folders() -> None:
    signs = [
        told(Kind.DOMAIN, "bad.example"),
        told(Kind.URL, "http://worse.example/page", category="other"),
        told(Kind.PDQ, digest(1)),
    ]

    zone = list(name_files.rpz(signs, zone="rpz.leeward.internal", at=AT).rows)

    assert list(name_files.hosts(signs)) == ["0.0.0.0 bad.example"]
    assert list(name_files.addresses(signs)) == ["http://worse.example/page"]
    assert "bad.example CNAME ." in zone
    assert name_files.folders(signs) == {
        "csam": {"domains": ["bad.example"], "urls": []},
        "other": {"domains": [], "urls": ["worse.example/page"]},
    }
    with pytest.raises(targets.NotAZone):
        name_files.rpz(signs, zone="not a zone", at=AT)

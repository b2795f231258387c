"""Lines from a table: the wrong lines are named, all others are in, and the same table again changes nothing."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from leeward.core import machines
from leeward.core.models import ApiKey, Organisation
from leeward.filtering.subscribers import importing, services
from leeward.filtering.subscribers.importing import Found, NotATable
from leeward.filtering.subscribers.models import Session, Subscriber, SubscriberImport

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TABLE = """\
reference,address,ports,device,ends
contract 1,192.0.2.1,,,
contract 2,2001:db8:2::/56,,,
contract 3,198.51.100.9,1024-3071,,
"contract, 4",,,0x0a1b2c,
contract 5,192.0.2.5,,cpe-5,no
"""


def taken(table: str | bytes, *, after_min: int = 0, is_dry: bool = False) -> Found:
    octets = table.encode() if isinstance(table, str) else table
    clock = AT + timedelta(minutes=after_min)
    return importing.take(io.BytesIO(octets).read, is_dry=is_dry, clock=lambda: clock, tell=lambda _: None)


def has(address: str, port: int | None = None) -> str | None:
    line = services.line_at(address, port=port)
    return line.reference if line is not None else None


def test_every_way_to_know_a_line_is_taken() -> None:
    found = taken(TABLE)

    assert (found.rows, found.changed, found.faults) == (5, 5, [])
    assert [has("192.0.2.1"), has("2001:db8:2:ff::7"), has("192.0.2.5")] == ["contract 1", "contract 2", "contract 5"]
    assert [has("198.51.100.9", 1024), has("198.51.100.9", 3071)] == ["contract 3"] * 2
    assert [has("198.51.100.9", 3072), has("198.51.100.9"), has("192.0.2.2")] == [None] * 3
    assert Session.objects.filter(held__first=b"e\x0a\x1b\x2c", subscriber__isnull=False).exists()


def test_the_same_table_again_changes_nothing() -> None:
    taken(TABLE)
    before = list(Session.objects.order_by("pk").values())

    found = taken(TABLE, after_min=60)

    assert (found.rows, found.changed) == (5, 0)
    assert list(Session.objects.order_by("pk").values()) == before


def test_an_address_that_another_line_has_now_moves() -> None:
    taken("reference,address\ncontract 1,192.0.2.1\n")
    found = taken("reference,address\ncontract 2,192.0.2.1\n", after_min=60)

    assert (found.changed, has("192.0.2.1")) == (1, "contract 2")


def test_an_entry_that_ends_is_gone_and_comes_back_with_the_next_table() -> None:
    table = "reference,address,ends\ncontract 1,192.0.2.1,{}\n"
    taken(table.format(""))
    ended = taken(table.format("yes"), after_min=1)
    gone = has("192.0.2.1")
    again = taken(table.format("yes"), after_min=2)
    back = taken(table.format("no"), after_min=3)

    assert (ended.changed, gone, again.changed) == (1, None, 0)
    assert (back.changed, has("192.0.2.1")) == (1, "contract 1")


def test_a_stranger_cannot_end_the_entry_of_another_line() -> None:
    taken("reference,address\ncontract 1,192.0.2.1\n")
    taken("reference,address,ends\ncontract 2,192.0.2.1,yes\n", after_min=1)

    assert has("192.0.2.1") == "contract 1"


WRONG = {
    "contract 1,192.0.2.300,,,": (12, "this is no address"),
    "contract 1,192.0.2.0/24,,,": (12, "give each address by itself"),
    "contract 1,2001:db8::/32,,,": (12, "56 bits or more"),
    "contract 1,2001:db8:0:1::/56,,,": (12, "bits stand behind"),
    "contract 1,192.0.2.1,1000-2047,,": (22, "border of a block"),
    "contract 1,192.0.2.1,2047,,": (22, "no range of ports"),
    "contract 1,127.0.0.1,,,": (12, "no line can have"),
    ",192.0.2.1,,,": (1, "reference is missing"),
    '"contract, 1",,,,': (15, "neither an address"),
    "contract 1,,,0xzz,": (14, "no device id"),
    "contract 1,192.0.2.1,,,perhaps": (24, "neither yes nor no"),
    "contract 1,192.0.2.1": (1, "2 cells and the first line has 5"),
    '"contract 1,192.0.2.1,,,': (1, "quotation mark is not closed"),
    "contract 1," + "9" * 3000 + ",,,": (1, "over 2048 octets"),
}


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_line_is_named_with_its_place_and_all_others_are_in(line: str) -> None:
    column, words = WRONG[line]

    found = taken(f"reference,address,ports,device,ends\ncontract 8,192.0.2.8,,,\n{line}\ncontract 9,192.0.2.9,,,\n")

    (fault,) = found.faults
    assert (fault.line, fault.column) == (3, column)
    assert words in fault.what
    assert "contract 1" not in fault.what
    assert (found.rows, has("192.0.2.8"), has("192.0.2.9")) == (3, "contract 8", "contract 9")


def test_octets_that_are_no_text_are_a_wrong_line() -> None:
    found = taken(b"reference,address\n\xff\xfe,192.0.2.1\ncontract 2,192.0.2.2\n")

    assert [(fault.line, "UTF-8" in fault.what) for fault in found.faults] == [(2, True)]
    assert has("192.0.2.2") == "contract 2"


def test_of_two_lines_with_one_address_the_second_is_wrong() -> None:
    found = taken("reference,address\ncontract 1,192.0.2.1\ncontract 2,192.0.2.1\n")

    assert [(fault.line, fault.column) for fault in found.faults] == [(3, 12)]
    assert (found.changed, has("192.0.2.1")) == (1, "contract 1")


def test_a_table_from_a_spreadsheet_is_taken() -> None:
    found = taken(b'\xef\xbb\xbfReference,Address\r\n"contract ""1""",192.0.2.1\r\n\r\n')

    assert (found.rows, has("192.0.2.1")) == (1, 'contract "1"')


@pytest.mark.parametrize("first", ["", "address", "reference,adress", "reference,reference", "\x00\x01"])
def test_a_table_that_does_not_name_its_columns_is_refused_whole(first: str) -> None:
    with pytest.raises(NotATable, match="line 1: it must name the columns"):
        taken(f"{first}\ncontract 1,192.0.2.1\n")

    assert not Subscriber.objects.exists()


def test_a_dry_run_finds_the_faults_and_stores_nothing() -> None:
    found = taken(f"{TABLE}contract 6,nowhere,,,\n", is_dry=True)

    assert (found.rows, found.changed, found.fault_count) == (6, 5, 1)
    assert not Subscriber.objects.exists()
    assert SubscriberImport.objects.get().is_dry


def rows(count: int, wrong: Iterable[int]) -> Iterable[str]:
    yield "reference,address"
    for number in range(count):
        yield f"contract {number},{'nowhere' if number in wrong else f'10.{number >> 16}.{number >> 8 & 255}.{number & 255}'}"


def test_of_many_lines_ten_wrong_ones_are_named_and_the_rest_is_in() -> None:
    wrong = {7, 499, 500, 501, 1000, 1501, 1502, 2222, 2998, 2999}

    found = taken("\n".join(rows(3000, wrong)))

    assert {fault.line for fault in found.faults} == {number + 2 for number in wrong}
    assert (found.changed, Subscriber.objects.count()) == (2990, 2990)
    assert importing.last() is not None
    kept = SubscriberImport.objects.get()
    assert (kept.row_count, kept.fault_count, len(kept.faults)) == (3000, 10, 10)


def test_the_reference_stands_nowhere_in_the_open() -> None:
    taken("reference,address\nPlain Words Contract,192.0.2.1\n")

    with connection.cursor() as cursor:
        cursor.execute("SELECT reference FROM filtering_subscriber")
        [(stored,)] = cursor.fetchall()
    line = Subscriber.objects.get()
    assert "Plain" not in stored
    assert b"Plain" not in bytes(line.digest)
    assert line.reference == "Plain Words Contract"


def test_the_command_names_the_faults_and_ends_with_a_fault(tmp_path: Path) -> None:
    table, out, errors = tmp_path / "lines.csv", io.StringIO(), io.StringIO()
    table.write_text("\n".join(rows(4, {2})))

    with pytest.raises(CommandError, match="wrong lines: 1; the good ones are in"):
        call_command("subscribers", "import", str(table), stdout=out, stderr=errors)

    assert errors.getvalue().startswith("line 4, column 12: this is no address")
    assert "4 rows" in out.getvalue()
    assert Subscriber.objects.count() == 3


def test_the_command_says_that_a_dry_run_stored_nothing(tmp_path: Path) -> None:
    table, out = tmp_path / "lines.csv", io.StringIO()
    table.write_text("\n".join(rows(4, {2})))

    with pytest.raises(CommandError, match="wrong lines: 1; correct them, or import without --dry-run"):
        call_command("subscribers", "import", str(table), dry_run=True, stdout=out, stderr=io.StringIO())

    assert "Nothing was stored (dry run): 3 lines are good, 1 are wrong" in out.getvalue()
    assert not Subscriber.objects.exists()


@pytest.fixture
def key(harbour: Organisation) -> str:
    return machines.make_key(harbour, scopes=[ApiKey.Scope.LINES], at=AT)


def sent(table: str, key: str, *, to: str = "/api/v1/subscribers/import", kind: str = "text/csv") -> tuple[int, str]:
    answer = Client(headers={"host": "localhost", "authorization": f"Bearer {key}"}).post(to, table, content_type=kind)
    return answer.status_code, answer.content.decode()


def test_a_machine_brings_a_table(key: str) -> None:
    status, answer = sent(f"{TABLE}contract 6,nowhere,,,\n", key)

    assert status == 200
    assert '"rows": 6' in answer
    assert '"line": 7, "column": 12' in answer
    assert has("192.0.2.1") == "contract 1"


def test_a_machine_can_try_a_table_first(key: str) -> None:
    assert sent(TABLE, key, to="/api/v1/subscribers/import?dry_run=true")[0] == 200
    assert has("192.0.2.1") is None


def test_a_table_of_something_else_is_refused(key: str) -> None:
    assert sent("<html>", key)[0] == 422
    assert sent(TABLE, key, kind="application/json")[0] == 415


@pytest.mark.parametrize("scope", [scope for scope in ApiKey.Scope if scope is not ApiKey.Scope.LINES])
def test_no_other_scope_opens_the_door(scope: ApiKey.Scope, harbour: Organisation) -> None:
    other = machines.make_key(harbour, scopes=[scope], at=AT)

    assert sent(TABLE, other)[0] in {401, 403}
    assert sent("[]", other, to="/api/v1/subscribers/sessions", kind="application/json")[0] in {401, 403}
    assert not Subscriber.objects.exists()

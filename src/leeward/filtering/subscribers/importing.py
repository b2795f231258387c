"""Lines from a table: which reference has which address, prefix, range of ports or device id, for as long as nobody says else.

CSV in UTF-8 with a first line of names: `reference`, and `address`, `ports`, `device`, `ends` as far as they are needed. A wrong
line is left out and named; all others are in. The same table again changes nothing. Memory does not grow with the table.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Final

from django.db import transaction

from leeward.core import config
from leeward.filtering.subscribers import identities as subscriber_identities
from leeward.filtering.subscribers import sessions, statements
from leeward.filtering.subscribers.identities import Identities, NotALine
from leeward.filtering.subscribers.models import REFERENCE_MAX, Session, SubscriberImport
from leeward.filtering.subscribers.sessions import Event, Word

type Read = Callable[[int], bytes]
type Tell = Callable[[int], None]
type Clock = Callable[[], datetime]

COLUMNS: Final = ("reference", "address", "ports", "device", "ends")
LINE_OCTETS_MOST: Final = 2048
FAULTS_KEPT: Final = 100
_CHUNK_OCTETS: Final = 65_536
_ROWS_AT_ONCE: Final = 2000
_ORIGIN: Final = sessions.key_of(b"import")
_YES: Final = frozenset({"yes", "true", "1"})
_NO: Final = frozenset({"", "no", "false", "0"})


class NotATable(ValueError):
    """The first line does not name the columns; the message says how it should."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that was left out: where its trouble begins, in letters from 1, and what to do."""

    line: int
    column: int
    what: str


@dataclass(slots=True)
class Found:
    """What came of a table: rows read, rows that changed something, faults counted, and the first of them."""

    rows: int = 0
    changed: int = 0
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)

    def wrong(self, fault: Fault) -> None:
        """Count a fault, and keep it where there are not many yet."""
        self.fault_count += 1
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(fault)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    text: bytes
    reference: str
    identities: tuple[Identities, ...]
    ends: bool


class _Wrong(ValueError):
    def __init__(self, name: str, what: str) -> None:
        super().__init__(what)
        self.name = name


def take(read: Read, *, is_dry: bool, clock: Clock, tell: Tell) -> Found:
    """Take in a table; `read` gives its next octets, `tell` is told how many rows were read. Raises `NotATable`.

    With `is_dry` nothing is stored but that somebody tried. What was stored before a fault of ours stays, and the same table
    goes on from there.
    """
    at = clock()
    lines = _lines(read)
    columns = _columns(next(lines, (1, b""))[1])
    noted = SubscriberImport.objects.create(begun_at=at, is_dry=is_dry)
    found = Found()
    for rows in batched(_rows(lines, columns, found), _ROWS_AT_ONCE, strict=False):
        found.changed += _take(rows, columns, found, is_dry=is_dry, at=at)
        tell(found.rows)
    faults = [[fault.line, fault.column, fault.what] for fault in found.faults]
    SubscriberImport.objects.filter(pk=noted.pk).update(
        ended_at=clock(),
        row_count=found.rows,
        changed_count=found.changed,
        fault_count=found.fault_count,
        faults=faults,
    )
    return found


def _lines(read: Read) -> Iterator[tuple[int, bytes | None]]:
    """Yield each line with its number, or None for one that is too long to be a row."""
    rest, number, is_too_long = b"", 1, False
    while chunk := read(_CHUNK_OCTETS):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield number, None if is_too_long or len(line) > LINE_OCTETS_MOST else line
            number, is_too_long = number + 1, False
        if len(rest) > LINE_OCTETS_MOST:
            rest, is_too_long = b"", True
    if rest or is_too_long:
        yield number, None if is_too_long else rest


def _columns(first: bytes | None) -> dict[str, int]:
    try:
        names = [name.strip().lower() for name in _cells((first or b"").decode("utf-8-sig"))]
    except (UnicodeDecodeError, csv.Error):
        names = []
    unknown = [place for place, name in enumerate(names, 1) if name not in COLUMNS]
    if "reference" not in names or len(names) != len(set(names)) or unknown:
        raise NotATable(
            f"line 1: it must name the columns, each once, of: {', '.join(COLUMNS)}; `reference` must be among them"
        )
    return {name: place for place, name in enumerate(names)}


def _cells(text: str) -> list[str]:
    return next(csv.reader([text.rstrip("\r")], strict=True), [])


def _rows(lines: Iterator[tuple[int, bytes | None]], columns: Mapping[str, int], found: Found) -> Iterator[_Row]:
    a_block = config.current().dnsdist.dnsdist_ports_a_block
    for number, line in lines:
        if line is not None and not line.strip():
            continue
        found.rows += 1
        try:
            if line is None:
                raise _Wrong("", f"the line has over {LINE_OCTETS_MOST} octets; look whether a line end is missing")
            yield _row(number, line, columns, ports_a_block=a_block)
        except _Wrong as wrong:
            found.wrong(Fault(number, _column(line, columns.get(wrong.name, 0)), str(wrong)))


def _row(number: int, line: bytes, columns: Mapping[str, int], *, ports_a_block: int) -> _Row:
    try:
        cells = _cells(line.decode())
    except UnicodeDecodeError:
        raise _Wrong("", "this is not UTF-8; save the table as UTF-8") from None
    except csv.Error:
        raise _Wrong("", "a quotation mark is not closed; close it, or double it inside a cell") from None
    if len(cells) != len(columns):
        raise _Wrong("", f"the line has {len(cells)} cells and the first line has {len(columns)}; make them equal")
    row = {name: cells[place].strip() for name, place in columns.items()}
    if not row["reference"] or len(row["reference"]) > REFERENCE_MAX:
        raise _Wrong("reference", f"the reference is missing, or longer than {REFERENCE_MAX} letters; correct it")
    ends = row.get("ends", "").lower()
    if ends not in _YES | _NO:
        raise _Wrong("ends", "this is neither yes nor no; write `yes`, or leave it empty")
    identities = tuple(_identities(row, ports_a_block=ports_a_block))
    return _Row(number, line, row["reference"], identities, ends in _YES)


def _identities(row: Mapping[str, str], *, ports_a_block: int) -> Iterator[Identities]:
    address, ports, device = (row.get(name, "") for name in ("address", "ports", "device"))
    if not address and not device:
        raise _Wrong("address", "there is neither an address nor a device id; give one of them")
    try:
        if ports:
            yield from subscriber_identities.of_ports(ports, address=address, ports_a_block=ports_a_block)
        elif address:
            yield subscriber_identities.of_network(address)
    except NotALine as wrong:
        raise _Wrong("ports" if ports else "address", str(wrong)) from None
    try:
        if device:
            yield subscriber_identities.of_device(device)
    except NotALine as wrong:
        raise _Wrong("device", str(wrong)) from None


def _column(line: bytes | None, cell: int) -> int:
    """Return where a cell begins, in letters from 1."""
    text, place, is_quoted = (line or b"").decode(errors="replace"), 0, False
    for at, letter in enumerate(text, 1):
        if place == cell:
            return at
        is_quoted ^= letter == '"'
        place += letter == "," and not is_quoted
    return len(text) + 1 if place == cell else 1


@transaction.atomic
def _take(rows: Sequence[_Row], columns: Mapping[str, int], found: Found, *, is_dry: bool, at: datetime) -> int:
    """Store what these rows change, and return how many they are."""
    keys = {(row, held): _key(held) for row in rows for held in row.identities}
    digests = statements.digests_of({row.reference for row in rows})
    there = _there(list(keys.values()))
    taken: dict[bytes, _Row] = {}
    changed: dict[_Row, list[Event]] = {}
    refused: set[_Row] = set()
    for (row, held), key in keys.items():
        other, known = taken.setdefault(key, row), there.get(key)
        is_taken = known is not None and known.begun_at == at and known.digest != digests[row.reference]
        if other.reference != row.reference or is_taken:
            refused.add(row)
            continue
        is_there = known is not None and known.is_open and known.digest == digests[row.reference]
        if is_there == row.ends:
            changed.setdefault(row, []).append(_event(row, held, key, at=at))
    for row in sorted(refused, key=lambda row: row.line):
        found.wrong(
            Fault(
                row.line,
                _column(row.text, columns.get("address", 0)),
                "another line of this table has this address; keep one of them",
            )
        )
    events = [event for row, of_row in changed.items() if row not in refused for event in of_row]
    if events and not is_dry:
        names = {_ORIGIN: str(Session.Kind.IMPORT.label)}
        sessions.take(events, kind=Session.Kind.IMPORT, names=names, at=at)
    return len(changed.keys() - refused)


def _event(row: _Row, held: Identities, key: bytes, *, at: datetime) -> Event:
    if row.ends:
        return Event(Word.STOP, key, _ORIGIN, at)
    return Event(Word.START, key, _ORIGIN, at, at, row.reference, (held,))


def _key(held: Identities) -> bytes:
    return sessions.key_of(_ORIGIN, held.span.to_bytes(2), held.first)


@dataclass(frozen=True, slots=True)
class _There:
    digest: bytes
    begun_at: datetime | None
    is_open: bool


def _there(keys: Sequence[bytes]) -> dict[bytes, _There]:
    """Return the entries that stand there already."""
    rows = Session.objects.filter(key__in=keys).values_list(
        "key", "subscriber__digest", "begun_at", "alive_at", "stopped_at"
    )
    return {
        bytes(key): _There(bytes(digest or b""), begun_at, alive_at is not None and not _is_over(alive_at, stopped_at))
        for key, digest, begun_at, alive_at, stopped_at in rows
    }


def _is_over(alive_at: datetime, stopped_at: datetime | None) -> bool:
    return stopped_at is not None and stopped_at >= alive_at


def last() -> SubscriberImport | None:
    """Return the newest import, or None."""
    return SubscriberImport.objects.first()

"""Signs as a table: `kind,value,category,tlp,valid_until`, one a line, UTF-8. Documented in docs/operator/exchange-files.md.

The first line names the columns, in any order; `tlp` and `valid_until` may be left out or empty. A field that begins with
`=`, `+`, `-`, `@`, a tab or a carriage return gets a `'` before it when it is written, so that no spreadsheet runs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from leeward.exchange.shapes.values import Fault, Told
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind, Tlp
from leeward.indicators.services import Sign

COLUMNS: Final = ("kind", "value", "category", "tlp", "valid_until")
_NEEDED: Final = ("kind", "value", "category")
LINE_MAX: Final = 8192  # Characters; no address and no hash is longer.
FAULTS_SHOWN: Final = 100
# Kinds whose whole meaning stands in one field; the frames of a video do not.
KINDS: Final = {kind.value: kind for kind in Kind if kind not in (Kind.VPDQ, Kind.TLSH)}
_CATEGORIES: Final = {category.value: category for category in Category}
_TLPS: Final = {tlp.value: tlp for tlp in Tlp}
_FIELD: Final = re.compile(r'"((?:[^"]|"")*)"(?=,|$)|([^",]*)(?=,|$)')
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r")

type Cells = list[tuple[int, str]]


class _Wrong(Exception):
    def __init__(self, column: int, what: str) -> None:
        super().__init__(what)
        self.column, self.what = column, what


class Reading:
    """Iterate once over the signs; afterwards the rest is known: `faults` holds the first hundred, `fault_count` counts all.

    One wrong line spoils no other. Without a first line that names the columns nothing is read, and that is the fault.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.faults: list[Fault] = []
        self.fault_count = self.line_count = 0
        self._lines = lines

    def __iter__(self) -> Iterator[Sign]:
        """Yield the signs in the order of the file."""
        places: Mapping[str, int] | None = None
        for number, raw in enumerate(self._lines, 1):
            self.line_count = number
            line = raw.rstrip("\r\n")
            if not line.strip():
                continue
            try:
                if places is None:
                    places = _header(line.removeprefix("\ufeff"))
                else:
                    yield _sign(line, places)
            except _Wrong as wrong:
                self._note(Fault(number, wrong.column, wrong.what))
                if places is None:
                    return

    def _note(self, fault: Fault) -> None:
        self.fault_count += 1
        if len(self.faults) < FAULTS_SHOWN:
            self.faults.append(fault)


def _header(line: str) -> Mapping[str, int]:
    names = [text.strip().lower() for _, text in _cells(line)]
    unknown = [name for name in names if name not in COLUMNS]
    if unknown or len(set(names)) != len(names) or any(name not in names for name in _NEEDED):
        raise _Wrong(1, f"the first line must name the columns, each once: {','.join(COLUMNS)}")
    return {name: place for place, name in enumerate(names)}


def _sign(line: str, places: Mapping[str, int]) -> Sign:
    cells = _cells(line)
    if len(cells) != len(places):
        raise _Wrong(1, f"the line has {len(cells)} fields and {len(places)} are named above; correct its commas")
    kind_at, kind_text = cells[places["kind"]]
    value_at, value = cells[places["value"]]
    category_at, category_text = cells[places["category"]]
    kind, category = KINDS.get(kind_text), _CATEGORIES.get(category_text)
    if kind is None:
        raise _Wrong(kind_at, f"this is no kind of sign; write one of {', '.join(KINDS)}")
    if category is None:
        raise _Wrong(category_at, f"this is no category; write one of {', '.join(_CATEGORIES)}")
    try:
        value = indicators.normal(kind, value)
    except indicators.NotASign as fault:
        raise _Wrong(value_at, str(fault)) from None
    return Sign(kind, value, category, tlp=_tlp(cells, places), valid_until=_until(cells, places))


def _tlp(cells: Cells, places: Mapping[str, int]) -> Tlp:
    at, text = cells[places["tlp"]] if "tlp" in places else (1, "")
    if text and text not in _TLPS:
        raise _Wrong(at, f"this is no TLP; write one of {', '.join(_TLPS)}")
    return _TLPS.get(text, Tlp.AMBER)


def _until(cells: Cells, places: Mapping[str, int]) -> datetime | None:
    at, text = cells[places["valid_until"]] if "valid_until" in places else (1, "")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _Wrong(at, "this is no time with its zone; write it as 2026-12-31T00:00:00Z")
    return moment.astimezone(UTC)


def _cells(line: str) -> Cells:
    """Return the fields of a line, each with the column where it begins, counted from 1."""
    if len(line) > LINE_MAX:
        raise _Wrong(LINE_MAX + 1, f"the line is longer than {LINE_MAX} characters; shorten it")
    cells: Cells = []
    if '"' not in line:
        at = 1
        for text in line.split(","):
            cells.append((at, _plain(text.strip())))
            at += len(text) + 1
        return cells
    at = 0
    while at <= len(line):
        found = _FIELD.match(line, at)
        if found is None:
            raise _Wrong(at + 1, 'a quote is not closed, or stands inside a field; write it twice inside quotes: ""')
        quoted, bare = found.groups()
        cells.append((at + 1, _plain(bare.strip() if quoted is None else quoted.replace('""', '"'))))
        at = found.end() + 1
    return cells


def _plain(text: str) -> str:
    """Return a field without the mark that keeps spreadsheets from running it."""
    return text[1:] if text.startswith("'") and text[1:2] in _RUNS and len(text) > 1 else text


def written(signs: Iterable[Told]) -> Iterator[str]:
    """Yield the lines of a file that `Reading` reads, without line feeds."""
    yield ",".join(COLUMNS)
    for told in signs:
        until = "" if told.valid_until is None else told.valid_until.astimezone(UTC).isoformat().replace("+00:00", "Z")
        yield ",".join(_safe(text) for text in (told.kind.value, told.value, told.category, told.tlp, until))


def _safe(text: str) -> str:
    guarded = f"'{text}" if text.startswith(_RUNS) else text
    if any(mark in guarded for mark in ',"\r\n'):
        return '"' + guarded.replace('"', '""') + '"'
    return guarded

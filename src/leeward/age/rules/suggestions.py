"""Read a table of laws, as CSV, into suggestions. Plain values; nothing is stored here."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from datetime import date

from leeward.age.rules.kinds import Kind
from leeward.age.rules.models import EVERYWHERE

MOST_ROWS = 2000
_COLUMNS = ("country_code", "country", "digital_consent_age", "law", "valid_from", "valid_to", "majority_age", "source")
# A row that is about something else than consent says so in its note.
_OTHER_KINDS: Mapping[str, Kind] = {"rule_kind=minimum_age": Kind.ACCOUNT, "rule_kind=account_link": Kind.LINK}
_OLDEST = 25
_LAW, _SOURCE, _NOTE, _NAME = 300, 800, 600, 80


class BrokenTable(Exception):
    """A line cannot be read: correct the place that the message names. Nothing of the file was taken."""


@dataclass(frozen=True)
class Suggestion:
    """One row as a law has it, before anybody confirmed it."""

    country: str
    country_name: str
    kind: Kind
    age: int
    valid_from: date | None
    valid_to: date | None
    law: str
    source: str
    note: str
    confidence: str

    @property
    def digest(self) -> str:
        """What tells this row from every other."""
        return hashlib.sha256("\x1f".join(str(value) for value in astuple(self)).encode()).hexdigest()


def read(text: str) -> tuple[Suggestion, ...]:
    """Return every suggestion of a table, each once; raise `BrokenTable` with the line at fault."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise BrokenTable(f"line 1: the column {missing[0]!r} is missing; add it")
        found = [one for row in rows for one in _of_row(row, line=rows.line_num)]
    except csv.Error as wrong:
        raise BrokenTable(f"line {rows.line_num}: this is no CSV ({wrong}); save the table as CSV again") from None
    if len(found) > MOST_ROWS:
        raise BrokenTable(f"there are more than {MOST_ROWS} rules; split the file")
    return tuple(dict.fromkeys(found))


def _of_row(row: Mapping[str, str | None], *, line: int) -> Iterator[Suggestion]:
    said = {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}
    country = said["country_code"].upper()
    is_code = len(country) == 2 and country.isascii() and country.isalpha()  # ISO 3166 alpha-2
    if country != EVERYWHERE and not is_code:
        raise BrokenTable(f"line {line}: {country[:8]!r} is no country; write two letters of ISO 3166, or *")
    note = said.get("note", "")
    kind = next((kind for words, kind in _OTHER_KINDS.items() if words in note), Kind.CONSENT)
    first, last = (_day(said[name], name=name, line=line) for name in ("valid_from", "valid_to"))
    if first and last and last < first:
        raise BrokenTable(f"line {line}: valid_to comes before valid_from; change one of them")
    shared = {"note": note[:_NOTE], "confidence": said.get("confidence", "")[:10]}
    name, source = said["country"][:_NAME], said["source"][:_SOURCE]
    if said["digital_consent_age"]:
        age = _age(said["digital_consent_age"], line=line)
        yield Suggestion(country, name, kind, age, first, last, said["law"][:_LAW], source, **shared)
    # Of age is the same whatever the law about consent: it has no days of that law.
    if said["majority_age"] and kind == Kind.CONSENT:
        age = max(_age(part, line=line) for part in said["majority_age"].partition(" ")[0].split("/"))
        source = said.get("majority_source", "")[:_SOURCE]
        yield Suggestion(country, name, Kind.CIVIL, age, None, None, "", source, note="", confidence="")


def _age(text: str, *, line: int) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= _OLDEST:
        raise BrokenTable(f"line {line}: {text[:12]!r} is no age; write a whole number of years up to {_OLDEST}")
    return int(text)


def _day(text: str, *, name: str, line: int) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BrokenTable(f"line {line}: {name} is no day; write it as 2024-01-31") from None

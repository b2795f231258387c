"""Read lists of services from CSV files of two shapes: helplines with their numbers, hotlines with their report pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from leeward.helplines.directory.drafts import BadFacts, Facts, checked, is_dialled
from leeward.helplines.directory.models import NAME_MAX, NOTE_MAX, SOURCE_MAX, Contact, Service

MOST_BYTES = 1_000_000
MOST_ROWS = 2000
_HELPLINES = {"country", "organisation", "phone", "kind", "source", "confidence"}
_HOTLINES = {"country", "body", "kind", "report_url", "source", "confidence"}
_KINDS = {
    "child_helpline": Service.Kind.HELPLINE,
    "child_protection_line": Service.Kind.HELPLINE,
    "general_crisis": Service.Kind.CRISIS,
    "hotline": Service.Kind.HOTLINE,
    "regulator": Service.Kind.HOTLINE,
    "government": Service.Kind.HOTLINE,
    "police": Service.Kind.POLICE,
    "emergency": Service.Kind.EMERGENCY,
    "directory": Service.Kind.DIRECTORY,
}
_UNKNOWN = {"", "unknown"}


class NotAList(ValueError):
    """The file is none that we can read; the message says where and what to do."""


def read(data: bytes) -> list[Facts]:
    """Return the rows of a file as drafts, in order, with what the file itself doubts. Raises `NotAList`.

    A cell is taken as it stands: the country code NA is Namibia and no empty cell.
    """
    if len(data) > MOST_BYTES:
        raise NotAList(f"The file is larger than {MOST_BYTES} bytes; cut it into several.")
    try:
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        columns = set(rows.fieldnames or ())
        make = _helpline if columns >= _HELPLINES else _hotline if columns >= _HOTLINES else None
        if make is None:
            raise NotAList("line 1: the columns are of neither shape; see docs/operator/helplines.md")
        found = [_checked(make(row), line=rows.line_num) for row in _whole(rows)]
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise NotAList(f"This is no CSV file in UTF-8: {wrong}; save it anew.") from wrong
    return found


def _checked(facts: Facts, *, line: int) -> Facts:
    try:
        return checked(facts)
    except BadFacts as bad:
        raise NotAList(f"line {line}, {bad.field}: {bad}") from bad


def _whole(rows: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    for row in rows:
        if rows.line_num > MOST_ROWS + 1:
            raise NotAList(f"The file has more than {MOST_ROWS} rows; cut it into several.")
        if None in row or None in row.values():
            raise NotAList(f"line {rows.line_num}: this row has another number of cells than the first; correct it.")
        if row["kind"] not in _KINDS:
            raise NotAList(f"line {rows.line_num}: the kind is none of {', '.join(_KINDS)}; correct it.")
        yield {name: " ".join(cell.split()) for name, cell in row.items()}


def _helpline(row: dict[str, str]) -> Facts:
    contacts, doubts = [], [*_doubts(row)]
    if is_dialled(row["phone"]):
        kind = Contact.Kind.SHORT if row.get("short_number") == "yes" else Contact.Kind.PHONE
        contacts.append((str(kind), row["phone"]))
    else:
        doubts.append(f"The file says in the place of a number: {row['phone'] or 'nothing'}.")
    if row.get("web"):
        contacts.append((str(Contact.Kind.WEB), row["web"]))
    for name in ("chat", "email"):
        if row.get(name) not in {*_UNKNOWN, "no", None}:
            doubts.append(f"The file says that there is {name}, and not where.")
    hours = row.get("hours", "")
    if hours not in {*_UNKNOWN, "24/7"}:
        doubts.append(f"The file says of the hours: {hours}.")
    if guessed := row.get("general_knowledge_fields"):
        doubts.append(f"No source says: {guessed.replace(';', ', ')}.")
    return Facts(
        country=row["country"],
        kind=_KINDS[row["kind"]],
        name=row["organisation"][:NAME_MAX],
        contacts=tuple(contacts),
        free=row.get("free") or Service.Free.UNKNOWN,
        hours="24/7" if hours == "24/7" else "",
        languages=_languages(row.get("languages", "")),
        source=row["source"][:SOURCE_MAX],
        confidence=row["confidence"],
        note=row.get("note", "")[:NOTE_MAX],
        doubts=tuple(doubts),
    )


def _hotline(row: dict[str, str]) -> Facts:
    return Facts(
        country=row["country"],
        kind=_KINDS[row["kind"]],
        name=row["body"][:NAME_MAX],
        contacts=((str(Contact.Kind.WEB), row["report_url"]),) if row["report_url"] else (),
        source=row["source"][:SOURCE_MAX],
        confidence=row["confidence"],
        note=row.get("note", "")[:NOTE_MAX],
        doubts=tuple(_doubts(row)),
    )


def _doubts(row: dict[str, str]) -> Iterator[str]:
    if row["confidence"] == Service.Confidence.NONE:
        yield "No source was found for this row."
    if row["confidence"] == Service.Confidence.LOW:
        yield "Sources differ, or raise doubt."
    if _KINDS[row["kind"]] != row["kind"]:
        yield f"The file calls it: {row['kind']}."


def _languages(cell: str) -> tuple[str, ...]:
    """Return the codes; what is no code, such as «+regional», is left out."""
    return tuple(code for code in cell.split(";") if code.isalpha() and code.islower() and len(code) <= 3)

"""Lists of schools and access providers: codes as keyed digests, and four ages as yes or no. No name and no birth date comes in."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop as _

from leeward.age import events
from leeward.age.levels import THRESHOLDS
from leeward.age.models import AgeRecord
from leeward.core import facts, keys

COLUMNS = ("code", "years")
_CODE = re.compile(r"[A-Z0-9+]{8,40}")
# What people put between the parts of a code, a telephone's own dashes too, and the letters that they read as digits.
_GAPS = re.compile(r"[\s\-\u2010-\u2015]+")
_READ_AS = str.maketrans("OIL", "011")
_OLDEST = 120
_FAULTS_SHOWN = 20
_BATCH = 1000
# «Not yet over» is true on the day of the list only; the next list is expected every month. «Over» stays true.
UNDER_HOLDS_FOR = timedelta(days=35)


@dataclass(frozen=True)
class Fault:
    """A line that cannot be read, and what to do about it. It repeats nothing of the line."""

    line: int
    problem: str


class ListRefused(Exception):
    """A list has faults, so nothing of it was taken: correct the lines that are named and send it again."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults[:_FAULTS_SHOWN]
        self.count = len(faults)


def is_code(text: str) -> bool:
    """True for what can be a code: 8 to 40 letters, digits or a plus sign, without regard to gaps and dashes."""
    return _CODE.fullmatch(_plain(text)) is not None


def _plain(text: str) -> str:
    """Return the one spelling of a code: O and 0 are the same, so are I, L and 1, and gaps do not count."""
    return _GAPS.sub("", text).upper().translate(_READ_AS)


def _digest(source: str, code: str) -> bytes:
    return keys.keyed_digest(f"age record {source}", _plain(code))


def look_up(source: str, code: str, *, at: datetime) -> dict[int, bool]:
    """Return which ages the holder of a code has passed; empty where the code is unknown."""
    record = AgeRecord.objects.filter(source=source, digest=_digest(source, code)).first()
    if record is None:
        return {}
    said = {threshold: mark == "y" for threshold, mark in zip(THRESHOLDS, record.over, strict=True)}
    is_fresh = record.imported_at > at - UNDER_HOLDS_FOR
    return {threshold: is_over for threshold, is_over in said.items() if is_over or is_fresh}


def read(lines: Iterable[str]) -> dict[str, int]:
    """Return the age in years of each code in a CSV list with the columns `code` and `years`; raises `ListRefused`."""
    rows = csv.reader(lines)
    found: dict[str, int] = {}
    faults: list[Fault] = []
    try:
        head = tuple(cell.strip().lower() for cell in next(rows, []))
        if head != COLUMNS:
            raise ListRefused([Fault(1, _("The first line must be: code,years"))])
        for row in rows:
            if problem := _problem(row, found):
                faults.append(Fault(rows.line_num, problem))
            elif row:
                found[_plain(row[0])] = int(row[1])
    except csv.Error:
        faults.append(Fault(rows.line_num, _("This is no line of a CSV file. Save the list as CSV in UTF-8.")))
    if faults:
        raise ListRefused(faults)
    if not found:
        raise ListRefused([Fault(1, _("There is no line below the first one. Send the whole list."))])
    return found


def _problem(row: list[str], found: dict[str, int]) -> str:
    if not row:
        return ""
    if len(row) != len(COLUMNS):
        return _("There must be two values: a code and a number of years.")
    code, years = _plain(row[0]), row[1].strip()
    if not is_code(code):
        return _("The code must have 8 to 40 letters or digits.")
    if not (years.isascii() and years.isdecimal() and len(years) <= 3 and int(years) <= _OLDEST):
        return _("The years must be a whole number such as 14. No birth date.")
    return _("This code stands there twice. Keep one of the lines.") if code in found else ""


@transaction.atomic
def take(source: AgeRecord.Source, years: dict[str, int], *, actor: str, at: datetime) -> int:
    """Replace the list of a source with a new one, and return how many codes are no longer in it."""
    taken = [
        AgeRecord(source=source, digest=_digest(source, code), over=_over(age), imported_at=at)
        for code, age in years.items()
    ]
    AgeRecord.objects.bulk_create(
        taken,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["source", "digest"],
        update_fields=["over", "imported_at"],
    )
    dropped, _by_model = AgeRecord.objects.filter(source=source).exclude(imported_at=at).delete()
    facts.announce(events.RecordsImported(source.value, len(taken), dropped), actor=actor, at=at)
    return dropped


def _over(years: int) -> str:
    return "".join("y" if years >= threshold else "n" for threshold in THRESHOLDS)

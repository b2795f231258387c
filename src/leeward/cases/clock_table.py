"""The table of clocks, `clocks.toml`: which run for a case, since when and how long. A wrong row is refused by its place."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from leeward.cases.models import Case
from leeward.reports.models import Nature

SEVERITIES = (0, 1, 2, 3)
HUMAN_EYES, DECISION, TAKE_IT_DOWN, RECEIPT, APPEAL = "human_eyes", "decision", "take_it_down", "receipt", "appeal"


class ClockTableWrong(Exception):
    """A row of the table of clocks cannot be used. The message names the row and the field, and what to write there."""


class Starts(StrEnum):
    """Since when a clock runs."""

    REPORTED = "reported"
    TAKEN = "taken"
    DECIDED = "decided"


class MetBy(StrEnum):
    """What meets a clock; NOTHING is a time that only ends."""

    RECEIVED = "received"
    TAKEN = "taken"
    DECIDED = "decided"
    REMOVED = "removed"
    NOTHING = ""


@dataclass(frozen=True)
class Clock:
    """One row: `minutes` by severity, or `months`; empty `natures` and `jurisdictions` are all."""

    slug: str
    starts: Starts
    met_by: MetBy
    minutes: Mapping[int, int]
    months: int
    by_queue: bool
    natures: frozenset[str]
    jurisdictions: frozenset[str]
    only_items: bool
    source: str
    as_of: date

    def is_for(self, case: Case, *, jurisdiction: str, is_item: bool) -> bool:
        """True where this clock runs for a case under the law of a country."""
        return (
            (not self.natures or case.nature in self.natures)
            and (not self.jurisdictions or jurisdiction.upper() in self.jurisdictions)
            and (is_item or not self.only_items)
        )

    @classmethod
    def read(cls, row: Mapping[str, Any], *, number: int) -> Clock:
        """Read one row; raises `ClockTableWrong`."""
        place = f"clocks.toml, clock {number}"
        if unknown := sorted(set(row) - _FIELDS):
            raise ClockTableWrong(f"{place}: {unknown[0]!r} is no field of a clock; the head of the file lists them")
        if missing := sorted(_NEEDED - set(row)):
            raise ClockTableWrong(f"{place}: {missing[0]!r} is missing; write it")
        if unknown := sorted(set(row.get("natures", ())) - set(Nature)):
            raise ClockTableWrong(f"{place}, natures: {unknown[0]!r} is none; write one of {', '.join(Nature)}")
        if ("minutes" in row) == ("months" in row):
            raise ClockTableWrong(f"{place}: write `minutes` or `months`, and not both")
        try:
            starts, met_by = Starts(row["starts"]), MetBy(row["met_by"])
        except ValueError as error:
            raise ClockTableWrong(f"{place}: {error}; the head of the file lists the words") from None
        return cls(
            slug=row["slug"],
            starts=starts,
            met_by=met_by,
            minutes=_by_severity(row.get("minutes", 0), place=place),
            months=row.get("months", 0),
            by_queue=row.get("by_queue", False),
            natures=frozenset(row.get("natures", ())),
            jurisdictions=frozenset(row.get("jurisdictions", ())),
            only_items=row.get("only_items", False),
            source=row["source"],
            as_of=row["as_of"],
        )


_FIELDS = frozenset(Clock.__dataclass_fields__)
_NEEDED = frozenset({"slug", "starts", "met_by", "source", "as_of"})


def _by_severity(minutes: Any, *, place: str) -> dict[int, int]:
    """Return the minutes for each severity, from one number for all of them or from one for each."""
    given = minutes if isinstance(minutes, dict) else dict.fromkeys(map(str, SEVERITIES), minutes)
    if set(given) != set(map(str, SEVERITIES)) or not all(isinstance(one, int) and one >= 0 for one in given.values()):
        raise ClockTableWrong(f"{place}, minutes: write one whole number, or one for each severity from 0 to 3")
    return {int(severity): number for severity, number in given.items()}


@cache
def clocks() -> Mapping[str, Clock]:
    """Return the shipped clocks by their slugs."""
    return read((Path(__file__).parent / "clocks.toml").read_text(encoding="utf-8"))


def read(text: str) -> dict[str, Clock]:
    """Return the clocks of a table by their slugs; raises `ClockTableWrong`."""
    rows = tomllib.loads(text).get("clock", [])
    found = [Clock.read(row, number=number) for number, row in enumerate(rows, start=1)]
    table = {clock.slug: clock for clock in found}
    if len(table) < len(found):
        raise ClockTableWrong("clocks.toml: two clocks have the same slug; a clock stands there once")
    if missing := sorted({HUMAN_EYES, DECISION, APPEAL} - set(table)):
        raise ClockTableWrong(f"clocks.toml: the clock {missing[0]!r} is missing; the desk counts with it")
    return table

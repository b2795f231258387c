"""The neutral age screen: a month and a year are asked once, computed with, and forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from leeward.age.levels import THRESHOLDS, Kind, Level
from leeward.age.methods.protocol import Again, Example, Outcome, State, Step
from leeward.age.models import AgeTransaction

_OLDEST = 120
_MONTHS = 12


@dataclass(frozen=True)
class AgeScreen:
    """Somebody says in which month they were born. The page does not tell which age is wanted."""

    id: str = "screen"
    kind: Kind = Kind.DECLARATION
    top_level: Level = Level.ASSERTED
    thresholds: tuple[int, ...] | None = None
    retention: str = "Nothing. The month and the year are computed with and forgotten in the same moment."
    statement: str = (
        "The visitor types a month and a year. Nobody checks it. The page does not say which age is wanted, and a browser "
        "that was refused is refused for a day."
    )

    def is_ready(self) -> bool:
        """True always."""
        return True

    def begin(self, transaction: AgeTransaction, *, at: datetime) -> Step:
        """Ask for month and year."""
        return Step("age/methods/screen.html", {"months": range(1, _MONTHS + 1), "year_now": at.year})

    def answer(self, transaction: AgeTransaction, form: Mapping[str, str | bytes], *, at: datetime) -> Outcome:
        """Compute which ages are passed; in the month of a birthday the younger age counts."""
        year, month = _number(form.get("year", "")), _number(form.get("month", ""))
        if not (at.year - _OLDEST <= year <= at.year and 1 <= month <= _MONTHS):
            raise Again("month_and_year")
        months = (at.year - year) * _MONTHS + at.month - month
        if months < 0:
            raise Again("month_and_year")
        asked = transaction.requirement.age_over or transaction.requirement.age_under or 0
        over = {threshold: months > threshold * _MONTHS for threshold in {*THRESHOLDS, asked}}
        return Outcome(State.SATISFIED, over, Level.ASSERTED)

    def examples(self) -> Sequence[Example]:
        """Return somebody who is old enough for everything."""
        return [Example({"year": "1980", "month": "5"}, State.SATISFIED)]


def _number(text: str | bytes) -> int:
    return int(text) if isinstance(text, str) and text.strip().isdecimal() and len(text) < 6 else -1

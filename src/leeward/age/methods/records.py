"""The record of a school or of an access provider: the visitor types a code that they were given there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from leeward.age import records
from leeward.age.levels import THRESHOLDS, Kind, Level
from leeward.age.methods.protocol import Again, Example, NextStep, Outcome, State, Step
from leeward.age.models import AgeRecord, AgeTransaction

_KEPT = "A keyed digest of the code, and of four ages whether they are passed. It is erased when the list is sent without it."


@dataclass(frozen=True)
class RecordMethod:
    """A code that stands in a list which a school or an access provider sent."""

    id: str
    source: AgeRecord.Source
    statement: str
    kind: Kind = Kind.VERIFICATION
    top_level: Level = Level.STANDARD
    thresholds: tuple[int, ...] | None = THRESHOLDS
    retention: str = _KEPT

    def is_ready(self) -> bool:
        """True once a list came in."""
        return AgeRecord.objects.filter(source=self.source).exists()

    def next_step(self) -> NextStep:
        """Name the page of lists."""
        return NextStep(_("Take in a list of codes."), "age:records")

    def begin(self, transaction: AgeTransaction, *, at: datetime) -> Step:
        """Ask for the code."""
        return Step("age/methods/code.html", {"source": self.source.value})

    def answer(self, transaction: AgeTransaction, form: Mapping[str, str | bytes], *, at: datetime) -> Outcome:
        """Look the code up."""
        code = form.get("code", "")
        if not isinstance(code, str) or not records.is_code(code):
            raise Again("code")
        over = records.look_up(self.source, code, at=at)
        if not over:
            raise Again("unknown_code")
        return Outcome(State.SATISFIED, over, Level.STANDARD)

    def examples(self) -> Sequence[Example]:
        """Return a code that nobody was given."""
        return [Example({"code": "made-up-code-7"}, None)]


def school() -> RecordMethod:
    """Return the method of schools."""
    return RecordMethod(
        id="school",
        source=AgeRecord.Source.SCHOOL,
        statement="The school sends a list of codes with ages in years. The pupil types the code from the school.",
    )


def access() -> RecordMethod:
    """Return the method of the access provider."""
    return RecordMethod(
        id="access",
        source=AgeRecord.Source.ACCESS,
        statement="The access provider knows its customers. The customer types the code that stands in the customer area.",
    )

"""The statement of a guardian, as a plug-in of age assurance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from leeward.age.levels import THRESHOLDS, Kind, Level
from leeward.age.methods.protocol import Again, Example, NextStep, Outcome, State, Step
from leeward.age.models import AgeTransaction, Requirement
from leeward.families.models import Device
from leeward.families.vouching import standing
from leeward.families.vouching.models import Question


@dataclass(frozen=True)
class GuardianStatement:
    """A guardian who has shown to be a grown-up, and who belongs to the child by a link, says how old the child is."""

    id: str = standing.METHOD
    kind: Kind = Kind.DECLARATION
    top_level: Level = Level.STANDARD
    thresholds: tuple[int, ...] | None = THRESHOLDS
    retention: str = (
        "Which of four ranges of years a guardian said, sealed, for 35 days or until the guardian takes it back. Which page "
        "asked is not kept with it."
    )
    statement: str = (
        "A guardian says on the family page how old the child is. The guardian must have shown to be a grown-up, and must have "
        "a link to the child that is not on hold; for areas of children the guardian must have shown it by a document. The "
        "guardian does not read which page asks."
    )

    def is_ready(self) -> bool:
        """True once a child has a device of its own here."""
        return Device.objects.here().filter(child__isnull=False, joined_at__isnull=False).exists()

    def next_step(self) -> NextStep:
        """Say that this is up to families."""
        return NextStep(
            _("Nothing for you to do: it is offered once a child of a family here has a device of its own.")
        )

    def can_open(self, requirement: Requirement) -> bool:
        """True where some answer of a guardian opens an area: no child of a family page is 18."""
        return standing.can_show(over=requirement.age_over, under=requirement.age_under)

    def begin(self, transaction: AgeTransaction, *, at: datetime) -> Step:
        """Lead to the page that knows whose device it is."""
        return Step(address=reverse("vouching:here", args=[transaction.uid]))

    def answer(self, transaction: AgeTransaction, form: Mapping[str, str | bytes], *, at: datetime) -> Outcome:
        """Take what a guardian said; `form` says nothing that counts."""
        question = Question.objects.filter(attempt=transaction).select_related("child__household").first()
        if question is None:
            return Outcome(State.INCONCLUSIVE, reason="guardian_not_asked")
        said = standing.of(question.child, at=at)
        if said is None:
            raise Again("guardian_waits")
        level = standing.level_for(said, is_over=transaction.requirement.age_over is not None)
        return Outcome(State.SATISFIED, said.over, level, holder=standing.holder(question.child))

    def examples(self) -> Sequence[Example]:
        """Return an answer where no guardian was asked: whatever the visitor writes, only the guardian's word counts."""
        return [Example({"years": "from_16"}, State.INCONCLUSIVE)]

"""The video call with staff, as a plug-in of age assurance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leeward.age import attempts
from leeward.age.calls import rooms, services
from leeward.age.calls.models import Answer, Call, Desk
from leeward.age.levels import Kind, Level
from leeward.age.methods.protocol import Again, Example, NextStep, Outcome, State, Step
from leeward.age.models import AgeTransaction


@dataclass(frozen=True)
class StaffCall:
    """Two trained people of the operator see the visitor and a document, and each says for themselves what they saw."""

    id: str = services.METHOD
    kind: Kind = Kind.VERIFICATION
    top_level: Level = Level.ENHANCED
    thresholds: tuple[int, ...] | None = None
    retention: str = "Two answers, yes or no, until the attempt ends, half an hour at most. Nothing of the call."
    statement: str = (
        "Two trained members of staff talk with the visitor by video and look at a document together with the face. Each says "
        "for themselves whether the visitor is of that age; only two equal answers count. The call is not recorded, and "
        "nothing of the document is written down."
    )

    def is_ready(self) -> bool:
        """True while staff take calls."""
        return Desk.objects.filter(open_until__gt=Now()).exists()

    def next_step(self) -> NextStep:
        """Name the page of calls."""
        return NextStep(_("Nobody takes calls at the moment. Say there until when you take them."), "age_calls:desk")

    def begin(self, transaction: AgeTransaction, *, at: datetime) -> Step:
        """Offer the times that there are, or show the code and the way into the room."""
        call = Call.objects.filter(attempt=transaction).first()
        if call is None:
            return Step("age/calls/choose.html", {"slots": rooms.slots(transaction, at=at)})
        return Step("age/calls/wait.html", {"call": call, "room": rooms.address(call), "code": rooms.spoken(call.code)})

    def answer(self, transaction: AgeTransaction, form: Mapping[str, str | bytes], *, at: datetime) -> Outcome:
        """Take what two members of staff said; `form` says nothing that counts."""
        call = Call.objects.filter(attempt=transaction).first()
        if call is None:
            return Outcome(State.INCONCLUSIVE, reason="call_not_held")
        said = list(call.answers.values_list("said", flat=True))
        if len(said) < rooms.EYES:
            raise Again("call_waits")
        if len(set(said)) > 1:
            return Outcome(State.INCONCLUSIVE, reason="staff_disagree")
        if said[0] == Answer.Said.UNSURE:
            return Outcome(State.INCONCLUSIVE, reason="staff_cannot_tell")
        over = {attempts.wanted(transaction.requirement): said[0] == Answer.Said.YES}
        return Outcome(State.SATISFIED, over, self.top_level)

    def examples(self) -> Sequence[Example]:
        """Return an answer without a call: only what staff say counts."""
        return [Example({"said": "yes"}, State.INCONCLUSIVE)]

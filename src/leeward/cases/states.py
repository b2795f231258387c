"""Every transition table of the desk, and nothing else. `MOVES` holds them all; a test walks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models


class CaseState(models.TextChoices):
    """Where a case stands."""

    OPEN = "open", "Waits for a reviewer"
    PROPOSED = "proposed", "Waits for a second person"
    REFERRED = "referred", "Handed over: others must decide"
    DECIDED = "decided", "Decided"
    REVERSED = "reversed", "Decision reversed"


class DecisionState(models.TextChoices):
    """Where a decision stands."""

    PROPOSED = "proposed", "Waits for a second person"
    EFFECTIVE = "effective", "In effect"
    DECLINED = "declined", "Not agreed to"
    OVERTURNED = "overturned", "Reversed"


class ActionState(models.TextChoices):
    """Where an order to a provider's system, a plug-in or a person stands."""

    OWED = "owed", "On its way"
    DELIVERED = "delivered", "Taken by the system"
    CONFIRMED = "confirmed", "Done, as the system says"
    FAILED = "failed", "The system says that it could not"
    CANCELLED = "cancelled", "Taken back before it left"


class LegState(models.TextChoices):
    """Where one leg of a referral stands. A leg that was handed back leads to the next hop, a leg of its own."""

    HELD = "held", "Waits for a person"
    OWED = "owed", "On its way"
    SENT = "sent", "Sent, not answered yet"
    ACCEPTED = "accepted", "They look at it"
    DONE = "done", "They are done"
    DECLINED = "declined", "Not theirs: handed back"
    RECALLED = "recalled", "Taken back by us"


class AppealState(models.TextChoices):
    """Where an appeal stands."""

    OPEN = "open", "Waits for somebody who did not decide"
    IN_REVIEW = "in_review", "Somebody looks at it again"
    UPHELD = "upheld", "The decision stands"
    OVERTURNED = "overturned", "The decision was changed"
    INADMISSIBLE = "inadmissible", "Cannot be looked at"


class ApprovalState(models.TextChoices):
    """Where something stands that needs two people and is no decision: the release of an identity, the export of evidence."""

    ASKED = "asked", "Waits for a second person"
    AGREED = "agreed", "Allowed"
    REFUSED = "refused", "Not allowed"


CASE_MOVES: dict[CaseState, frozenset[CaseState]] = {
    CaseState.OPEN: frozenset({CaseState.PROPOSED, CaseState.DECIDED, CaseState.REFERRED}),
    CaseState.PROPOSED: frozenset({CaseState.OPEN, CaseState.DECIDED}),
    CaseState.REFERRED: frozenset({CaseState.OPEN}),
    # What was kept and should not have been is judged again; what was taken away and should not have been is given back.
    CaseState.DECIDED: frozenset({CaseState.REVERSED, CaseState.OPEN}),
    CaseState.REVERSED: frozenset(),
}

DECISION_MOVES: dict[DecisionState, frozenset[DecisionState]] = {
    DecisionState.PROPOSED: frozenset({DecisionState.EFFECTIVE, DecisionState.DECLINED}),
    DecisionState.EFFECTIVE: frozenset({DecisionState.OVERTURNED}),
    DecisionState.DECLINED: frozenset(),
    DecisionState.OVERTURNED: frozenset(),
}

ACTION_MOVES: dict[ActionState, frozenset[ActionState]] = {
    ActionState.OWED: frozenset(
        {ActionState.DELIVERED, ActionState.CONFIRMED, ActionState.FAILED, ActionState.CANCELLED}
    ),
    ActionState.DELIVERED: frozenset({ActionState.CONFIRMED, ActionState.FAILED}),
    # A system that could not may say later that it did.
    ActionState.FAILED: frozenset({ActionState.CONFIRMED, ActionState.OWED}),
    ActionState.CONFIRMED: frozenset(),
    ActionState.CANCELLED: frozenset(),
}

LEG_MOVES: dict[LegState, frozenset[LegState]] = {
    LegState.HELD: frozenset({LegState.OWED, LegState.SENT, LegState.RECALLED}),
    LegState.OWED: frozenset({LegState.SENT, LegState.RECALLED}),
    LegState.SENT: frozenset({LegState.ACCEPTED, LegState.DONE, LegState.DECLINED, LegState.RECALLED}),
    LegState.ACCEPTED: frozenset({LegState.DONE, LegState.DECLINED, LegState.RECALLED}),
    LegState.DONE: frozenset(),
    LegState.DECLINED: frozenset(),
    LegState.RECALLED: frozenset(),
}

APPEAL_MOVES: dict[AppealState, frozenset[AppealState]] = {
    # Nothing is answered before somebody has taken it.
    AppealState.OPEN: frozenset({AppealState.IN_REVIEW}),
    AppealState.IN_REVIEW: frozenset(
        {AppealState.OPEN, AppealState.UPHELD, AppealState.OVERTURNED, AppealState.INADMISSIBLE}
    ),
    AppealState.UPHELD: frozenset(),
    AppealState.OVERTURNED: frozenset(),
    AppealState.INADMISSIBLE: frozenset(),
}

APPROVAL_MOVES: dict[ApprovalState, frozenset[ApprovalState]] = {
    ApprovalState.ASKED: frozenset({ApprovalState.AGREED, ApprovalState.REFUSED}),
    ApprovalState.AGREED: frozenset(),
    ApprovalState.REFUSED: frozenset(),
}

# Each table is keyed by states of its own, which one type for all of them cannot say.
MOVES: dict[type[models.TextChoices], Mapping[Any, frozenset[Any]]] = {
    CaseState: CASE_MOVES,
    DecisionState: DECISION_MOVES,
    ActionState: ACTION_MOVES,
    LegState: LEG_MOVES,
    AppealState: APPEAL_MOVES,
    ApprovalState: APPROVAL_MOVES,
}

UNDECIDED = (CaseState.OPEN, CaseState.PROPOSED)

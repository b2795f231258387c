"""The whole transition table of a case and of a decision, and nothing else. A test walks it."""

from __future__ import annotations

from django.db import models


class CaseState(models.TextChoices):
    """Where a case stands."""

    OPEN = "open", "Waits for a reviewer"
    PROPOSED = "proposed", "Waits for a second person"
    DECIDED = "decided", "Decided"
    REVERSED = "reversed", "Decision reversed"


class DecisionState(models.TextChoices):
    """Where a decision stands."""

    PROPOSED = "proposed", "Waits for a second person"
    EFFECTIVE = "effective", "In effect"
    DECLINED = "declined", "Not agreed to"
    OVERTURNED = "overturned", "Reversed"


CASE_MOVES: dict[CaseState, frozenset[CaseState]] = {
    CaseState.OPEN: frozenset({CaseState.PROPOSED, CaseState.DECIDED}),
    CaseState.PROPOSED: frozenset({CaseState.OPEN, CaseState.DECIDED}),
    CaseState.DECIDED: frozenset({CaseState.REVERSED}),
    CaseState.REVERSED: frozenset(),
}

DECISION_MOVES: dict[DecisionState, frozenset[DecisionState]] = {
    DecisionState.PROPOSED: frozenset({DecisionState.EFFECTIVE, DecisionState.DECLINED}),
    DecisionState.EFFECTIVE: frozenset({DecisionState.OVERTURNED}),
    DecisionState.DECLINED: frozenset(),
    DecisionState.OVERTURNED: frozenset(),
}

UNDECIDED = (CaseState.OPEN, CaseState.PROPOSED)

"""What the clocks of a case follow. Each carries ids, reads the present, and may come twice."""

from __future__ import annotations

from django.tasks import task

from leeward.cases import deadlines
from leeward.cases.models import Action, Decision
from leeward.cases.states import DecisionState


@task
def meet_clocks(decision_uid: str) -> None:
    """Meet the clocks that a decision in effect meets."""
    deadlines.decided(Decision.objects.select_related("case").get(uid=decision_uid))


@task
def meet_removal(action_uid: str) -> None:
    """Meet the clock of a removal once every order to take it away was carried out; one that failed lets it run again."""
    action = Action.objects.select_related("decision__case").get(uid=action_uid)
    deadlines.settle_removal(action.decision.case)


@task
def restart_clocks(decision_uid: str) -> None:
    """Let the clocks run anew where a reversal opened a case again."""
    decision = Decision.objects.select_related("case__subject").get(uid=decision_uid)
    if decision.state == DecisionState.OVERTURNED and decision.reversed_at is not None:
        deadlines.restart(decision.case, at=decision.reversed_at)

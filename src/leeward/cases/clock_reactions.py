"""What the clocks of a case follow. Each carries ids, reads the present, and may come twice."""

from __future__ import annotations

from django.db.models import Min
from django.tasks import task

from leeward.cases import deadlines
from leeward.cases.models import Action, Case, Decision
from leeward.cases.states import DecisionState


@task
def start_clocks(case_uid: str) -> None:
    """Start the clocks of a case that was opened, counted from when its first report was received."""
    case = Case.objects.select_related("subject").get(uid=case_uid)
    first = case.reports.aggregate(at=Min("report__received_at"))["at"]
    deadlines.start_for(case, at=first or case.opened_at)
    # Where this comes late, the case may be decided already.
    for decision in case.decisions.filter(state=DecisionState.EFFECTIVE):
        deadlines.decided(decision)


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

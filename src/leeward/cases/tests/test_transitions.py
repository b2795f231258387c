"""A case and its decisions make the moves of `states.py` and no other, whoever tries what in whichever order.

`test_every_move.py` walks all the tables of that file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.cases import services as cases
from leeward.cases.models import Case, Decision
from leeward.cases.states import CASE_MOVES, DECISION_MOVES, CaseState, DecisionState
from leeward.cases.tests.desk import AGAINST_TERMS, AT, ILLEGAL, MAY_STAY, UNDONE, everything, new_case, undone
from leeward.core.models import User
from leeward.indicators.models import Category

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Desk:
    """One case and the three people who act on it."""

    case: Case
    cem: User
    dan: User
    sam: User

    def state(self) -> CaseState:
        return CaseState(Case.objects.get(pk=self.case.pk).state)

    def decisions(self) -> list[Decision]:
        return list(Decision.objects.filter(case=self.case).order_by("pk"))


@dataclass(frozen=True)
class Judge:
    """A step that makes a decision."""

    judgement: cases.Judgement
    to: CaseState


@dataclass(frozen=True)
class Step:
    """A step with a decision that was made before."""

    take: Callable[[Desk, Decision], None]
    case_to: Callable[[Decision], CaseState]
    decision_to: DecisionState


def to(state: CaseState) -> Callable[[Decision], CaseState]:
    """Return a state, whatever was decided."""
    return lambda decision: state


JUDGEMENTS = [
    Judge(MAY_STAY, CaseState.DECIDED),
    Judge(cases.Judgement(Decision.Outcome.INSUFFICIENT, Category.OTHER, ""), CaseState.DECIDED),
    Judge(AGAINST_TERMS, CaseState.DECIDED),
    Judge(ILLEGAL, CaseState.PROPOSED),
]
STEPS = [
    Step(
        lambda desk, decision: cases.agree(decision, by=desk.dan, at=AT), to(CaseState.DECIDED), DecisionState.EFFECTIVE
    ),
    Step(
        lambda desk, decision: cases.decline(decision, by=desk.dan, at=AT), to(CaseState.OPEN), DecisionState.DECLINED
    ),
    Step(
        lambda desk, decision: cases.reverse(decision, by=desk.sam, at=AT),
        lambda decision: CaseState.REVERSED if decision.removes else CaseState.OPEN,
        DecisionState.OVERTURNED,
    ),
    Step(
        lambda desk, decision: cases.withdraw(decision, by=desk.cem, at=AT), to(CaseState.OPEN), DecisionState.DECLINED
    ),
]


def judge(desk: Desk, step: Judge) -> None:
    """Try to judge: it succeeds where the case is open and the table lists the move, and else changes nothing."""
    start, before = desk.state(), everything()
    case = Case.objects.get(pk=desk.case.pk)
    if start == CaseState.OPEN and step.to in CASE_MOVES[start]:
        cases.judge(case, step.judgement, by=desk.cem, at=AT)
        assert desk.state() == step.to
        return
    with pytest.raises(cases.AlreadyDecided):
        cases.judge(case, step.judgement, by=desk.cem, at=AT)
    assert everything() == before


def take(desk: Desk, step: Step, decision: Decision) -> None:
    """Try a step with a decision: it succeeds where both tables list the move, and else changes nothing."""
    start, before = desk.state(), everything()
    stood = DecisionState(decision.state)
    if step.decision_to in DECISION_MOVES[stood]:
        case_to = step.case_to(decision)
        assert case_to in CASE_MOVES[start]
        step.take(desk, decision)
        decision.refresh_from_db()
        assert (desk.state(), decision.state) == (case_to, step.decision_to)
        return
    with pytest.raises(cases.AlreadyDecided):
        step.take(desk, decision)
    assert everything() == before


@given(data=st.data())
@settings(max_examples=40, suppress_health_check=UNDONE)
def test_only_the_listed_moves_succeed_and_the_others_change_nothing(
    data: st.DataObject, cem: User, dan: User, sam: User
) -> None:
    with undone():
        desk = Desk(new_case(), cem, dan, sam)
        for _ in range(data.draw(st.integers(1, 9), label="how many steps")):
            made = desk.decisions()
            possible: list[Judge | Step] = [*JUDGEMENTS, *STEPS] if made else [*JUDGEMENTS]
            chosen = data.draw(st.sampled_from(possible), label="step")
            if isinstance(chosen, Judge):
                judge(desk, chosen)
            else:
                take(desk, chosen, data.draw(st.sampled_from(made), label="decision"))
            effective = [one for one in desk.decisions() if one.state == DecisionState.EFFECTIVE]
            assert len(effective) == (1 if desk.state() == CaseState.DECIDED else 0)


def test_a_declined_case_can_be_judged_anew(cem: User, dan: User) -> None:
    case = new_case()
    cases.decline(cases.judge(case, ILLEGAL, by=cem, at=AT), by=dan, at=AT)

    decision = cases.judge(case, AGAINST_TERMS, by=dan, at=AT)

    assert decision.state == DecisionState.EFFECTIVE
    assert Case.objects.get(pk=case.pk).state == CaseState.DECIDED

"""Each move of each table in `states.py` is made by some step at the desk, and no step makes any other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import models

from leeward.cases import actions, appeals, approvals, legs, statements
from leeward.cases import services as cases
from leeward.cases.models import Action, Appeal, Approval, Body, Case, Decision, Leg
from leeward.cases.states import (
    MOVES,
    ActionState,
    AppealState,
    ApprovalState,
    CaseState,
    DecisionState,
    LegState,
)
from leeward.cases.tests.desk import AGAINST_TERMS, AT, ILLEGAL, MAY_STAY, new_case
from leeward.cases.tests.legs import body, by_mail
from leeward.cases.tests.targets import LAID, install, put_into_use
from leeward.core import config
from leeward.core.models import Organisation, User

pytestmark = pytest.mark.django_db

TABLE_OF: dict[type[models.Model], type[models.TextChoices]] = {
    Case: CaseState,
    Decision: DecisionState,
    Action: ActionState,
    Leg: LegState,
    Appeal: AppealState,
    Approval: ApprovalState,
}


@dataclass
class Walk:
    """Takes steps and notes each move that a row makes by them."""

    cem: User
    dan: User
    sam: User
    harbour: Organisation
    made: set[tuple[str, str, str]] = field(default_factory=set)
    opened: int = 0

    def step(self, act: Callable[[], object]) -> Any:
        """Take one step and return what it returns."""
        before = self._standing()
        result = act()
        after = self._standing()
        moved = [(before[row], after[row]) for row in before if before[row] != after[row]]
        self.made |= {(type(start).__name__, start.name, target.name) for start, target in moved}
        return result

    def _standing(self) -> dict[tuple[type[models.Model], int], models.TextChoices]:
        return {
            (model, pk): states(state)
            for model, states in TABLE_OF.items()
            for pk, state in model._default_manager.values_list("pk", "state")
        }

    def new_case(self) -> Case:
        """Return a case about an item of the harbour that nobody reported before."""
        self.opened += 1
        return new_case(item_id=f"photo-{self.opened}")

    def judged(self, judgement: cases.Judgement) -> Decision:
        """Return a decision of a new case."""
        case = self.new_case()
        made: Decision = self.step(partial(cases.judge, case, judgement, by=self.cem, at=AT))
        return made


@pytest.fixture
def walk(cem: User, dan: User, sam: User, harbour: Organisation) -> Walk:
    return Walk(cem, dan, sam, harbour)


WHY = "A made-up reason."
PLAIN, WITH_IDENTITY = ("case_ref", "page_url"), ("case_ref", "reporter_words")


def of_decisions(walk: Walk) -> None:
    for take in (cases.agree, cases.decline):
        decision = walk.judged(ILLEGAL)
        walk.step(partial(take, decision, by=walk.dan, at=AT))
    for judgement in (AGAINST_TERMS, MAY_STAY):
        decision = walk.judged(judgement)
        walk.step(partial(cases.reverse, decision, by=walk.sam, at=AT))


def of_approvals(walk: Walk) -> None:
    for answer in (approvals.agree, approvals.refuse):
        asked = approvals.ask(walk.new_case(), kind=Approval.Kind.EXPORT, why=WHY, by=walk.cem, at=AT)
        walk.step(partial(answer, asked, by=walk.dan, at=AT))


def of_tasks(walk: Walk) -> None:
    """A provider without a system: people do what was decided, or cannot, or need not any more."""

    def task() -> Action:
        decision = walk.judged(AGAINST_TERMS)
        walk.step(partial(actions.order_measures.call, decision_uid=str(decision.uid)))
        return decision.actions.get()

    says = partial(actions.confirm, by=walk.cem, at=AT)
    walk.step(partial(says, task(), done=True))
    could_not = task()
    walk.step(partial(says, could_not, done=False))
    walk.step(partial(actions.retry, could_not, by=walk.cem, at=AT))
    walk.step(partial(says, could_not, done=False))
    walk.step(partial(says, could_not, done=True))
    needless = task()
    walk.step(partial(cases.reverse, needless.decision, by=walk.sam, at=AT))
    walk.step(partial(actions.order_undo.call, decision_uid=str(needless.decision.uid)))


def of_systems(walk: Walk) -> None:
    """A provider with a plug-in, which takes each order and says later how it ended."""
    for is_done in (True, False):
        decision = walk.judged(AGAINST_TERMS)
        actions.order_measures.call(decision_uid=str(decision.uid))
        action = decision.actions.get()
        walk.step(partial(actions.deliver_action.call, action_uid=str(action.uid)))
        walk.step(partial(actions.confirm, action, done=is_done, by=walk.harbour, at=AT))


def of_legs(walk: Walk) -> None:
    hotline = by_mail("hotline", Body.Kind.HOTLINE)

    def leg(*, fields: Collection[str] = PLAIN) -> Leg:
        return legs.refer(walk.new_case(), hotline, by=walk.cem, why=WHY, legal_basis="", fields=fields, at=AT)

    def recall(one: Leg) -> None:
        walk.step(partial(legs.take_back, one, by=walk.cem, why=WHY, at=AT))

    def answer(one: Leg, said: legs.Said) -> None:
        walk.step(partial(legs.answer, one, said=said, words=WHY, at=AT))

    walk.step(partial(legs.release, leg(fields=WITH_IDENTITY), by=walk.dan, at=AT))
    walk.step(partial(legs.handed, leg(fields=WITH_IDENTITY), by=walk.dan, at=AT))
    recall(leg(fields=WITH_IDENTITY))
    recall(leg())
    for end in (None, *legs.Said):
        sent = leg()
        walk.step(partial(legs.sent, sent, at=AT))
        answer(sent, end) if end else recall(sent)
    for end in (None, legs.Said.DONE, legs.Said.DECLINED):
        accepted = leg()
        legs.sent(accepted, at=AT)
        answer(accepted, legs.Said.ACCEPTED)
        answer(accepted, end) if end else recall(accepted)


def of_cases_handed_over(walk: Walk) -> None:
    case = walk.new_case()
    leg = walk.step(partial(legs.hand_over, case, to=body("host", Body.Kind.HOST), by=walk.cem, why=WHY, at=AT))
    legs.handed(leg, by=walk.cem, at=AT)
    walk.step(partial(legs.answer, leg, said=legs.Said.DECLINED, words=WHY, at=AT))


def of_appeals(walk: Walk) -> None:
    for end in (appeals.uphold, appeals.overturn, appeals.refuse):
        decision = walk.judged(AGAINST_TERMS)
        statement = statements.make(decision, at=AT)
        assert statement is not None
        appeal = appeals.open_by_affected(statement, "It is a drawing.", at=AT)
        walk.step(partial(appeals.take, appeal, by=walk.dan, at=AT))
        walk.step(partial(appeals.put_back, appeal, by=walk.dan, at=AT))
        walk.step(partial(appeals.take, appeal, by=walk.dan, at=AT))
        walk.step(partial(end, appeal, by=walk.dan, why=WHY, at=AT))


def test_every_listed_move_is_made_by_some_step_and_no_other_move_is(
    walk: Walk, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = config.current()
    settings.LEEWARD = dataclasses.replace(
        current, intake=dataclasses.replace(current.intake, mail_from="desk@leeward.example")
    )
    install(tmp_path, monkeypatch, entry="laid = made_up_target:Laid", module=LAID)

    for story in (of_decisions, of_approvals, of_tasks, of_legs, of_cases_handed_over, of_appeals):
        story(walk)
    put_into_use(settings, "laid", data_dir=tmp_path)
    of_systems(walk)

    # The states of different tables have names in common, so each is named with its table.
    listed = {
        (type(start).__name__, start.name, target.name)
        for table in MOVES.values()
        for start, targets in table.items()
        for target in targets
    }
    assert walk.made == listed


@pytest.mark.parametrize("states", MOVES, ids=lambda states: states.__name__)
def test_each_table_names_every_state(states: type[models.TextChoices]) -> None:
    assert set(MOVES[states]) == set(states)

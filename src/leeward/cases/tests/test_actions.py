"""Each measure of a decision becomes one order for each system, or for a person; each can be taken back; none comes too late."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from leeward.cases import actions
from leeward.cases import services as cases
from leeward.cases.models import UNDO, Action, Case, Decision, Measure, Subject, Undo
from leeward.cases.states import ActionState, DecisionState
from leeward.cases.tests.desk import AGAINST_TERMS, AT, in_force, new_case, with_evidence
from leeward.cases.tests.systems import ProviderSystem, provider_system
from leeward.cases.tests.targets import LAID, install, put_into_use
from leeward.core import worker
from leeward.core.models import Delivery, Organisation, Record, User
from leeward.indicators.models import Indicator
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.fixture
def system(harbour: Organisation) -> Iterator[ProviderSystem]:
    with provider_system(harbour) as system:
        yield system


def asking(*measures: Measure, **changes: Any) -> cases.Judgement:
    return dataclasses.replace(AGAINST_TERMS, measures=measures, **changes)


def judged(case: Case, judgement: cases.Judgement, *, by: User, and_by: User | None = None) -> Decision:
    """Return a decision in effect from now on, with the second person where one is needed."""
    decision = cases.judge(case, judgement, by=by, at=timezone.now())
    if cases.needs_second(judgement) and and_by is not None:
        cases.agree(decision, by=and_by, at=timezone.now())
    decision.refresh_from_db()
    return decision


def tasks_of(decision: Decision) -> list[Action]:
    """Return what people are asked to do, written as the loop does it."""
    actions.order_measures.call(decision_uid=str(decision.uid))
    return list(decision.actions.order_by("pk"))


def kinds(decision: Decision) -> list[tuple[str, str]]:
    return list(decision.actions.order_by("pk").values_list("kind", "state"))


def parked(action: Action) -> Delivery:
    """Return the delivery of an order, parked after all its tries."""
    delivery = Delivery.objects.get(task__endswith="deliver_action", arguments__action_uid=str(action.uid))
    Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.State.PARKED, attempts=12)
    return delivery


# What is ordered


def test_each_measure_is_one_order_and_those_of_our_own_are_none(
    system: ProviderSystem, cem: User, settle: Settle
) -> None:
    measures = (Measure.LABEL, Measure.DEMOTE, Measure.PUBLISH_HASH)

    judged(new_case(item_id="photo-7"), asking(*measures), by=cem)
    settle()

    assert sorted(system.orders()) == ["demote", "label"]


@pytest.mark.parametrize("measure", UNDO)
def test_every_measure_is_ordered_and_its_reversal_orders_the_opposite(
    system: ProviderSystem, cem: User, dan: User, sam: User, settle: Settle, measure: Measure
) -> None:
    decision = judged(new_case(item_id="photo-7"), asking(measure), by=cem, and_by=dan)
    settle()

    cases.reverse(decision, by=sam, at=timezone.now())
    settle()

    assert system.orders() == [measure, UNDO[measure]]
    first, second = (one["data"]["sequence"] for one in system.ordered)
    assert first < second


def test_own_measures_are_taken_back_with_the_signs(cem: User, sam: User, settle: Settle) -> None:
    case = new_case(item_id="photo-7")
    with_evidence(case)
    own = (Measure.PUBLISH_HASH, Measure.BLOCK_ADDRESS)
    decision = judged(case, asking(*own, block_host="bad.example"), by=cem)
    settle()
    published = in_force()

    cases.reverse(decision, by=sam, at=timezone.now())
    settle()

    assert "bad.example" in published
    assert len(published) == 4
    assert in_force() == set()
    assert not decision.actions.exists()


def test_an_order_names_the_account_and_its_end(system: ProviderSystem, cem: User, settle: Settle) -> None:
    case = new_case(item_id="photo-7")
    Subject.objects.filter(pk=case.subject_id).update(author_id="author-3")
    ends_at = timezone.now() + WEEK

    judged(case, asking(Measure.SUSPEND, ends_at=ends_at), by=cem)
    settle()

    [order] = system.ordered
    assert order["data"] | {"action_id": "", "sequence": 0} == {
        "action": "suspend",
        "action_id": "",
        "sequence": 0,
        "subject": {"kind": "item", "provider": "harbour", "id": "photo-7"},
        "author": "author-3",
        "case": case.ref,
        "reason": "bullying",
        "ends_at": ends_at.isoformat(),
    }


def test_an_address_of_nobody_here_orders_nothing(cem: User, settle: Settle) -> None:
    decision = judged(new_case(), AGAINST_TERMS, by=cem)

    settle()

    assert not decision.actions.exists()


def test_a_plug_in_carries_orders_out_beside_the_webhook(
    system: ProviderSystem, cem: User, settle: Settle, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, entry="laid = made_up_target:Laid", module=LAID)
    put_into_use(settings, "laid", data_dir=tmp_path)

    decision = judged(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem)
    settle(may_fail=())

    assert system.orders() == ["remove"]
    assert len(list((tmp_path / "orders").iterdir())) == 1
    assert {action.target.partition(":")[0] for action in decision.actions.all()} == {"endpoint", "plugin"}
    assert {state for _, state in kinds(decision)} == {ActionState.DELIVERED}


DONE_AT_ONCE = """
from leeward.cases.action_targets import Answer, FolderTarget

class Laid(FolderTarget):
    name = "laid"

    def carry_out(self, order):
        return Answer.{answer}
"""


@pytest.mark.parametrize(("answer", "state"), [("DONE", ActionState.CONFIRMED), ("COULD_NOT", ActionState.FAILED)])
def test_a_plug_in_may_answer_at_once(
    cem: User,
    settle: Settle,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    state: ActionState,
    harbour: Organisation,
) -> None:
    module = DONE_AT_ONCE.format(answer=answer)
    install(tmp_path, monkeypatch, entry="laid = made_up_target:Laid", module=module)
    put_into_use(settings, "laid")

    decision = judged(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem)
    settle()

    assert kinds(decision) == [("remove", state)]
    assert Record.objects.get(kind="cases.ActionAnswered").facts["is_done"] is (state == ActionState.CONFIRMED)


# Nothing comes too late


def test_an_order_that_was_parked_and_is_tried_again_after_the_reversal_is_not_sent(
    system: ProviderSystem, cem: User, sam: User, settle: Settle
) -> None:
    decision = judged(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem)
    [action] = tasks_of(decision)
    delivery = parked(action)
    cases.reverse(decision, by=sam, at=timezone.now())
    settle(may_fail=("deliver_action",))

    worker.unpark(str(delivery.uid), at=timezone.now())
    settle()

    assert system.orders() == ["restore"]
    assert kinds(decision) == [("remove", ActionState.CANCELLED), ("restore", ActionState.DELIVERED)]


def test_a_restoring_that_was_parked_does_not_undo_a_newer_removal(
    system: ProviderSystem, cem: User, sam: User, settle: Settle
) -> None:
    first = judged(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem)
    settle()
    cases.reverse(first, by=sam, at=timezone.now())
    actions.order_undo.call(decision_uid=str(first.uid))
    delivery = parked(first.actions.get(kind=Undo.RESTORE))
    judged(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem)
    settle(may_fail=("deliver_action",))

    worker.unpark(str(delivery.uid), at=timezone.now())
    settle()

    assert system.orders() == ["remove", "remove"]
    assert kinds(first)[-1] == ("restore", ActionState.CANCELLED)


def test_orders_about_one_item_wait_for_each_other_while_the_system_is_down(
    system: ProviderSystem, cem: User, sam: User, settle: Settle
) -> None:
    decision = judged(new_case(item_id="photo-7"), asking(Measure.LABEL, Measure.DEMOTE), by=cem)
    system.status = 503
    settle(may_fail=("ask_for_item", "deliver_action", "send_statement"))
    system.status = 204

    settle(at=timezone.now() + timedelta(hours=1))

    assert system.orders() == ["label", "demote"]
    assert {state for _, state in kinds(decision)} == {ActionState.DELIVERED}


# Measures that end by themselves


def test_a_measure_ends_by_itself_when_its_time_is_over_and_once(
    system: ProviderSystem, cem: User, settle: Settle
) -> None:
    ends_at = timezone.now() + WEEK
    decision = judged(new_case(item_id="photo-7"), asking(Measure.SUSPEND, ends_at=ends_at), by=cem)
    settle()

    ended = [actions.end_measures(ends_at + timedelta(seconds=seconds)) for seconds in (-1, 0, 60)]
    settle(at=ends_at)

    assert ended == [0, 1, 0]
    assert system.orders() == ["suspend", "unsuspend"]
    assert Record.objects.filter(kind="cases.MeasuresEnded").count() == 1
    decision.refresh_from_db()
    assert decision.state == DecisionState.EFFECTIVE


def test_a_reversal_after_the_end_orders_nothing_more(
    system: ProviderSystem, cem: User, sam: User, settle: Settle
) -> None:
    ends_at = timezone.now() + WEEK
    decision = judged(new_case(item_id="photo-7"), asking(Measure.SUSPEND, ends_at=ends_at), by=cem)
    settle()
    actions.end_measures(ends_at)
    settle(at=ends_at)

    cases.reverse(decision, by=sam, at=timezone.now())
    settle()

    assert system.orders() == ["suspend", "unsuspend"]


def test_signs_end_with_the_measures(cem: User, settle: Settle) -> None:
    case = new_case(item_id="photo-7")
    with_evidence(case)
    ends_at = timezone.now() + WEEK
    decision = judged(case, asking(Measure.PUBLISH_HASH, ends_at=ends_at), by=cem)

    settle()

    ends = set(Indicator.objects.filter(source=decision.source).values_list("valid_until", flat=True))
    assert ends == {ends_at}


def test_what_ends_before_it_was_done_is_not_done_any_more(harbour: Organisation, cem: User) -> None:
    ends_at = timezone.now() + WEEK
    decision = judged(new_case(item_id="photo-7"), asking(Measure.SUSPEND, ends_at=ends_at), by=cem)
    tasks_of(decision)

    ended = [actions.end_measures(ends_at), actions.end_measures(ends_at)]

    assert ended == [1, 0]
    assert kinds(decision) == [("suspend", ActionState.CANCELLED)]


def test_an_account_stays_suspended_while_another_decision_asks_for_it(
    system: ProviderSystem, cem: User, sam: User, settle: Settle
) -> None:
    one, other = (new_case(item_id=item_id) for item_id in ("photo-7", "photo-8"))
    Subject.objects.update(author_id="author-3")
    first, second = (judged(case, asking(Measure.SUSPEND), by=cem) for case in (one, other))
    settle()

    cases.reverse(first, by=sam, at=timezone.now())
    settle()
    while_one_stands = system.orders()
    cases.reverse(second, by=sam, at=timezone.now())
    settle()

    assert while_one_stands == ["suspend", "suspend"]
    assert system.orders() == ["suspend", "suspend", "unsuspend"]


# What people do


def test_where_no_system_takes_orders_a_person_does_it_and_says_so(harbour: Organisation, cem: User, dan: User) -> None:
    [task] = tasks_of(judged(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem))

    actions.confirm(task, done=True, by=dan, at=AT)

    task.refresh_from_db()
    assert (task.target, task.state, task.done_by, task.answered_at) == ("task", ActionState.CONFIRMED, dan, AT)
    assert not Delivery.objects.filter(task__endswith="deliver_action").exists()


def test_what_a_person_did_is_asked_back_and_what_nobody_did_is_not(
    harbour: Organisation, cem: User, sam: User
) -> None:
    asked = asking(Measure.REMOVE, Measure.LABEL)
    decision = judged(new_case(item_id="photo-7"), asked, by=cem)
    remove, _ = tasks_of(decision)
    actions.confirm(remove, done=True, by=cem, at=AT)

    cases.reverse(decision, by=sam, at=timezone.now())
    actions.order_undo.call(decision_uid=str(decision.uid))

    assert kinds(decision) == [
        ("remove", ActionState.CONFIRMED),
        ("label", ActionState.CANCELLED),
        ("restore", ActionState.OWED),
    ]


def test_what_was_taken_back_cannot_be_done_any_more(harbour: Organisation, cem: User, sam: User) -> None:
    decision = judged(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem)
    [task] = tasks_of(decision)
    cases.reverse(decision, by=sam, at=timezone.now())
    actions.order_undo.call(decision_uid=str(decision.uid))

    with pytest.raises(actions.CannotBeAnswered):
        actions.confirm(task, done=True, by=cem, at=AT)

    assert kinds(decision) == [("remove", ActionState.CANCELLED)]


# What systems answer


@pytest.mark.parametrize(("is_done", "state"), [(True, ActionState.CONFIRMED), (False, ActionState.FAILED)])
def test_the_provider_says_how_an_order_ended_and_twice_is_once(
    system: ProviderSystem, harbour: Organisation, cem: User, settle: Settle, is_done: bool, state: ActionState
) -> None:
    decision = judged(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem)
    settle()
    action = decision.actions.get()

    for _ in range(2):
        actions.confirm(action, done=is_done, by=harbour, at=AT)

    assert kinds(decision) == [("remove", state)]
    assert Record.objects.filter(kind="cases.ActionAnswered").count() == 1


def test_what_is_done_stays_done(system: ProviderSystem, harbour: Organisation, cem: User, settle: Settle) -> None:
    decision = judged(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem)
    settle()
    action = decision.actions.get()
    actions.confirm(action, done=True, by=harbour, at=AT)

    with pytest.raises(actions.CannotBeAnswered):
        actions.confirm(action, done=False, by=harbour, at=AT)

    assert kinds(decision) == [("remove", ActionState.CONFIRMED)]


def test_nobody_else_says_how_an_order_ended(
    system: ProviderSystem, cem: User, eve: User, olga: User, settle: Settle
) -> None:
    other = Organisation.objects.create(slug="meadow", name="Meadow", kind=Organisation.Kind.PROVIDER)
    decision = judged(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem)
    settle()

    for somebody in (other, eve, olga):
        with pytest.raises(cases.NotForThisPerson):
            actions.confirm(decision.actions.get(), done=True, by=somebody, at=AT)
    with pytest.raises(actions.CannotBeAnswered):
        actions.confirm(decision.actions.get(), done=True, by=cem, at=AT)

    assert kinds(decision) == [("remove", ActionState.DELIVERED)]


def test_a_provider_does_not_answer_for_a_person(harbour: Organisation, cem: User) -> None:
    [task] = tasks_of(judged(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem))

    with pytest.raises(cases.NotForThisPerson):
        actions.confirm(task, done=True, by=harbour, at=AT)


def test_an_answer_that_comes_before_the_delivery_is_noted_is_kept(
    system: ProviderSystem, harbour: Organisation, cem: User
) -> None:
    decision = judged(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem)
    [action] = tasks_of(decision)
    actions.confirm(action, done=True, by=harbour, at=AT)

    actions.deliver_action.call(action_uid=str(action.uid))

    assert kinds(decision) == [("remove", ActionState.CONFIRMED)]


# Trying again


def test_a_parked_order_is_tried_again_by_a_person(system: ProviderSystem, cem: User, settle: Settle) -> None:
    decision = judged(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem)
    [action] = tasks_of(decision)
    parked(action)

    actions.retry(action, by=cem, at=timezone.now())
    settle()

    assert system.orders() == ["remove"]
    assert kinds(decision) == [("remove", ActionState.DELIVERED)]


def test_an_order_that_failed_is_sent_again_as_a_new_message(
    system: ProviderSystem, harbour: Organisation, cem: User, settle: Settle
) -> None:
    decision = judged(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem)
    settle()
    action = decision.actions.get()
    actions.confirm(action, done=False, by=harbour, at=timezone.now())

    actions.retry(action, by=cem, at=timezone.now())
    settle()

    first, second = system.ordered
    assert first["data"] == second["data"]
    assert first["id"] != second["id"]


def test_what_is_on_its_way_is_not_tried_again(system: ProviderSystem, cem: User, settle: Settle) -> None:
    decision = judged(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem)
    [action] = tasks_of(decision)

    with pytest.raises(actions.CannotBeAnswered):
        actions.retry(action, by=cem, at=AT)
    settle()
    with pytest.raises(actions.CannotBeAnswered):
        actions.retry(action, by=cem, at=AT)

    assert system.orders() == ["remove"]


def test_ordering_needs_no_more_questions_for_more_measures(
    system: ProviderSystem, cem: User, django_assert_max_num_queries: Any
) -> None:
    decision = judged(new_case(item_id="photo-7"), asking(*list(UNDO)[:5]), by=cem)

    # The decision, the endpoints, what is ordered already, the orders, and one row for each delivery.
    with django_assert_max_num_queries(6 + 5):
        actions.order_measures.call(decision_uid=str(decision.uid))

    assert decision.actions.count() == 5

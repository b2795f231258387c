"""The provider's own system is ordered by signed webhooks, each order once, and one broken system stops nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leeward.cases import actions
from leeward.cases import services as cases
from leeward.cases.models import Action
from leeward.cases.tests.desk import AGAINST_TERMS, AT, MAY_STAY, in_force, new_case, reported, with_evidence
from leeward.cases.tests.systems import ProviderSystem, provider_system
from leeward.core import webhooks
from leeward.core.models import Delivery, Organisation, Record, User
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def system(harbour: Organisation) -> Iterator[ProviderSystem]:
    with provider_system(harbour) as system:
        yield system


def test_the_provider_is_asked_for_the_item_of_a_new_case(system: ProviderSystem, settle: Settle) -> None:
    reported(item_id="photo-7")

    settle()

    [asked] = system.taken
    assert asked["type"] == "evidence.requested"
    assert asked["data"]["subject"] == {"kind": "item", "provider": "harbour", "id": "photo-7"}
    assert asked["data"]["post_to"].endswith(f"/api/v1/cases/{asked['data']['case']}/evidence")


def test_a_provider_is_not_asked_for_a_page_that_is_not_his(system: ProviderSystem, settle: Settle) -> None:
    reported()

    settle()

    assert system.taken == []


def test_a_decision_orders_the_removal_and_a_reversal_the_restoring(
    system: ProviderSystem, cem: User, sam: User, settle: Settle
) -> None:
    decision = cases.judge(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem, at=AT)
    settle()
    cases.reverse(decision, by=sam, at=AT)
    settle()

    assert system.orders() == ["remove", "restore"]
    first, second = (one["data"] for one in system.taken if one["type"] == "action.requested")
    assert first["sequence"] < second["sequence"]
    assert first["subject"]["id"] == second["subject"]["id"] == "photo-7"
    assert Action.objects.filter(delivered_at=None).count() == 0
    assert Record.objects.filter(kind="cases.ActionDelivered").count() == 2


def test_what_may_stay_is_not_ordered_away(system: ProviderSystem, cem: User, settle: Settle) -> None:
    cases.judge(new_case(item_id="photo-7"), MAY_STAY, by=cem, at=AT)

    settle()

    assert system.orders() == []


def test_an_order_that_was_taken_is_not_sent_again(system: ProviderSystem, cem: User, settle: Settle) -> None:
    decision = cases.judge(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem, at=AT)
    settle()

    actions.order_measures.call(decision_uid=str(decision.uid))
    actions.deliver_action.call(action_uid=str(Action.objects.get().uid))
    settle()

    assert system.orders() == ["remove"]
    assert Record.objects.filter(kind="cases.ActionDelivered").count() == 1


def test_an_order_keeps_its_id_over_all_tries(system: ProviderSystem, cem: User) -> None:
    decision = cases.judge(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem, at=AT)
    actions.order_measures.call(decision_uid=str(decision.uid))
    action = Action.objects.get()

    system.status = 503
    with pytest.raises(webhooks.NotTaken):
        actions.deliver_action.call(action_uid=str(action.uid))
    system.status = 204
    actions.deliver_action.call(action_uid=str(action.uid))

    assert [one["id"] for one in system.taken] == [str(action.uid)]


def test_a_removal_that_comes_after_the_reversal_is_not_ordered(
    system: ProviderSystem, cem: User, sam: User, settle: Settle
) -> None:
    decision = cases.judge(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem, at=AT)
    cases.reverse(decision, by=sam, at=AT)
    actions.order_undo.call(decision_uid=str(decision.uid))

    actions.order_measures.call(decision_uid=str(decision.uid))

    assert [order.kind for order in Action.objects.all()] == ["restore"]


def test_a_system_that_is_down_stops_nothing_else_and_its_order_stays_owed(
    system: ProviderSystem, cem: User, settle: Settle
) -> None:
    case = new_case(item_id="photo-7")
    evidence = with_evidence(case)
    system.status = 503

    cases.judge(case, AGAINST_TERMS, by=cem, at=AT)
    settle(may_fail=("ask_for_item", "deliver_action", "send_statement"))

    assert evidence.sha256 in in_force()
    owed = Delivery.objects.get(task__endswith="deliver_action")
    assert owed.state == Delivery.State.OWED
    assert owed.last_error == "leeward.core.webhooks.NotTaken (HTTP 503)"
    assert Action.objects.get().delivered_at is None
    assert not Record.objects.filter(kind="cases.ActionDelivered").exists()


def test_an_endpoint_that_was_closed_is_not_called(
    system: ProviderSystem, harbour: Organisation, cem: User, settle: Settle
) -> None:
    harbour.endpoint_set.update(is_open=False)

    cases.judge(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem, at=AT)
    settle()

    assert system.taken == []

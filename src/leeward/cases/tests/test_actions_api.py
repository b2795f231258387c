"""A provider's system says how an order ended, and nobody else's does."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from leeward.cases import actions, services
from leeward.cases.models import Action
from leeward.cases.states import ActionState
from leeward.cases.tests.desk import AGAINST_TERMS, AT, Answer, new_case
from leeward.cases.tests.programs import Program, key_of
from leeward.core import machines, webhooks
from leeward.core.models import ApiKey, Organisation, Record, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(harbour: Organisation, cem: User) -> Action:
    """An order to the harbour's system, which does not answer yet."""
    webhooks.open_endpoint(harbour, url="http://127.0.0.1:9/hooks", secret="whsec_" + "QUFB" * 8)
    decision = services.judge(new_case(item_id="photo-7"), AGAINST_TERMS, by=cem, at=timezone.now())
    actions.order_measures.call(decision_uid=str(decision.uid))
    return Action.objects.get(kind="remove")


def answered(order: Action, *, key: str, done: object = True, uid: object = None) -> Answer:
    return Program(key, below="/api/v1/").post(f"actions/{uid or order.uid}/answer", {"done": done})


def key(organisation: Organisation, *scopes: ApiKey.Scope) -> str:
    return machines.make_key(organisation, scopes=list(scopes), at=AT)


def test_the_provider_says_that_it_is_done_and_the_same_again_changes_nothing(
    order: Action, harbour: Organisation
) -> None:
    mine = key(harbour, ApiKey.Scope.ACTIONS)

    first = answered(order, key=mine)
    noted = Record.objects.count()
    again, otherwise = answered(order, key=mine), answered(order, key=mine, done=False)

    assert (first.status_code, first.json()["state"], again.status_code) == (200, ActionState.CONFIRMED, 200)
    assert (otherwise.status_code, otherwise["Content-Type"]) == (409, "application/problem+json")
    assert Record.objects.count() == noted


def test_what_a_system_could_not_do_it_may_say_later_that_it_did(order: Action, harbour: Organisation) -> None:
    mine = key(harbour, ApiKey.Scope.ACTIONS)

    states = [answered(order, key=mine, done=done).json()["state"] for done in (False, True)]

    assert states == [ActionState.FAILED, ActionState.CONFIRMED]


def test_another_provider_and_a_number_that_is_nowhere_are_answered_alike(order: Action, harbour: Organisation) -> None:
    quay = Organisation.objects.create(slug="quay", name="Quay Forum", kind=Organisation.Kind.PROVIDER)

    theirs = answered(order, key=key(quay, ApiKey.Scope.ACTIONS))
    nowhere = answered(order, key=key(harbour, ApiKey.Scope.ACTIONS), uid=uuid.UUID(int=7))

    assert (theirs.status_code, theirs.content) == (404, nowhere.content)
    assert Action.objects.get(pk=order.pk).state == ActionState.OWED


def test_no_other_key_opens_this_door(order: Action, harbour: Organisation, sam: User, eve: User) -> None:
    others = [scope for scope in ApiKey.Scope if scope is not ApiKey.Scope.ACTIONS]
    keys = ["", "lwk_unknown", key_of(sam), key_of(eve)]

    assert {answered(order, key=one).status_code for one in keys} == {401}
    assert answered(order, key=key(harbour, *others)).status_code == 403
    assert Action.objects.get(pk=order.pk).state == ActionState.OWED


def test_an_answer_that_is_neither_yes_nor_no_is_refused(order: Action, harbour: Organisation) -> None:
    answer = answered(order, key=key(harbour, ApiKey.Scope.ACTIONS), done="secret-words")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body.done")
    assert "secret-words" not in answer.content.decode()

"""What follows from decisions is shown as it stands, and done, tried again, decided together and undone on pages."""

from __future__ import annotations

import dataclasses
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from leeward.cases import actions, bulk
from leeward.cases import services as cases
from leeward.cases.models import Action, Bulk, Case, Decision, Measure, Subject
from leeward.cases.states import ActionState, CaseState, DecisionState
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AGAINST_TERMS, AT, ILLEGAL, everything, found_illegal, new_case, with_evidence
from leeward.core import webhooks
from leeward.core.models import Delivery, Organisation, User
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db
JUDGED = {"outcome": "against_terms", "category": "bullying", "ground": "Terms 4.2", "block_host": ""}


def page_of(browser: Client, case: Case) -> str:
    """Return the part of the page of a case that shows its orders."""
    page = browser.get(f"/desk/cases/{case.uid}/").content.decode()
    return page.partition('<section id="actions"')[2].partition("</section>")[0]


def ordered(case: Case, *, by: User) -> Action:
    """Return the one order of a case that was decided now."""
    decision = cases.judge(case, AGAINST_TERMS, by=by, at=timezone.now())
    actions.order_measures.call(decision_uid=str(decision.uid))
    return decision.actions.get()


@pytest.fixture
def endpoint(harbour: Organisation) -> None:
    """A system of the harbour that nothing is sent to in this story."""
    webhooks.open_endpoint(harbour, url="http://127.0.0.1:9/", secret="whsec_" + "A" * 32)


# How an order stands


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ActionState.OWED, "On its way"),
        (ActionState.DELIVERED, "Taken, not confirmed"),
        (ActionState.CONFIRMED, "Done"),
        (ActionState.FAILED, "Could not be done"),
        (ActionState.CANCELLED, "Taken back before it left"),
    ],
)
def test_each_order_is_shown_as_it_stands(
    endpoint: None, cem: User, signed_in: SignIn, state: ActionState, words: str
) -> None:
    case = new_case(item_id="photo-7")
    action = ordered(case, by=cem)
    Action.objects.filter(pk=action.pk).update(state=state, delivered_at=AT, answered_at=AT)

    shown = page_of(signed_in(cem), case)

    assert "Take it away" in shown
    assert f"&nbsp;{words}<" in shown or f">{words}<" in shown


def test_what_is_not_taken_is_never_shown_as_done(endpoint: None, cem: User, signed_in: SignIn) -> None:
    case = new_case(item_id="photo-7")
    ordered(case, by=cem)

    assert "✓" not in page_of(signed_in(cem), case)


def test_a_parked_order_says_so_and_is_tried_again(endpoint: None, cem: User, signed_in: SignIn) -> None:
    case = new_case(item_id="photo-7")
    action = ordered(case, by=cem)
    parked = Delivery.objects.filter(task__endswith="deliver_action")
    parked.update(state=Delivery.State.PARKED, attempts=12)
    browser = signed_in(cem)

    before = page_of(browser, case)
    browser.post(f"/desk/actions/{action.uid}/retry")

    assert "Parked" in before
    assert "Try again" in before
    assert parked.get().state == Delivery.State.OWED
    assert "Try again" not in page_of(browser, case)


def test_trying_again_what_is_not_parked_says_that_nothing_changed(
    endpoint: None, cem: User, signed_in: SignIn
) -> None:
    action = ordered(new_case(item_id="photo-7"), by=cem)
    before = everything()

    answer = signed_in(cem).post(f"/desk/actions/{action.uid}/retry", follow=True)

    assert "Nothing changed" in answer.content.decode()
    assert everything() == before


@pytest.mark.parametrize(("door", "state"), [("done", ActionState.CONFIRMED), ("failed", ActionState.FAILED)])
def test_a_person_says_how_a_task_ended(
    harbour: Organisation, cem: User, signed_in: SignIn, door: str, state: ActionState
) -> None:
    case = new_case(item_id="photo-7")
    action = ordered(case, by=cem)
    browser = signed_in(cem)

    before = page_of(browser, case)
    answer = browser.post(f"/desk/actions/{action.uid}/{door}")

    action.refresh_from_db()
    assert "Waits for a person" in before
    assert (action.state, action.done_by) == (state, cem)
    assert answer["Location"] == f"/desk/cases/{case.uid}/#actions"


@pytest.mark.parametrize("door", ["done", "failed", "retry"])
@pytest.mark.parametrize("name", ["eve", "bea", "olga", "carla", "pat"])
def test_nobody_else_says_how_a_task_ended(
    request: pytest.FixtureRequest, cem: User, signed_in: SignIn, name: str, door: str
) -> None:
    person: User = request.getfixturevalue(name)
    action = ordered(new_case(item_id="photo-7"), by=cem)

    answer = signed_in(person).post(f"/desk/actions/{action.uid}/{door}")

    assert answer.status_code == 403
    action.refresh_from_db()
    assert (action.state, action.done_by) == (ActionState.OWED, None)


def test_signs_are_shown_with_who_is_told_of_them(cem: User, dan: User, signed_in: SignIn, settle: Settle) -> None:
    alone, together = new_case("https://bad.example/1"), new_case("https://bad.example/2")
    with_evidence(alone)
    with_evidence(together)
    cases.judge(alone, AGAINST_TERMS, by=cem, at=AT)
    found_illegal(together, by=cem, and_by=dan)
    settle()
    browser = signed_in(cem)

    assert "so they stay here" in page_of(browser, alone)
    assert "3 in force" in page_of(browser, alone)
    assert "so partners are told" in page_of(browser, together)


def test_a_decision_about_an_address_of_nobody_here_says_that_nobody_is_ordered(cem: User, signed_in: SignIn) -> None:
    case = new_case()
    cases.judge(case, dataclasses.replace(AGAINST_TERMS, measures=(Measure.WARN,)), by=cem, at=AT)

    assert "nobody is ordered to take it away" in page_of(signed_in(cem), case)


# Many at once


def chosen(number: int) -> list[Case]:
    return [new_case(f"https://bad.example/{one}") for one in range(number)]


def test_chosen_cases_are_decided_together_and_undone_on_the_page_after(cem: User, signed_in: SignIn) -> None:
    two, browser = chosen(2), signed_in(cem)
    uids = [str(case.uid) for case in two]

    form = browser.get("/desk/bulk", {"case": uids})
    answer = browser.post("/desk/bulk", JUDGED | {"case": uids}, follow=True)
    made = Bulk.objects.get()
    decided = [case.state for case in Case.objects.order_by("pk")]
    undone = browser.post(f"/desk/bulk/{made.uid}/undo", follow=True)

    assert all(case.ref in form.content.decode() for case in two)
    assert decided == [CaseState.DECIDED] * 2
    assert "Take all 2 back" in answer.content.decode()
    assert "2 decisions were taken back." in undone.content.decode()
    assert {decision.state for decision in made.decisions.all()} == {DecisionState.OVERTURNED}


def test_a_wrong_field_decides_none_of_them(cem: User, signed_in: SignIn) -> None:
    uids = [str(case.uid) for case in chosen(2)]
    before = everything()

    answer = signed_in(cem).post("/desk/bulk", JUDGED | {"ground": "", "case": uids})

    assert answer.status_code == 422
    assert "Nothing is decided yet" in answer.content.decode()
    assert everything() == before


def test_a_case_that_a_colleague_has_is_left_out_and_named(cem: User, dan: User, signed_in: SignIn) -> None:
    free, taken = chosen(2)
    cases.take(taken, by=dan, at=timezone.now())

    answer = signed_in(cem).post("/desk/bulk", JUDGED | {"case": [str(free.uid), str(taken.uid)]}, follow=True)

    assert f"{taken.ref}: A colleague has this case now." in answer.content.decode()
    assert Decision.objects.get().case == free


def test_without_a_case_or_with_what_is_none_the_desk_says_what_to_do(cem: User, signed_in: SignIn) -> None:
    for asked in ({}, {"case": ["not a uid", str(uuid.uuid4())]}):
        answer = signed_in(cem).get("/desk/bulk", asked, follow=True)

        assert "Choose at least one case first." in answer.content.decode()


def test_a_colleague_agrees_to_all_of_it_on_its_page(cem: User, dan: User, signed_in: SignIn) -> None:
    made = bulk.judge_many(chosen(2), ILLEGAL, by=cem, at=AT).bulk
    place = f"/desk/bulk/{made.uid}/"

    for_cem = signed_in(cem).get(place).content.decode()
    refused = signed_in(cem).post(f"{place}agree", follow=True).content.decode()
    for_dan = signed_in(dan).get(place).content.decode()
    agreed = signed_in(dan).post(f"{place}agree", follow=True).content.decode()

    assert all(words in for_dan for words in ("Penal code 7", "bad.example", "Take it away", "Agree to all 2"))
    assert "Agree to all" not in for_cem
    assert "a colleague must agree to it" in refused
    assert "2 decisions take effect now." in agreed


def test_a_reviewer_is_not_offered_to_undo_what_a_colleague_decided_and_cannot(
    cem: User, dan: User, signed_in: SignIn
) -> None:
    made = bulk.judge_many(chosen(2), AGAINST_TERMS, by=cem, at=AT).bulk
    browser, before = signed_in(dan), everything()

    shown = browser.get(f"/desk/bulk/{made.uid}/").content.decode()
    answer = browser.post(f"/desk/bulk/{made.uid}/undo", follow=True).content.decode()

    assert "Take all" not in shown
    assert "Ask a senior reviewer." in answer
    assert everything() == before


def test_what_is_alike_is_offered_to_be_decided_together(cem: User, harbour: Organisation, signed_in: SignIn) -> None:
    case, other = new_case(item_id="photo-1"), new_case(item_id="photo-2")
    with_evidence(case)
    with_evidence(other)
    Subject.objects.filter(pk=other.subject_id).update(author_id="author-3")
    browser = signed_in(cem)

    page = browser.get(f"/desk/cases/{case.uid}/similar").content.decode()

    assert page.count("Same file") == 1
    assert f'value="{case.uid}"' in page
    assert f'value="{other.uid}"' in page


def test_where_nothing_is_alike_the_page_says_so(cem: User, signed_in: SignIn) -> None:
    page = signed_in(cem).get(f"/desk/cases/{new_case().uid}/similar").content.decode()

    assert "No other open case is like this one." in page


# What the form lets through


@pytest.mark.parametrize(
    ("filled_in", "why"),
    [
        ({"outcome": "no_violation", "measures": ["remove"]}, "nothing is done where nothing is wrong"),
        ({"measures": ["warn"], "is_for_partners": "on"}, "partners are told signs"),
        ({"measures": ["terminate"], "ends_date": "2999-01-01"}, "suspend it instead"),
        ({"ends_date": "2020-01-01"}, "the end lies in the past"),
    ],
)
def test_measures_that_do_not_fit_are_explained_and_nothing_is_decided(
    cem: User, signed_in: SignIn, filled_in: dict[str, object], why: str
) -> None:
    case = new_case()

    answer = signed_in(cem).post(f"/desk/cases/{case.uid}/judge", JUDGED | filled_in)

    assert answer.status_code == 422
    assert why in str(answer.context["form"].errors["measures"])
    assert Case.objects.get(pk=case.pk).state == CaseState.OPEN


def test_what_is_chosen_on_the_page_is_what_is_decided(cem: User, signed_in: SignIn) -> None:
    case = new_case(item_id="photo-7")
    wanted = {"measures": ["suspend", "label"], "ends_date": "2999-01-01", "facts": "A made-up sentence."}

    signed_in(cem).post(f"/desk/cases/{case.uid}/judge", JUDGED | wanted)

    decision = case.decisions.get()
    assert (decision.measures, decision.facts, decision.state) == (
        ["suspend", "label"],
        "A made-up sentence.",
        DecisionState.EFFECTIVE,
    )
    assert decision.ends_at is not None
    assert decision.ends_at.isoformat() == "2999-01-01T00:00:00+00:00"

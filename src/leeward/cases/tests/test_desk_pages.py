"""The desk's pages: what a reviewer sees and does, and that everybody else gets nothing."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from leeward.cases import services as cases
from leeward.cases import urls
from leeward.cases.models import Case
from leeward.cases.states import CaseState
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import (
    AGAINST_TERMS,
    AT,
    ILLEGAL,
    Answer,
    case_of,
    everything,
    found_illegal,
    new_case,
    reported,
)
from leeward.core import access
from leeward.core.models import Role, User
from leeward.reports.models import Report
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db

JUDGED = {"outcome": "illegal", "category": "sextortion", "ground": "Penal code 7", "block_host": "bad.example"}
ASKED = {"text": "Which name was it?", "key": "0b1c2d3e-0000-4000-8000-000000000009"}
DOORS = {str(pattern.name): pattern for pattern in urls.urlpatterns}
ANY_VALUE = {"UUIDConverter": uuid.uuid4(), "IntConverter": 1, "SlugConverter": "any", "StringConverter": "0" * 64}
SECRET_PLACE = "https://secret-place.example/photos/7"


def address(door: str, *, case: Case, decision_uid: uuid.UUID) -> str:
    """Return the address of a door: of this case or this decision where it is about one, else of something that nobody knows."""
    route = str(DOORS[door].pattern)
    about = {"cases/": case.uid, "decisions/": decision_uid}
    uid = next((uid for start, uid in about.items() if route.startswith(start)), uuid.uuid4())
    known = {"uid": uid, "report_uid": case.reports.get().report.uid}
    converters = DOORS[door].pattern.converters.items()
    values = {name: known.get(name) or ANY_VALUE[type(converter).__name__] for name, converter in converters}
    return reverse(f"cases:{door}", kwargs=values)


def opens_for(person: User, door: str) -> bool:
    declared = access.declared(DOORS[door].callback)
    return declared is not None and declared.roles is not None and bool(declared.roles & person.roles)


def knock(browser: Client, door: str, *, case: Case, decision_uid: uuid.UUID) -> list[Answer]:
    place = address(door, case=case, decision_uid=decision_uid)
    return [browser.get(place), browser.post(place, JUDGED | ASKED)]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", ["eve", "bea", "olga", "carla", "pat"])
def test_without_a_reviewers_role_every_door_of_the_desk_shows_and_changes_nothing(
    request: pytest.FixtureRequest, signed_in: SignIn, cem: User, door: str, name: str
) -> None:
    person: User = request.getfixturevalue(name)
    if opens_for(person, door):
        assert person.roles == {Role.OPERATOR}, (
            "the operator sets rules, and nobody else comes in without a reviewer's role"
        )
        return
    case = new_case(SECRET_PLACE)
    decision = cases.judge(case, ILLEGAL, by=cem, at=AT)
    before = everything()

    answers = knock(signed_in(person), door, case=case, decision_uid=decision.uid)

    assert [answer.status_code for answer in answers] == [403, 403]
    # The address that was asked for may stand in the answer, and the short name of a case is the begin of its number.
    pages = [answer.content.decode().replace(str(case.uid), "") for answer in answers]
    assert not [page for page in pages if "secret-place" in page or case.ref in page]
    assert everything() == before


@pytest.mark.parametrize("door", DOORS)
def test_somebody_who_is_not_signed_in_is_sent_to_the_sign_in(client: Client, cem: User, door: str) -> None:
    case = new_case(SECRET_PLACE)
    decision = cases.judge(case, ILLEGAL, by=cem, at=AT)
    before = everything()

    answers = knock(client, door, case=case, decision_uid=decision.uid)

    assert {answer.status_code for answer in answers} == {302}
    assert all(answer["Location"].startswith("/account/login/") for answer in answers)
    assert everything() == before


def test_a_reviewer_who_was_switched_off_gets_nothing(cem: User, signed_in: SignIn) -> None:
    browser = signed_in(cem)
    User.objects.filter(pk=cem.pk).update(is_active=False)

    assert browser.get("/desk/").status_code in {302, 403}


def test_the_queue_shows_what_is_due_first_at_the_top(cem: User, signed_in: SignIn) -> None:
    calm, urgent = new_case("https://calm.example/"), new_case("https://urgent.example/")
    Case.objects.filter(pk=urgent.pk).update(due_at=AT)

    page = signed_in(cem).get("/desk/").content.decode()

    assert page.index(urgent.ref) < page.index(calm.ref)


def test_what_a_trusted_flagger_sent_stands_before_what_is_due_first_and_what_is_doubted_comes_last(
    cem: User, signed_in: SignIn
) -> None:
    doubted, calm, flagged = (new_case(f"https://{name}.example/") for name in ("doubted", "calm", "flagged"))
    Case.objects.filter(pk=doubted.pk).update(priority=-1, due_at=AT)
    Case.objects.filter(pk=flagged.pk).update(priority=1)
    browser = signed_in(cem)

    answer = browser.get("/desk/")
    taken = [browser.post("/desk/next")["Location"]]

    assert [case.pk for case in answer.context["cases"]] == [flagged.pk, calm.pk, doubted.pk]
    assert taken == [f"/desk/cases/{flagged.uid}/"]
    assert answer.content.decode().count("Trusted flagger") == 1


def test_the_queue_is_not_kept_by_the_browser(cem: User, signed_in: SignIn) -> None:
    assert "no-store" in signed_in(cem).get("/desk/")["Cache-Control"]


def test_an_empty_queue_says_so(cem: User, signed_in: SignIn) -> None:
    answer = signed_in(cem).get("/desk/")

    assert answer.status_code == 200
    assert list(answer.context["cases"]) == []


def test_a_case_is_judged_agreed_and_reversed_on_its_page(cem: User, dan: User, sam: User, signed_in: SignIn) -> None:
    case = new_case()
    at_cem, at_dan, at_sam = signed_in(cem), signed_in(dan), signed_in(sam)

    at_cem.post(f"/desk/cases/{case.uid}/judge", JUDGED)
    decision = case.decisions.get()
    proposed = Case.objects.get(pk=case.pk).state
    at_dan.post(f"/desk/decisions/{decision.uid}/agree")
    decided = Case.objects.get(pk=case.pk).state
    at_sam.post(f"/desk/decisions/{decision.uid}/reverse")

    states = [proposed, decided, Case.objects.get(pk=case.pk).state]
    assert states == [CaseState.PROPOSED, CaseState.DECIDED, CaseState.REVERSED]


def test_the_one_who_proposed_is_told_that_a_colleague_must_agree(cem: User, signed_in: SignIn) -> None:
    case = new_case()
    decision = cases.judge(case, ILLEGAL, by=cem, at=AT)

    answer = signed_in(cem).post(f"/desk/decisions/{decision.uid}/agree", follow=True)

    assert "a colleague must agree to it" in answer.content.decode()
    assert Case.objects.get(pk=case.pk).state == CaseState.PROPOSED


def test_who_was_too_slow_is_told_so(cem: User, dan: User, signed_in: SignIn) -> None:
    case = new_case()
    cases.judge(case, AGAINST_TERMS, by=cem, at=AT)

    answer = signed_in(dan).post(f"/desk/cases/{case.uid}/judge", JUDGED, follow=True)

    assert "Somebody was faster." in answer.content.decode()
    assert case.decisions.count() == 1


def test_a_reviewer_who_reverses_is_told_to_ask_a_senior_one(cem: User, dan: User, signed_in: SignIn) -> None:
    decision = found_illegal(new_case(), by=cem, and_by=dan)

    answer = signed_in(dan).post(f"/desk/decisions/{decision.uid}/reverse", follow=True)

    assert "Ask a senior reviewer." in answer.content.decode()
    decision.refresh_from_db()
    assert decision.reversed_by is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("outcome", ""), ("outcome", "perhaps"), ("category", "none"), ("ground", ""), ("ground", "x" * 301)],
)
def test_a_decision_with_a_wrong_field_is_explained_and_not_taken(
    cem: User, signed_in: SignIn, field: str, value: str
) -> None:
    case = new_case()

    answer = signed_in(cem).post(f"/desk/cases/{case.uid}/judge", JUDGED | {field: value})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not case.decisions.exists()


def test_the_case_page_shows_what_is_owed_as_owed_and_what_is_done_as_done(
    cem: User, signed_in: SignIn, settle: Settle
) -> None:
    case = new_case()
    cases.judge(case, AGAINST_TERMS, by=cem, at=AT)
    browser, place = signed_in(cem), f"/desk/cases/{case.uid}/"

    before = browser.get(place).context["follows"]
    settle()
    after = browser.get(place).context["follows"]

    assert {delivery.state for delivery in before} == {"owed"}
    assert {delivery.state for delivery in after} == {"done"}
    tasks = {delivery.task.rpartition(".")[2] for delivery in after}
    assert tasks >= {"publish_signs", "order_measures", "tell_reporters"}


def test_a_reported_address_is_no_link(cem: User, signed_in: SignIn) -> None:
    case = new_case(SECRET_PLACE)

    page = signed_in(cem).get(f"/desk/cases/{case.uid}/").content.decode()

    assert SECRET_PLACE in page
    assert f'href="{SECRET_PLACE}' not in page


def test_the_case_page_shows_everything_that_the_reporter_agreed_to_send(cem: User, signed_in: SignIn) -> None:
    report = reported(item_id="")
    actions = [{"at": "10:01:07", "what": "click", "where": "<b>like</b>"}]
    surroundings = {
        "time_zone": "Asia/Ulaanbaatar",
        "browser": "Made-up 1.0",
        "seen_at": "2026-11-21T10:01",
        "actions": actions,
    }
    fields = {"nature": "sextortion", "band": "10-12", "conversation_id": "talk-77", "surroundings": surroundings}
    Report.objects.filter(pk=report.pk).update(**fields)
    case = case_of(report)

    page = signed_in(cem).get(f"/desk/cases/{case.uid}/").content.decode()

    shown = (
        "Asia/Ulaanbaatar",
        "Made-up 1.0",
        "2026-11-21T10:01",
        "talk-77",
        "10-12",
        "Threats to show pictures of me",
    )
    assert all(words in page for words in (*shown, "10:01:07", "&lt;b&gt;like"))


def test_words_of_a_reporter_are_shown_as_words(cem: User, signed_in: SignIn) -> None:
    report = reported()
    Report.objects.filter(pk=report.pk).update(words="<b>look</b>")
    case = case_of(report)

    page = signed_in(cem).get(f"/desk/cases/{case.uid}/").content.decode()

    assert "&lt;b&gt;look" in page
    assert "<b>look" not in page


def test_a_case_that_does_not_exist_is_not_found(cem: User, signed_in: SignIn) -> None:
    browser = signed_in(cem)

    assert browser.get(f"/desk/cases/{uuid.uuid4()}/").status_code == 404
    assert browser.post(f"/desk/cases/{uuid.uuid4()}/judge", JUDGED).status_code == 404
    assert browser.post(f"/desk/decisions/{uuid.uuid4()}/agree").status_code == 404

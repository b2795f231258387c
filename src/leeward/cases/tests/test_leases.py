"""One reviewer works on a case at a time, for a quarter of an hour."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from leeward.cases import services as cases
from leeward.cases.models import Case
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AGAINST_TERMS, AT, ILLEGAL, new_case
from leeward.core.models import User

pytestmark = pytest.mark.django_db
SOON = AT + timedelta(minutes=1)


def holder(case: Case) -> User | None:
    return Case.objects.get(pk=case.pk).taken_by


def test_a_case_that_one_reviewer_has_is_not_given_to_another(cem: User, dan: User) -> None:
    case = new_case()
    cases.take(case, by=cem, at=AT)

    with pytest.raises(cases.TakenByAnother):
        cases.take(case, by=dan, at=SOON)

    assert holder(case) == cem


def test_taking_it_again_renews_the_lease(cem: User) -> None:
    case = new_case()
    cases.take(case, by=cem, at=AT)

    cases.take(case, by=cem, at=SOON)

    assert Case.objects.get(pk=case.pk).taken_until == SOON + cases.LEASE


def test_a_lease_ends_by_itself(cem: User, dan: User) -> None:
    case = new_case()
    cases.take(case, by=cem, at=AT)

    cases.take(case, by=dan, at=AT + cases.LEASE)

    assert holder(case) == dan


def test_nobody_judges_a_case_that_another_one_has(cem: User, dan: User) -> None:
    case = new_case()
    cases.take(case, by=cem, at=AT)

    with pytest.raises(cases.TakenByAnother):
        cases.judge(case, AGAINST_TERMS, by=dan, at=SOON)

    cases.judge(case, AGAINST_TERMS, by=cem, at=SOON)


def test_a_decision_and_a_proposal_give_the_case_back(cem: User) -> None:
    for page, judgement in (("https://a.example/", AGAINST_TERMS), ("https://b.example/", ILLEGAL)):
        case = new_case(page)
        cases.take(case, by=cem, at=AT)

        cases.judge(case, judgement, by=cem, at=AT)

        assert holder(case) is None


def test_a_decided_case_is_not_leased_any_more(cem: User, dan: User) -> None:
    case = new_case()
    cases.judge(case, AGAINST_TERMS, by=cem, at=AT)

    with pytest.raises(cases.AlreadyDecided):
        cases.take(case, by=dan, at=SOON)

    assert holder(case) is None


def test_two_reviewers_who_ask_for_the_next_case_get_two_cases(cem: User, dan: User, signed_in: SignIn) -> None:
    first, second = new_case("https://a.example/"), new_case("https://b.example/")

    to_cem, to_dan = signed_in(cem).post("/desk/next"), signed_in(dan).post("/desk/next")

    assert {to_cem["Location"], to_dan["Location"]} == {f"/desk/cases/{case.uid}/" for case in (first, second)}
    assert {holder(first), holder(second)} == {cem, dan}


def test_the_next_case_is_the_one_that_is_due_first(cem: User, signed_in: SignIn) -> None:
    new_case("https://a.example/")
    urgent = new_case("https://b.example/")
    Case.objects.filter(pk=urgent.pk).update(due_at=AT)

    answer = signed_in(cem).post("/desk/next")

    assert answer["Location"] == f"/desk/cases/{urgent.uid}/"


def test_where_no_case_waits_the_reviewer_is_told_so(cem: User, dan: User, signed_in: SignIn) -> None:
    new_case()
    signed_in(dan).post("/desk/next")
    browser: Client = signed_in(cem)

    answer = browser.post("/desk/next", follow=True)

    assert answer.redirect_chain == [("/desk/", 302)]
    assert "No case waits for you now." in answer.content.decode()


def test_the_next_case_is_another_one_than_the_one_at_hand(cem: User, signed_in: SignIn) -> None:
    new_case("https://a.example/")
    new_case("https://b.example/")
    browser = signed_in(cem)

    opened = [browser.post("/desk/next")["Location"] for _ in range(3)]

    assert opened[0] != opened[1]
    assert opened[2] in opened[:2], "with nothing else left it is one of those at hand"


def test_what_is_given_back_is_there_for_the_next_person(cem: User, dan: User, signed_in: SignIn) -> None:
    case = new_case()
    browser = signed_in(cem)
    place = browser.post("/desk/next")["Location"]

    told = browser.post(f"{place}give-back", follow=True).content.decode()

    assert "The case waits in the queue again." in told
    assert holder(case) is None
    assert signed_in(dan).post("/desk/next")["Location"] == place


def test_nobody_gives_back_the_case_of_a_colleague(cem: User, dan: User, signed_in: SignIn) -> None:
    case = new_case()
    signed_in(dan).post("/desk/next")

    told = signed_in(cem).post(f"/desk/cases/{case.uid}/give-back", follow=True).content.decode()

    assert "You did not have this case any more." in told
    assert holder(case) == dan


def test_words_are_kept_where_a_colleague_was_faster(cem: User, dan: User, signed_in: SignIn) -> None:
    case = new_case()
    signed_in(dan).post("/desk/next")
    judged = {"outcome": "against_terms", "category": "bullying", "ground": "Terms 4.2, as I wrote it"}

    answer = signed_in(cem).post(f"/desk/cases/{case.uid}/judge", judged)

    assert answer.status_code == 422
    assert "Terms 4.2, as I wrote it" in answer.content.decode()

"""A random share of decisions is judged again by somebody who did not judge before and does not see how it was judged."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from leeward.cases import second_looks
from leeward.cases import services as cases
from leeward.cases.models import Decision, SecondLook
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import AGAINST_TERMS, AT, MAY_STAY, found_illegal, new_case, with_evidence
from leeward.core.models import Record, User
from leeward.indicators.models import Category

pytestmark = pytest.mark.django_db

Outcome = Decision.Outcome
GROUND = "Terms 4.2"


@pytest.fixture(autouse=True)
def _everything_is_drawn(settings: Any) -> None:
    drawn(settings, 100)


def drawn(settings: Any, percent: int) -> None:
    settings.LEEWARD = replace(settings.LEEWARD, desk=replace(settings.LEEWARD.desk, second_look_percent=percent))


@pytest.fixture
def look(cem: User) -> SecondLook:
    """What waits for a second look: Cem found it against the terms, for bullying."""
    case = new_case()
    with_evidence(case)
    cases.judge(case, AGAINST_TERMS, by=cem, at=AT)
    second_looks.draw(AT)
    return SecondLook.objects.get()


@given(st.lists(st.uuids(version=4), min_size=1, max_size=50), st.integers(0, 99))
def test_a_larger_share_holds_the_smaller_one_and_the_same_lot_falls_again(uids: list[uuid.UUID], percent: int) -> None:
    decisions = [Decision(uid=uid) for uid in uids]

    fewer = [second_looks.is_drawn(one, percent=percent) for one in decisions]
    more = [second_looks.is_drawn(one, percent=percent + 1) for one in decisions]

    assert all(second for first, second in zip(fewer, more, strict=True) if first)
    assert fewer == [second_looks.is_drawn(one, percent=percent) for one in decisions]
    assert not any(second_looks.is_drawn(one, percent=0) for one in decisions)
    assert all(second_looks.is_drawn(one, percent=100) for one in decisions)


def test_of_many_about_that_share_is_drawn() -> None:
    decisions = [Decision(uid=uuid.UUID(int=number)) for number in range(20_000)]

    share = sum(second_looks.is_drawn(one, percent=5) for one in decisions)

    # Six standard deviations of a binomial distribution around 1,000 are 185.
    assert 815 < share < 1185


def test_a_decision_is_drawn_once_and_only_lately(cem: User) -> None:
    for number in range(3):
        cases.judge(new_case(f"https://bad.example/{number}"), MAY_STAY, by=cem, at=AT - number * timedelta(days=2))

    assert [second_looks.draw(AT) for _again in range(2)] == [1, 0]
    assert SecondLook.objects.get().decision.proposed_at == AT


def test_what_two_people_took_was_looked_at_twice_already(cem: User, dan: User) -> None:
    found_illegal(new_case(), by=cem, and_by=dan)

    assert second_looks.draw(AT) == 0


def test_it_waits_for_everybody_but_whoever_judged_the_case(look: SecondLook, cem: User, dan: User, sam: User) -> None:
    assert [list(second_looks.waiting(one)) for one in (cem, dan, sam)] == [[], [look], [look]]


def test_whoever_declined_a_decision_of_the_case_judged_it_too(cem: User, dan: User) -> None:
    case = new_case()
    cases.decline(cases.judge(case, replace(AGAINST_TERMS, outcome=Outcome.ILLEGAL), by=cem, at=AT), by=dan, at=AT)
    cases.judge(case, AGAINST_TERMS, by=cem, at=AT)
    second_looks.draw(AT)

    assert not second_looks.waiting(dan).exists()


def test_the_decider_cannot_take_the_second_look(look: SecondLook, cem: User) -> None:
    with pytest.raises(cases.NeedsAnother):
        second_looks.judge_again(look, outcome=Outcome.ILLEGAL, category=Category.OTHER, by=cem, at=AT)

    assert SecondLook.objects.get().at is None


@pytest.mark.parametrize("name", ["eve", "bea", "olga"])
def test_without_the_role_nobody_can(request: pytest.FixtureRequest, look: SecondLook, name: str) -> None:
    with pytest.raises(cases.NotForThisPerson):
        second_looks.judge_again(
            look, outcome=Outcome.ILLEGAL, category=Category.OTHER, by=request.getfixturevalue(name), at=AT
        )


def test_a_second_look_is_taken_once_and_changes_nothing_about_the_case(look: SecondLook, dan: User, sam: User) -> None:
    before = list(Decision.objects.values())

    second_looks.judge_again(look, outcome=Outcome.NO_VIOLATION, category=Category.OTHER, by=dan, at=AT)
    with pytest.raises(cases.AlreadyDecided):
        second_looks.judge_again(look, outcome=Outcome.ILLEGAL, category=Category.OTHER, by=sam, at=AT)

    look.refresh_from_db()
    assert (look.outcome, look.by, look.at) == ("no_violation", dan, AT)
    assert list(Decision.objects.values()) == before
    assert Record.objects.get(kind="cases.SecondLookTaken").facts["is_same"] is False


def test_agreement_is_a_figure_with_its_count(cem: User, dan: User) -> None:
    given = [
        (Outcome.AGAINST_TERMS, Category.BULLYING),
        (Outcome.AGAINST_TERMS, Category.VIOLENCE),
        (Outcome.NO_VIOLATION, Category.BULLYING),
    ]
    for number, (outcome, category) in enumerate(given):
        cases.judge(new_case(f"https://bad.example/{number}"), AGAINST_TERMS, by=cem, at=AT)
        second_looks.draw(AT)
        second_looks.judge_again(second_looks.waiting(dan).get(), outcome=outcome, category=category, by=dan, at=AT)

    found = second_looks.agreement(since=AT)

    assert (found.count, found.same_outcome, found.same_all) == (3, 2, 1)
    assert (found.outcome_percent, found.all_percent) == (67, 33)
    assert second_looks.agreement(since=AT + timedelta(seconds=1)).count == 0
    assert {one.category for one in second_looks.differing()} == {"violence", "bullying"}


# --- Pages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["eve", "bea", "olga"])
def test_the_pages_show_and_change_nothing_without_a_reviewers_role(
    request: pytest.FixtureRequest, signed_in: SignIn, look: SecondLook, name: str
) -> None:
    browser = signed_in(request.getfixturevalue(name))
    place = reverse("cases:second_look", args=[look.pk])

    answers = [browser.get(reverse("cases:second_looks")), browser.get(place), browser.post(place, GIVEN)]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert SecondLook.objects.get().at is None


GIVEN = {"outcome": "against_terms", "category": "bullying"}


def test_the_second_person_does_not_see_the_first_judgement(look: SecondLook, signed_in: SignIn, dan: User) -> None:
    browser = signed_in(dan)
    pages = [browser.get(reverse("cases:second_looks")), browser.get(reverse("cases:second_look", args=[look.pk]))]

    text = "".join(page.content.decode() for page in pages)
    chosen = [one for one in text.split("<input") if "checked" in one]

    assert look.decision.case.ref in text
    assert GROUND not in text
    assert "cem" not in text
    assert chosen == []
    assert 'value="other" selected' in text


def test_a_reviewer_judges_again_on_the_page(look: SecondLook, signed_in: SignIn, dan: User) -> None:
    place = reverse("cases:second_look", args=[look.pk])
    browser = signed_in(dan)

    assert browser.post(place, {"category": "bullying"}).status_code == 422
    answer = browser.post(place, GIVEN, follow=True)

    look.refresh_from_db()
    assert (look.by, look.outcome, look.category) == (dan, "against_terms", "bullying")
    assert "noted" in answer.content.decode()
    assert "100 % (1 of 1 decision)" in answer.content.decode()


def test_the_decider_is_led_back_and_told_why(look: SecondLook, signed_in: SignIn, cem: User) -> None:
    answer = signed_in(cem).post(reverse("cases:second_look", args=[look.pk]), GIVEN, follow=True)

    assert "does not wait for you" in answer.content.decode()
    assert SecondLook.objects.get().at is None


def test_only_a_supervisor_sees_where_two_did_not_agree(
    look: SecondLook, signed_in: SignIn, dan: User, sam: User
) -> None:
    second_looks.judge_again(look, outcome=Outcome.NO_VIOLATION, category=Category.OTHER, by=dan, at=timezone.now())

    pages = {one: signed_in(one).get(reverse("cases:second_looks")).content.decode() for one in (dan, sam)}

    assert "Against the terms" in pages[sam]
    assert "Against the terms" not in pages[dan]
    assert "Where two did not agree" not in pages[dan]

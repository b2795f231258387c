"""Every registered method keeps what the slot promises, and an outcome is judged by the nearest statement and no further."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.test import Client

from leeward.age import attempts, results
from leeward.age.levels import THRESHOLDS, Level
from leeward.age.methods import Again, Method, Outcome, State, registered
from leeward.age.methods.screen import AgeScreen
from leeward.age.models import AgeFact, AgeTransaction, Requirement
from leeward.age.results import Standing
from leeward.age.tests.conftest import AT, SignIn
from leeward.core.models import User

METHODS = pytest.mark.parametrize("method", registered().values(), ids=lambda method: method.id)


@METHODS
def test_each_method_says_what_it_is_and_what_is_kept(method: Method) -> None:
    assert method.id in registered()
    assert method.top_level in Level
    assert min(len(method.retention), len(method.statement)) > 20


@METHODS
def test_each_example_ends_as_it_says(method: Method, teens: Requirement) -> None:
    for example in method.examples():
        attempt = AgeTransaction.objects.create(requirement=teens, method=method.id, browser=b"x", begun_at=AT)

        if example.state is None:
            with pytest.raises(Again):
                method.answer(attempt, example.form, at=AT)
            continue
        outcome = method.answer(attempt, example.form, at=AT)

        assert outcome.state == example.state
        assert outcome.level <= method.top_level


@METHODS
@pytest.mark.parametrize("form", [{}, {"code": b"\x00"}, {"year": "\u0661" * 4, "month": "-1"}, {"code": "'; --" * 99}])
def test_no_answer_breaks_a_method_or_shows_an_age(
    method: Method, teens: Requirement, form: Mapping[str, str | bytes]
) -> None:
    attempt = AgeTransaction.objects.create(requirement=teens, method=method.id, browser=b"x", begun_at=AT)

    try:
        outcome = method.answer(attempt, form, at=AT)
    except Again:
        return

    assert outcome.state != State.SATISFIED


@pytest.mark.parametrize(
    ("over", "state"),
    [
        ({18: True}, State.SATISFIED),
        ({21: True}, State.SATISFIED),
        ({16: True}, State.INCONCLUSIVE),
        ({18: False}, State.NOT_SATISFIED),
        ({16: False}, State.NOT_SATISFIED),
        ({21: False}, State.INCONCLUSIVE),
        ({}, State.INCONCLUSIVE),
        ({21: True, 16: False}, State.INCONCLUSIVE),
    ],
)
def test_an_area_for_adults_takes_the_nearest_statement(
    adults: Requirement, over: dict[int, bool], state: State
) -> None:
    outcome = Outcome(State.SATISFIED, over, Level.ENHANCED)

    assert attempts.judged(outcome, requirement=adults, top_level=Level.STRICT)[0] == state


@pytest.mark.parametrize(
    ("over", "state"),
    [
        ({13: False}, State.SATISFIED),
        ({10: False}, State.SATISFIED),
        ({16: False}, State.INCONCLUSIVE),
        ({13: True}, State.NOT_SATISFIED),
        ({18: True}, State.NOT_SATISFIED),
        ({10: True}, State.INCONCLUSIVE),
    ],
)
def test_a_corner_of_children_needs_an_upper_bound(children: Requirement, over: dict[int, bool], state: State) -> None:
    outcome = Outcome(State.SATISFIED, over, Level.ENHANCED)

    assert attempts.judged(outcome, requirement=children, top_level=Level.STRICT)[0] == state


def test_no_result_is_surer_than_its_method(adults: Requirement) -> None:
    outcome = Outcome(State.SATISFIED, {18: True}, Level.STRICT)

    state, level, reason = attempts.judged(outcome, requirement=adults, top_level=Level.BASIC)

    assert (state, level, reason) == (State.INCONCLUSIVE, Level.BASIC, "level_too_low")


@pytest.mark.parametrize(("month", "is_over"), [("10", True), ("11", False), ("12", False)])
def test_in_the_month_of_the_birthday_the_younger_age_counts(teens: Requirement, month: str, is_over: bool) -> None:
    attempt = AgeTransaction(requirement=teens, method="screen", begun_at=AT)

    outcome = AgeScreen().answer(attempt, {"year": str(AT.year - 13), "month": month}, at=AT)

    assert outcome.over[13] is is_over


def keep(user: User, over: dict[int, bool], level: Level = Level.STANDARD) -> None:
    method = dataclasses.replace(AgeScreen(), top_level=Level.STRICT)
    results.keep(user, outcome=Outcome(State.SATISFIED, over, level), method=method, at=AT)


def test_facts_of_a_person_speak_for_lower_and_higher_ages(bea: User) -> None:
    keep(bea, {16: True})

    found = [results.standing(bea, over=age, at=AT).is_over for age in THRESHOLDS]

    assert found == [True, True, True, None]


def test_facts_that_contradict_each_other_say_nothing(bea: User) -> None:
    keep(bea, {18: True, 13: False})

    assert results.standing(bea, over=16, at=AT) == Standing(None, None)


def test_a_surer_fact_is_not_replaced_by_a_weaker_one(bea: User) -> None:
    keep(bea, {18: True}, Level.ENHANCED)
    keep(bea, {18: False}, Level.ASSERTED)

    assert results.standing(bea, over=18, at=AT) == Standing(True, Level.ENHANCED)


def test_a_fact_is_over_after_a_year_and_holds_no_day(bea: User) -> None:
    keep(bea, {18: True})

    assert results.standing(bea, over=18, at=AT + results.KEPT) == Standing(None, None)
    assert AgeFact.objects.get().month.day == 1


def test_an_account_opens_an_area_that_takes_results_and_no_other(
    signed_in: SignIn, bea: User, adults: Requirement
) -> None:
    keep(bea, {18: True})
    Requirement.objects.update(kinds=["declaration"], level=3)
    refused = attempts.known(adults, bea, at=AT)
    Requirement.objects.update(result_days=30)
    adults.refresh_from_db()

    assert (refused, attempts.known(adults, bea, at=AT)) == (None, Level.STANDARD)
    assert attempts.known(adults, bea, at=AT + timedelta(days=70)) is None


def test_a_visitor_without_an_account_cannot_take_that_way(client: Client, adults: Requirement) -> None:
    Requirement.objects.update(result_days=30)

    answer = client.post("/age/begin", {"need": adults.slug, "nonce": "a" * 43, "way": "account"})

    assert (answer.status_code, AgeTransaction.objects.count()) == (422, 0)

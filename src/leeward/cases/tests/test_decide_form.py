"""The form of a decision: what it makes of what was filled in, and what it explains before anything is decided."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.http import QueryDict
from django.test import Client

from leeward.cases.forms import JudgementForm
from leeward.cases.keyboard import COOKIE
from leeward.cases.models import Decision, Measure
from leeward.cases.tests.conftest import SignIn
from leeward.cases.tests.desk import new_case
from leeward.core.models import User
from leeward.indicators.models import Category

pytestmark = pytest.mark.django_db

FILLED = {"outcome": "against_terms", "category": "bullying", "ground": "Terms 4.2"}


def filled(**more: str | list[str]) -> JudgementForm:
    data = QueryDict(mutable=True)
    for name, value in {**FILLED, **more}.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return JudgementForm(data)


def test_nothing_more_means_what_usually_follows() -> None:
    form = filled()

    assert form.is_valid()
    judgement = form.judgement()
    assert (judgement.measures, judgement.ends_at, judgement.facts, judgement.is_for_partners) == (
        None,
        None,
        "",
        False,
    )
    assert not form.is_more_open


def test_measures_facts_an_end_and_partners_are_taken_as_they_were_filled_in() -> None:
    form = filled(measures=["suspend", "publish_hash"], facts="He wrote.", ends_date="2999-01-02", is_for_partners="on")

    assert form.is_valid(), form.errors
    judgement = form.judgement()
    assert judgement.measures == (Measure.SUSPEND, Measure.PUBLISH_HASH)
    assert judgement.ends_at == datetime(2999, 1, 2, tzinfo=UTC)
    assert judgement.facts == "He wrote."
    assert judgement.is_for_partners
    assert form.is_more_open


@pytest.mark.parametrize("outcome", ["no_violation", "insufficient"])
def test_where_nothing_is_broken_no_ground_is_asked_for(outcome: str) -> None:
    form = filled(outcome=outcome, ground="")

    assert form.is_valid()
    assert form.judgement().outcome == Decision.Outcome(outcome)


@pytest.mark.parametrize(
    ("more", "at_fault"),
    [
        ({"ground": ""}, "ground"),
        ({"outcome": "no_violation", "measures": ["remove"]}, "measures"),
        ({"measures": ["remove"], "ends_date": "2020-01-01"}, "measures"),
        ({"measures": ["fly"]}, "measures"),
        ({"ends_date": "soon"}, "ends_date"),
        ({"block_host": "localhost"}, "block_host"),
    ],
)
def test_what_does_not_fit_is_explained_and_the_part_with_it_is_open(
    more: dict[str, str | list[str]], at_fault: str
) -> None:
    form = filled(**more)

    assert not form.is_valid()
    assert list(form.errors) == [at_fault]
    assert form.is_more_open == (at_fault in form.MORE)


def test_what_the_report_says_it_is_is_chosen_already() -> None:
    assert JudgementForm(nature="sextortion")["category"].value() == Category.SEXTORTION
    assert JudgementForm(nature="fraud")["category"].value() == Category.OTHER
    assert JudgementForm()["category"].value() == Category.OTHER


def test_keys_are_switched_off_and_on_again_for_this_browser(cem: User, signed_in: SignIn) -> None:
    browser: Client = signed_in(cem)
    case = new_case()
    place = f"/desk/cases/{case.uid}/"

    before = browser.get(place).content.decode()
    browser.post("/desk/keys/", {"keys": "off"})
    off = browser.get(place).content.decode()
    is_kept = COOKIE in browser.cookies
    browser.post("/desk/keys/", {"keys": "on"})
    on = browser.get(place).content.decode()

    assert is_kept
    assert [("cases/desk.js" in page) for page in (before, off, on)] == [True, False, True]

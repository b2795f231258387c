"""The browser extension asks whether a name is closed, and learns no more than the page of that device says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leeward.core.models import User
from leeward.filtering import compiler
from leeward.filtering.door import api
from leeward.filtering.tests.door.places import (
    GAMES,
    HELPLINE,
    LAW,
    OPEN,
    OWN,
    PROVIDER,
    closed_for_everybody,
)
from leeward.limits import services
from leeward.limits.models import Limits

pytestmark = pytest.mark.django_db


def looked(browser: Client, name: str) -> Any:
    answer = browser.get("/api/v1/door", {"name": name})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    return answer.json()


def test_a_device_learns_what_its_family_keeps_away_and_where_that_is_explained(phone: Client) -> None:
    assert looked(phone, f"WWW.{GAMES}") == {
        "closed": True,
        "decided_by": "family",
        "rule": "category",
        "until": None,
        "page": f"https://leeward.example/door?name=www.{GAMES}",
    }


@pytest.mark.parametrize(
    ("name", "closed", "decided_by", "rule"),
    [
        (OWN, True, "family", "own closed"),
        (OPEN, False, "", "open"),
        (HELPLINE, False, "", "never"),
        (LAW, True, "law", "law"),
        (PROVIDER, True, "provider", "operator"),
    ],
)
def test_each_rule_says_who_decided(
    name: str, closed: bool, decided_by: str, rule: str, phone: Client, compiling: compiler.Compiler, olga: User
) -> None:
    closed_for_everybody(compiling, by=olga)

    found = looked(phone, name)

    assert (found["closed"], found["decided_by"], found["rule"]) == (closed, decided_by, rule)


def test_in_a_pause_the_end_is_told_with_its_zone(phone: Client, limits: Limits, bea: User) -> None:
    at = timezone.now()
    services.pause(limits, until=at + timedelta(hours=2), by=bea, at=at)

    until = datetime.fromisoformat(looked(phone, OPEN)["until"])

    assert abs(until - (at + timedelta(hours=2))) < timedelta(seconds=1)


@pytest.mark.parametrize("name", [GAMES, OWN])
def test_without_the_cookie_of_a_device_only_what_is_closed_for_everybody_is_known(
    name: str, stranger: Client, other_phone: Client, limits: Limits
) -> None:
    assert looked(stranger, name)["rule"] == "stranger"
    assert not looked(other_phone, name)["closed"]


@pytest.mark.parametrize("name", ["", "two words", "192.0.2.7", "https://games.example/", "x" * 301])
def test_what_is_no_name_is_refused_and_not_repeated(name: str, phone: Client) -> None:
    answer = phone.get("/api/v1/door", {"name": name})

    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert not name or name not in answer.content.decode()


def test_a_page_of_another_site_cannot_read_the_answer(phone: Client) -> None:
    answer = phone.get("/api/v1/door", {"name": GAMES}, headers={"origin": "https://elsewhere.example"})

    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_whoever_asks_too_quickly_is_told_when_to_come_again_and_nobody_else_is(
    phone: Client, stranger: Client
) -> None:
    for _ in range(api.A_MINUTE):
        looked(stranger, OPEN)

    refused = stranger.get("/api/v1/door", {"name": OPEN})

    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert looked(phone, OPEN)["rule"] == "open"


def test_nothing_is_changed_by_this_door(phone: Client) -> None:
    assert phone.post("/api/v1/door?name=a.example").status_code == 405

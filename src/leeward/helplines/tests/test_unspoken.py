"""Visits in a language that no desk speaks are counted: a day, a language, a number. All others leave nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leeward.core.models import User
from leeward.helplines.conversations.models import Desk
from leeward.helplines.tests import desks
from leeward.helplines.tests.conftest import NOW
from leeward.helplines.unspoken import services
from leeward.helplines.unspoken.models import UnspokenDay

pytestmark = pytest.mark.django_db
DOORS = ("/h/chat/", "/h/write/")


def come(client: Client, path: str, *, language: str) -> None:
    assert client.get(path, headers={"accept-language": language}).status_code == 200


def counted() -> dict[str, int]:
    return dict(UnspokenDay.objects.values_list("language", "visits"))


# --- At the doors


@pytest.mark.parametrize("path", DOORS)
def test_a_visit_in_a_language_that_nobody_speaks_is_counted(client: Client, desk: Desk, path: str) -> None:
    come(client, path, language="fr")
    come(client, path, language="fr")
    come(client, path, language="zh-hans")

    assert counted() == {"fr": 2, "zh": 1}
    assert UnspokenDay.objects.filter(date=timezone.now().date()).count() == 2
    assert not client.cookies


@pytest.mark.parametrize("path", DOORS)
def test_a_visit_in_a_language_of_a_desk_leaves_nothing(client: Client, desk: Desk, path: str) -> None:
    come(client, path, language="en")
    come(client, path, language="mn")

    assert counted() == {}


def test_other_pages_and_other_ways_to_ask_are_not_counted(client: Client, desk: Desk) -> None:
    for path in ("/h/", "/h/call/", "/h/answers/", "/h/safety/"):
        come(client, path, language="fr")
    for path in DOORS:
        client.head(path, headers={"accept-language": "fr"})
    client.post("/h/write/", {"text": ""}, headers={"accept-language": "fr"})

    assert counted() == {}


def test_a_row_holds_a_day_a_language_and_a_number_and_nothing_else() -> None:
    assert {field.name for field in UnspokenDay._meta.get_fields()} == {"id", "date", "language", "visits"}


def test_the_door_opens_where_the_count_cannot_be_kept(client: Client, desk: Desk) -> None:
    def refuse(execute: object, sql: str, *_args: object) -> object:
        if "helplines_unspokenday" in sql:
            raise DatabaseError("the disk is full")
        return execute(sql, *_args)  # type: ignore[operator]

    with connection.execute_wrapper(refuse):
        come(client, "/h/chat/", language="fr")

    assert counted() == {}


# --- Which languages


def test_one_open_desk_that_speaks_it_is_enough(desk: Desk) -> None:
    Desk.objects.create(name="Second desk", languages=["fr"], made_at=NOW)
    services.came("fr", at=NOW)
    assert counted() == {}

    Desk.objects.filter(name="Second desk").update(closed_at=NOW)
    services.came("fr", at=NOW)
    assert counted() == {"fr": 1}


def test_a_site_without_a_desk_counts_nothing() -> None:
    services.came("fr", at=NOW)

    assert counted() == {}


def test_a_program_is_counted_no_more_than_a_crowd(desk: Desk) -> None:
    for _ in range(services.VISITS_A_MINUTE + 40):
        services.came("fr", at=NOW)
    services.came("es", at=NOW)

    assert counted() == {"fr": services.VISITS_A_MINUTE, "es": 1}


# --- The page


def test_a_supervisor_sees_the_languages_of_the_chosen_time(desk: Desk, tuul: User) -> None:
    desks.seat(desk, tuul)
    now = timezone.now()
    for days_ago, language in ((1, "fr"), (1, "fr"), (1, "es"), (40, "ru")):
        services.came(language, at=now - timedelta(days=days_ago))
    browser, path = desks.browser_of(tuul), reverse("helpline_figures:desk", kwargs={"uid": desk.uid})

    month, year = browser.get(path).text, browser.get(path, {"days": "90"}).text

    assert 'id="unspoken-title"' in month
    assert month.index('plain one-line">Français') < month.index('plain one-line">Español')
    assert 'plain one-line">Русский' not in month
    assert 'plain one-line">Русский' in year
    assert "Whoever loads a page twice is counted twice" in month


def test_where_everybody_was_understood_the_page_says_so(desk: Desk, tuul: User) -> None:
    desks.seat(desk, tuul)
    services.came("mn", at=timezone.now())

    page = desks.browser_of(tuul).get("/helpline/figures/", follow=True).text

    assert "Everybody came in a language that a desk speaks." in page

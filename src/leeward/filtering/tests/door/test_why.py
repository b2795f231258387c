"""Whoever meets a closed door learns why: the child whose device it is, and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from leeward.core.models import User
from leeward.families.choices import AgeBand
from leeward.filtering import compiler
from leeward.filtering.tests.door.places import (
    GAMES,
    HELPLINE,
    HOST,
    LAW,
    OPEN,
    OWN,
    PROVIDER,
    closed_for_everybody,
    page,
    window,
)
from leeward.filtering.tests.home import Home, list_in_force
from leeward.limits import services, when
from leeward.limits.choices import Purpose, Why
from leeward.limits.models import Limits

pytestmark = pytest.mark.django_db
ASK_NAME, ASK_TIME = "Ask for this page", "Ask for more time"
HELP = "Helplines are never closed."


def test_a_child_learns_which_kind_its_family_keeps_away_and_can_ask(phone: Client) -> None:
    found = page(phone, f"www.{GAMES}")

    assert "This page is closed for you</h1>" in found
    assert "<li>Games</li>" in found
    assert "Your family decided it, to look after you." in found
    assert "You did nothing wrong." in found
    assert ASK_NAME in found
    assert 'action="/door/ask"' in found


def test_where_nobody_at_home_chose_anything_the_family_is_not_said_to_have_decided(
    phone: Client, home: Home, limits: Limits, bea: User
) -> None:
    at = timezone.now()
    list_in_force("betting", "bets.example", marks="gambling")
    for own in limits.own_names.all():
        services.drop_name(own, by=bea, at=at)
    services.take_preset(limits, AgeBand(home.ana.band), by=bea, at=at)

    found = page(phone, "bets.example")

    assert "These are the usual" in found
    assert "Your family decided it" not in found


def test_a_child_learns_that_its_family_closed_one_name(phone: Client) -> None:
    found = page(phone, OWN)

    assert "Your family closed this page." in found
    assert ASK_NAME in found


def test_a_name_that_is_closed_until_a_moment_says_until_when_and_not_when_something_else_begins(
    phone: Client, limits: Limits, bea: User
) -> None:
    at = timezone.now()
    services.give_time(limits, minutes=30, why=Why.READ, by=bea, at=at)
    window(limits, Purpose.BEDTIME, by=bea, at=at)
    services.close_name(limits, "soon.example", until=at + timedelta(days=3), by=bea, at=at)

    for_good, for_a_while = page(phone, OWN), page(phone, "soon.example")

    assert "This lasts until" not in for_good
    day = when.until(at + timedelta(days=3), at=at, zone="UTC")
    assert f"This lasts until {day}." in for_a_while


def test_in_a_pause_everything_is_closed_until_it_is_over_and_nothing_can_be_asked(
    phone: Client, limits: Limits, bea: User
) -> None:
    at = timezone.now()
    services.pause(limits, until=at + timedelta(hours=2), by=bea, at=at)

    found = page(phone, OPEN)

    assert "The internet is on a break</h1>" in found
    assert "This lasts until" in found
    assert "You can also talk about it at home." in found
    # More time does not end a pause, so a «yes» would change nothing.
    assert ASK_TIME not in found


def test_at_bedtime_a_child_can_ask_for_more_time(phone: Client, limits: Limits, bea: User) -> None:
    window(limits, Purpose.BEDTIME, by=bea, at=timezone.now())

    found = page(phone, OPEN)

    assert "It is time to sleep</h1>" in found
    assert "This lasts until" in found
    assert ASK_TIME in found


def test_in_homework_time_a_child_can_ask_for_the_page_that_it_needs(phone: Client, limits: Limits, bea: User) -> None:
    at = timezone.now()
    services.set_blocked(limits, [], by=bea, at=at)
    services.set_homework_blocked(limits, ["games"], by=bea, at=at)
    window(limits, Purpose.HOMEWORK, by=bea, at=at)

    found = page(phone, GAMES)

    assert "It is homework time</h1>" in found
    assert "<li>Games</li>" in found
    assert ASK_NAME in found
    assert "is not closed by us" in page(phone, OPEN)


@pytest.mark.parametrize(
    ("name", "words"),
    [(LAW, "The law of this country closed it, or a court."), (PROVIDER, "a list of places that can hurt children")],
)
def test_what_the_law_or_the_provider_closed_can_be_objected_to_and_not_asked_for(
    name: str, words: str, phone: Client, compiling: compiler.Compiler, olga: User
) -> None:
    closed_for_everybody(compiling, by=olga)

    found = page(phone, name)

    assert words in found
    assert f'href="/closed/object/?name={name}"' in found
    assert "/door/ask" not in found
    assert HELP in found


def test_a_helpline_is_open_in_every_pause_and_the_page_says_so(phone: Client, limits: Limits, bea: User) -> None:
    at = timezone.now()
    services.pause(limits, until=at + timedelta(hours=2), by=bea, at=at)

    assert "This page is always open</h1>" in page(phone, HELPLINE)


def test_a_page_about_hurting_oneself_leads_to_help_before_anything_else(
    phone: Client, limits: Limits, bea: User
) -> None:
    list_in_force("hurting", "hurting.example", marks="self-harm")
    services.set_blocked(limits, ["self-harm"], by=bea, at=timezone.now())

    found = page(phone, "hurting.example")

    assert found.index("You are not alone.") < found.index("Your family keeps this kind of page away:")


@pytest.mark.parametrize("name", [GAMES, OWN])
def test_a_stranger_and_another_family_learn_nothing_of_what_ana_may_not_see(
    name: str, stranger: Client, other_phone: Client, limits: Limits
) -> None:
    for browser in (stranger, other_phone):
        found = page(browser, name)

        assert "This page is not closed by us</h1>" in found or "We did not close this page</h1>" in found
        assert "/door/ask" not in found


def test_a_guardian_who_looks_from_a_device_of_her_own_is_told_as_a_stranger(limits: Limits, bea: User) -> None:
    browser = Client(headers={"host": HOST})
    browser.force_login(bea, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert "This page is not closed by us</h1>" in page(browser, GAMES)


def test_a_device_that_was_taken_off_is_a_stranger_again(phone: Client, home: Home) -> None:
    home.household.devices.update(removed_at=timezone.now())

    assert "This page is not closed by us</h1>" in page(phone, GAMES)


def test_a_cookie_that_somebody_changed_is_a_stranger(phone: Client) -> None:
    phone.cookies["leeward_device"] = str(phone.cookies["leeward_device"].value)[::-1]

    assert "This page is not closed by us</h1>" in page(phone, GAMES)


def test_under_a_closed_name_the_page_leads_to_our_own_address_which_knows_the_device(limits: Limits) -> None:
    answer = Client(headers={"host": GAMES}).get("/play?level=3")

    found = answer.content.decode()
    assert answer.status_code == 200
    assert f'href="https://leeward.example/door?name={GAMES}"' in found
    assert 'href="https://leeward.example/h/"' in found
    assert "This page is not closed by us" not in found
    assert not answer.cookies


@pytest.mark.parametrize("name", [GAMES, OWN, OPEN, HELPLINE, ""])
def test_the_line_about_help_is_on_every_page_for_everybody(name: str, phone: Client, stranger: Client) -> None:
    for browser in (phone, stranger, Client(headers={"host": name or "192.0.2.1"})):
        found = browser.get("/door", {"name": name}).content.decode()

        assert "never closed" in found
        assert 'h/">Get help now</a>' in found


def test_where_the_database_is_broken_the_page_says_so_and_help_is_within_reach(
    phone: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE limits_ownname RENAME TO lost")
    answer = phone.get("/door", {"name": GAMES})

    found = answer.content.decode()
    assert answer.status_code == 503
    assert "We cannot look right now</h1>" in found
    assert HELP in found
    assert GAMES not in caplog.text

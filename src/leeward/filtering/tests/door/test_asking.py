"""A child asks with one press, its family answers, and nobody else can ask, look or take back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leeward.core.models import User
from leeward.filtering import compiler
from leeward.filtering.tests.door.places import (
    GAMES,
    HOST,
    LAW,
    OPEN,
    OWN,
    PROVIDER,
    closed_for_everybody,
    page,
    window,
)
from leeward.limits import asks, services
from leeward.limits.choices import Answer, Purpose, Wish
from leeward.limits.models import Ask, Limits

pytestmark = pytest.mark.django_db


def pressed(browser: Client, name: str) -> str:
    """Press «Ask» and return the address of the page that follows."""
    answer = browser.post("/door/ask", {"name": name})
    assert answer.status_code == 302
    return str(answer["Location"])


def read(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def test_with_one_press_a_child_asks_for_a_page_and_sees_that_nobody_has_answered(phone: Client) -> None:
    path = pressed(phone, GAMES)

    asked = Ask.objects.get()
    assert (asked.kind, asked.name, asked.state) == (Wish.NAME, GAMES, Answer.WAITING)
    assert GAMES not in path
    found = read(phone, path)
    assert "You asked</h1>" in found
    assert GAMES in found
    assert "Your family has not answered yet." in found
    assert "Take it back" in found


def test_the_door_says_that_the_child_asked_already(phone: Client) -> None:
    path = pressed(phone, GAMES)

    found = page(phone, GAMES)

    assert "You asked already." in found
    assert f'href="{path}"' in found
    assert "/door/ask&quot;" not in found
    assert 'action="/door/ask"' not in found
    assert 'action="/door/ask"' in page(phone, OWN)


def test_the_same_question_twice_is_one(phone: Client) -> None:
    assert pressed(phone, GAMES) == pressed(phone, GAMES)
    assert Ask.objects.count() == 1


def test_a_yes_says_until_when_and_opens_the_door(phone: Client, bea: User) -> None:
    path, at = pressed(phone, GAMES), timezone.now()

    asks.allow(Ask.objects.get(), until=at + timedelta(days=30), by=bea, at=at)

    found = read(phone, path)
    assert "Your family said yes. You have it until" in found
    assert "Take it back" not in found
    assert "This page is open for you</h1>" in page(phone, GAMES)


def test_a_no_is_said_without_blame(phone: Client, bea: User) -> None:
    path = pressed(phone, GAMES)

    asks.refuse(Ask.objects.get(), by=bea, at=timezone.now())

    found = read(phone, path)
    assert "Your family said no this time." in found
    assert "You can talk about it at home." in found


def test_at_bedtime_the_press_asks_for_more_time_and_a_yes_opens_everything(
    phone: Client, limits: Limits, bea: User
) -> None:
    window(limits, Purpose.BEDTIME, by=bea, at=timezone.now())
    path = pressed(phone, OPEN)
    asked = Ask.objects.get()
    assert (asked.kind, asked.name) == (Wish.TIME, "")

    asks.allow(asked, until=None, by=bea, at=timezone.now())

    assert "Your family said yes. You have it until" in read(phone, path)
    assert "is not closed by us" in page(phone, OPEN)


def test_a_question_that_nobody_answered_in_time_can_be_asked_again(phone: Client) -> None:
    path = pressed(phone, GAMES)
    Ask.objects.update(expires_at=timezone.now() - timedelta(minutes=1))

    assert "Nobody answered in time. You can ask again." in read(phone, path)
    assert 'action="/door/ask"' in page(phone, GAMES)


def test_a_child_takes_its_question_back(phone: Client) -> None:
    path = pressed(phone, GAMES)

    answer = phone.post(f"{path}back", follow=True)

    assert "You took it back." in answer.content.decode()
    assert Ask.objects.get().state == Answer.WITHDRAWN


def test_what_was_answered_meanwhile_is_not_taken_back_and_the_page_says_so(phone: Client, bea: User) -> None:
    path, at = pressed(phone, GAMES), timezone.now()
    asks.allow(Ask.objects.get(), until=None, by=bea, at=at)

    found = phone.post(f"{path}back").content.decode()

    assert "There is an answer already. Look here." in found
    assert "Your family said yes." in found
    assert Ask.objects.get().state == Answer.ALLOWED


@pytest.mark.parametrize("name", [LAW, PROVIDER])
def test_what_the_law_or_the_provider_closed_cannot_be_asked_for(
    name: str, phone: Client, compiling: compiler.Compiler, olga: User
) -> None:
    closed_for_everybody(compiling, by=olga)

    assert pressed(phone, name) == f"/door?name={name}"
    assert not Ask.objects.exists()


@pytest.mark.parametrize("name", [OPEN, "", "two words", "github.io"])
def test_for_what_is_open_or_no_name_nobody_is_asked(name: str, phone: Client) -> None:
    pressed(phone, name)

    assert not Ask.objects.exists()


def test_in_a_pause_nobody_is_asked_for_time_that_would_not_end_it(phone: Client, limits: Limits, bea: User) -> None:
    at = timezone.now()
    services.pause(limits, until=at + timedelta(hours=2), by=bea, at=at)

    assert pressed(phone, GAMES) == f"/door?name={GAMES}"
    assert not Ask.objects.exists()


def test_a_stranger_asks_nobody_and_sees_no_question(stranger: Client, phone: Client) -> None:
    path = pressed(phone, GAMES)

    assert pressed(stranger, OWN) == f"/door?name={OWN}"
    assert Ask.objects.count() == 1
    assert stranger.get(path).status_code == 404
    assert stranger.post(f"{path}back").status_code == 404
    assert Ask.objects.get().state == Answer.WAITING


def test_another_family_sees_no_question_and_takes_none_back(other_phone: Client, phone: Client) -> None:
    path = pressed(phone, GAMES)

    assert other_phone.get(path).status_code == 404
    assert other_phone.post(f"{path}back").status_code == 404
    assert pressed(other_phone, OWN) == f"/door?name={OWN}"
    assert Ask.objects.get().state == Answer.WAITING


def test_eve_who_is_signed_in_without_rights_asks_nobody_and_sees_nothing(phone: Client, eve: User) -> None:
    path, browser = pressed(phone, GAMES), Client(headers={"host": HOST})
    browser.force_login(eve, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert pressed(browser, OWN) == f"/door?name={OWN}"
    assert browser.get(path).status_code == 404
    assert Ask.objects.count() == 1


def test_a_press_counts_only_with_the_secret_of_the_page(phone: Client) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": HOST})
    strict.cookies["leeward_device"] = phone.cookies["leeward_device"].value
    secret = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page(strict, GAMES))
    assert secret is not None

    assert strict.post("/door/ask", {"name": GAMES}).status_code == 403
    assert not Ask.objects.exists()
    strict.post("/door/ask", {"name": GAMES, "csrfmiddlewaretoken": secret[1]})
    assert Ask.objects.exists()


def test_a_press_is_no_link(phone: Client) -> None:
    assert phone.get("/door/ask", {"name": GAMES}).status_code == 405


def test_whoever_asked_often_is_kindly_told_to_wait(phone: Client, limits: Limits) -> None:
    for number in range(asks.MOST_WAITING):
        asks.ask_name(limits, f"page{number}.example", at=timezone.now())

    answer = phone.post("/door/ask", {"name": GAMES})

    assert answer.status_code == 429
    assert "Let them answer first. Then ask again." in answer.content.decode()
    assert "Helplines are never closed." in answer.content.decode()

"""`leeward helpline_desk` makes a desk, changes it, and seats its first supervisor."""

from __future__ import annotations

import io

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from leeward.core.models import Membership, Organisation, Role, User
from leeward.helplines.conversations.models import Desk, DeskKey
from leeward.helplines.shifts.models import Seat


def run(*words: str) -> str:
    printed = io.StringIO()
    call_command("helpline_desk", *words, stdout=printed)
    return printed.getvalue()


@pytest.fixture
def tuul(harbour: Organisation) -> User:
    """A supervisor."""
    person = User.objects.create_user(username="tuul")
    Membership.objects.create(user=person, organisation=harbour, role=Role.SUPERVISOR)
    return person


def test_a_desk_is_made_and_then_changed(db: None) -> None:
    made = run("Night desk", "--languages", "mn,en", "--zone", "Asia/Ulaanbaatar", "--country", "mn")
    changed = run("Night desk", "--languages", "mn", "--zone", "Asia/Hovd")

    desk = Desk.objects.get()
    assert "is made" in made
    assert "is changed" in changed
    assert (desk.languages, desk.time_zone) == (["mn"], "Asia/Hovd")


@pytest.mark.parametrize("code", [code for code, _name in settings.LANGUAGES])
def test_a_desk_answers_in_each_language_of_the_site(db: None, code: str) -> None:
    run("Desk", "--languages", code, "--zone", "UTC")
    DeskKey.objects.create(desk=Desk.objects.get(), public=bytes(32), made_at=timezone.now())

    page = Client(headers={"host": "localhost", "accept-language": code}).get("/h/chat/")

    assert page.context["door"].desk == Desk.objects.get()


def test_the_first_supervisor_has_a_seat(tuul: User) -> None:
    said = run("Night desk", "--languages", "en", "--zone", "UTC", "--supervisor", "tuul", "--alias", "Tuul")

    assert "/helpline/" in said
    assert Seat.objects.get().person == tuul


@pytest.mark.parametrize(
    "words",
    [
        ("--languages", "xx", "--zone", "UTC"),
        ("--languages", "", "--zone", "UTC"),
        ("--languages", "en", "--zone", "Moon/Base"),
        ("--languages", "en", "--zone", "../etc/passwd"),
    ],
)
def test_a_wrong_word_makes_no_desk(db: None, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run("Night desk", *words)

    assert not Desk.objects.exists()


def test_nobody_without_the_role_is_seated(bea: User) -> None:
    with pytest.raises(CommandError):
        run("Desk", "--languages", "en", "--zone", "UTC", "--supervisor", "bea", "--alias", "Bea")
    with pytest.raises(CommandError):
        run("Desk", "--languages", "en", "--zone", "UTC", "--supervisor", "nobody", "--alias", "No")

    assert not Seat.objects.exists()

"""A parent tries a name on the page of a child's limits, and reads whether it is open for that child, and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leeward.core.models import Membership, Organisation, Role, User
from leeward.families import services
from leeward.filtering.tests.door.places import GAMES, HOST, OWN
from leeward.limits import services as limits_services
from leeward.limits.models import Limits

pytestmark = pytest.mark.django_db


def signed_in(person: User) -> Client:
    browser = Client(headers={"host": HOST})
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def tried(browser: Client, limits: Limits, name: str) -> str:
    answer = browser.get(f"/family/limits/{limits.uid}/why/", {"name": name})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def mother(bea: User) -> Client:
    return signed_in(bea)


def test_a_listed_site_is_closed_because_of_its_kind_and_can_be_opened(mother: Client, limits: Limits) -> None:
    page = tried(mother, limits, f"https://www.{GAMES}/play")

    assert "Closed: you keep this away: Games." in page
    assert "Allow for 1 hour" in page


def test_a_site_of_the_familys_own_says_so(mother: Client, limits: Limits) -> None:
    assert "Closed: you closed this site yourself." in tried(mother, limits, OWN)


def test_any_other_site_is_open_and_offers_nothing(mother: Client, limits: Limits) -> None:
    page = tried(mother, limits, "harmless.example")

    assert "Open: nothing keeps it away." in page
    assert "Allow for 1 hour" not in page


def test_in_a_pause_a_site_cannot_be_opened_alone(mother: Client, limits: Limits, bea: User) -> None:
    at = timezone.now()
    limits_services.pause(limits, until=at + timedelta(hours=1), by=bea, at=at)

    page = tried(mother, limits, GAMES)

    assert "Closed: the internet is paused." in page
    assert "This holds until" in page
    assert "Allow for 1 hour" not in page


def test_what_is_no_name_says_what_to_write(mother: Client, limits: Limits) -> None:
    answer = mother.get(f"/family/limits/{limits.uid}/why/", {"name": "two words"})

    assert answer.status_code == 422
    assert "This is no name of a site." in answer.content.decode()


def test_the_page_without_a_name_only_asks_for_one(mother: Client, limits: Limits) -> None:
    answer = mother.get(f"/family/limits/{limits.uid}/why/")

    assert answer.status_code == 200
    assert "Is a site open or closed, and why?" in answer.content.decode()


def test_nobody_else_learns_what_is_closed_for_a_child(
    limits: Limits, phone: Client, eve: User, harbour: Organisation
) -> None:
    fay = User.objects.create_user(username="fay")
    Membership.objects.create(user=fay, organisation=harbour, role=Role.GUARDIAN)
    services.make_household(by=fay, at=timezone.now())
    place = f"/family/limits/{limits.uid}/why/?name={GAMES}"

    assert signed_in(eve).get(place).status_code == 403
    assert signed_in(fay).get(place).status_code == 404
    assert phone.get(place)["Location"].startswith("/account/login/")

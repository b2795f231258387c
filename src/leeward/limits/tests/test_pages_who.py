"""Nobody but a guardian of the household itself sees or changes its limits on a page."""

from __future__ import annotations

import re
import uuid

import pytest
from django.core import serializers
from django.test import Client
from django.utils import timezone

from leeward.core.models import Record, User
from leeward.families import codes, guardians
from leeward.families import services as families
from leeward.families.models import Child, Device, Household
from leeward.families.tests.conftest import AT, NICKNAME, SignIn
from leeward.limits import asks, services, urls
from leeward.limits.choices import Whose
from leeward.limits.models import Ask, Limits, OwnName, Window

pytestmark = pytest.mark.django_db

ROUTES = {str(pattern.name): str(pattern.pattern) for pattern in urls.urlpatterns}
# Enough to be taken by each form of a guardian who may.
SENT = {
    "span": "60",
    "minutes": "30",
    "why": "read",
    "slugs": ["news"],
    "name": "taken.example",
    "allows": "open",
    "bedtime-days": ["0"],
    "bedtime-start": "1200",
    "bedtime-end": "420",
    "band": "6-9",
    "zone": "Asia/Ulaanbaatar",
}


def kept() -> str:
    """Return every row of the limits, as text."""
    rows = [row for model in (Limits, Window, OwnName, Ask) for row in model.objects.order_by("pk")]
    return f"{serializers.serialize('json', rows)} {Record.objects.count()}"


@pytest.fixture
def ask(limits: Limits) -> Ask:
    """A question of Ana that waits."""
    return asks.ask_name(limits, "puzzles.example", at=timezone.now())


def address(door: str, *, limits: Limits, ask: Ask) -> str:
    places = {"uid": limits.uid, "ask_uid": ask.uid, "own_uid": uuid.uuid4(), "number": 7, "purpose": "bedtime"}
    route = re.sub(r"<\w+:(\w+)>", lambda found: str(places[found[1]]), ROUTES[door])
    return f"/family/limits/{route}"


def knock(browser: Client, place: str) -> list[int]:
    """Return what a page answers when it is opened and when a form is sent; neither may name the child."""
    answers = [browser.get(place), browser.post(place, SENT)]
    assert not any(NICKNAME in answer.content.decode() for answer in answers)
    return [answer.status_code for answer in answers]


@pytest.mark.parametrize("name", ["eve", "cem", "olga"])
def test_no_page_opens_without_the_role_of_a_guardian(
    name: str, request: pytest.FixtureRequest, signed_in: SignIn, limits: Limits, ask: Ask
) -> None:
    before, browser = kept(), signed_in(request.getfixturevalue(name))

    found = {door: knock(browser, address(door, limits=limits, ask=ask)) for door in ROUTES}

    assert {door: statuses for door, statuses in found.items() if statuses != [403, 403]} == {}
    assert kept() == before


def test_a_guardian_of_another_family_finds_nothing_there(
    signed_in: SignIn, fay: User, limits: Limits, ask: Ask
) -> None:
    before, browser = kept(), signed_in(fay)

    found = {door: knock(browser, address(door, limits=limits, ask=ask)) for door in ROUTES}

    # 405 is the answer to a method that the page does not have, for everybody who is signed in.
    assert {door: statuses for door, statuses in found.items() if not set(statuses) <= {404, 405}} == {}
    assert all(404 in statuses for statuses in found.values())
    assert kept() == before


def test_who_has_not_joined_is_led_to_the_beginning(signed_in: SignIn, ben: User, limits: Limits, ask: Ask) -> None:
    before, browser = kept(), signed_in(ben)

    answers = [browser.post(address(door, limits=limits, ask=ask), SENT) for door in ROUTES]

    assert {answer.status_code for answer in answers} == {302, 405}
    assert {answer["Location"] for answer in answers if answer.status_code == 302} == {"/family/"}
    assert kept() == before


def test_a_device_of_a_child_is_led_to_the_sign_in(client: Client, phone: Device, limits: Limits, ask: Ask) -> None:
    client.post(f"/family/device/{codes.device_token(phone.token_uid)}/")
    assert "leeward_device" in client.cookies
    before = kept()

    answers = [client.post(address(door, limits=limits, ask=ask), SENT) for door in ROUTES]

    assert {answer.status_code for answer in answers} == {302}
    assert {answer["Location"].partition("?")[0] for answer in answers} == {"/account/login/"}
    assert kept() == before


def test_a_second_guardian_may_what_the_first_one_may(
    signed_in: SignIn, home: Household, bea: User, ben: User, limits: Limits
) -> None:
    invitation = guardians.invite(home, by=bea, at=timezone.now())
    guardians.join(codes.invitation_code(invitation.uid), by=ben, at=timezone.now())

    answer = signed_in(ben).post(f"/family/limits/{limits.uid}/kept/set", {"slugs": ["news"]})

    assert answer.status_code == 302
    assert "news" in Limits.objects.get(pk=limits.pk).blocked


def test_the_limits_of_a_child_who_was_taken_off_are_not_found(
    signed_in: SignIn, bea: User, ana: Child, limits: Limits
) -> None:
    families.remove_child(ana, by=bea, at=AT)

    assert signed_in(bea).get(f"/family/limits/{limits.uid}/").status_code == 404


def test_a_question_and_a_site_of_another_family_are_not_answered_through_own_limits(
    signed_in: SignIn, bea: User, fay: User, limits: Limits, ask: Ask
) -> None:
    elsewhere = services.of_household(Household.objects.get(guardians__user=fay), Whose.LINE, at=AT)
    own = services.close_name(limits, "games.example", until=None, by=bea, at=AT)
    browser, place = signed_in(fay), f"/family/limits/{elsewhere.uid}"

    answers = [
        browser.post(f"{place}/asks/{ask.uid}/allow", SENT),
        browser.post(f"{place}/asks/{ask.uid}/refuse"),
        browser.post(f"{place}/names/{own.uid}/drop"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert Ask.objects.get(pk=ask.pk).state == "waiting"
    assert OwnName.objects.filter(pk=own.pk).exists()

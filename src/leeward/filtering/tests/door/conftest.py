"""Ana's phone has joined her family, and its browser knows it. What is closed for her: one list, one app, one name."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from leeward.core.models import Membership, Organisation, Role, User
from leeward.families import devices, services, this_device
from leeward.families.choices import AgeBand, Kind, Picture, Sticker, Use
from leeward.families.models import Device
from leeward.filtering.tests import home as homes
from leeward.filtering.tests.door.places import GAMES, HOST, OWN
from leeward.filtering.tests.home import Home
from leeward.limits import services as limits_services
from leeward.limits.models import Limits


@pytest.fixture
def home(bea: User) -> Home:
    """Bea's household with Ana and her phone, and a list of games in force."""
    homes.list_in_force("games", GAMES, marks="games")
    return homes.made(bea, at=timezone.now())


@pytest.fixture
def limits(home: Home, bea: User) -> Limits:
    """Ana's limits: games are kept away, and one name."""
    at = timezone.now()
    found = limits_services.of_child(home.ana, at=at)
    limits_services.set_blocked(found, ["games"], by=bea, at=at)
    limits_services.close_name(found, OWN, until=None, by=bea, at=at)
    return limits_services.of_child(home.ana, at=at)


def joined(device: Device, browser: Client) -> Client:
    """Let a device join in a browser, which knows it from then on."""
    path = devices.address(device).partition("/family/")[2]
    browser.post(f"/family/{path}")
    assert this_device.COOKIE in browser.cookies
    return browser


@pytest.fixture
def phone(home: Home, limits: Limits) -> Client:
    """The browser of Ana's phone."""
    return joined(home.phone, Client(headers={"host": HOST}))


@pytest.fixture
def stranger() -> Client:
    """A browser that has joined no family."""
    return Client(headers={"host": HOST})


@pytest.fixture
def other_phone(harbour: Organisation) -> Client:
    """The browser of a phone in Fay's family, for which nothing is kept away."""
    fay, at = User.objects.create_user(username="fay"), timezone.now()
    Membership.objects.create(user=fay, organisation=harbour, role=Role.GUARDIAN)
    household = services.make_household(by=fay, at=at)
    gil = services.add_child(household, services.ChildDraft("Gil", Picture.OWL, AgeBand.SMALL), by=fay, at=at)
    limits_services.set_blocked(limits_services.of_child(gil, at=at), [], by=fay, at=at)
    draft = devices.DeviceDraft(Kind.PHONE, Sticker.MOON, Use.CHILD, gil)
    return joined(devices.add_device(household, draft, by=fay, at=at), Client(headers={"host": HOST}))

"""A family: Bea looks after Ana, who has a phone; Ben may join. Fay looks after another family and Eve after none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from leeward.core.models import Membership, Organisation, Role, User
from leeward.families import devices, services
from leeward.families.choices import AgeBand, Kind, Picture, Sticker, Use
from leeward.families.models import Child, Device, Household
from leeward.families.permission import links
from leeward.families.permission import services as permissions
from leeward.families.permission.choices import Months, Scope
from leeward.families.permission.models import Permission
from leeward.families.tests.family import AT as AT  # noqa: PLC0414  # other tests take it from here
from leeward.families.tests.family import HOST as HOST  # noqa: PLC0414  # other tests take it from here
from leeward.families.tests.family import WANTED, show_adult

type SignIn = Callable[[User], Client]

# With a hyphen, which no token on a page has, so that it is never found there by chance.
NICKNAME = "Ana-Lu"
ANA = services.ChildDraft(NICKNAME, Picture.FOX, AgeBand.MIDDLE)
SOFA = devices.DeviceDraft(Kind.TELEVISION, Sticker.SUN, Use.SHARED)


def phone_of(child: Child) -> devices.DeviceDraft:
    return devices.DeviceDraft(Kind.PHONE, Sticker.STAR, Use.CHILD, child)


def guardian_account(username: str, *, at: Organisation) -> User:
    person = User.objects.create_user(username=username)
    Membership.objects.create(user=person, organisation=at, role=Role.GUARDIAN)
    return person


@pytest.fixture
def ben(harbour: Organisation) -> User:
    """Ana's father, who has an account of a guardian and looks after no household yet."""
    return guardian_account("ben", at=harbour)


@pytest.fixture
def fay(harbour: Organisation) -> User:
    """A guardian of another family."""
    person = guardian_account("fay", at=harbour)
    services.make_household(by=person, at=AT)
    return person


@pytest.fixture
def home(bea: User) -> Household:
    """Bea's household."""
    return services.make_household(by=bea, at=AT)


@pytest.fixture
def ana(home: Household, bea: User) -> Child:
    """A child of Bea's household."""
    return services.add_child(home, ANA, by=bea, at=AT)


@pytest.fixture
def phone(home: Household, ana: Child, bea: User) -> Device:
    """Ana's phone, which waits for its address to be opened: since now, because pages read the clock and it grows old in two days."""
    return devices.add_device(home, phone_of(ana), by=bea, at=timezone.now())


@pytest.fixture
def client() -> Client:
    """A visitor without an account."""
    return Client(headers={"host": HOST})


@pytest.fixture
def signed_in() -> SignIn:
    """Return a browser in which a person is signed in."""

    def browser_of(person: User) -> Client:
        browser = Client(headers={"host": HOST})
        browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return browser

    return browser_of


@pytest.fixture
def asked(ana: Child, bea: User, harbour: Organisation) -> Permission:
    """Ana's question; Bea has said that Ana is her child, and shown to be a grown-up."""
    links.state(ana, by=bea, at=AT)
    show_adult(bea)
    return permissions.ask(ana, permissions.AskDraft(harbour, WANTED, "ticket-1"), at=AT)


@pytest.fixture
def granted(asked: Permission, bea: User) -> Permission:
    """A part of it, allowed for six months."""
    permissions.grant(asked, [Scope.ACCOUNT, Scope.POST], months=Months.SIX, by=bea, at=AT)
    asked.refresh_from_db()
    return asked

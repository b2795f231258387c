"""The demo's parent finds a family and a question of its child, so that a newcomer can look and answer at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from leeward.core.models import Membership, Organisation, Role, User
from leeward.families.models import Device, Guardian
from leeward.families.permission import services as permission
from leeward.families.permission.choices import Months, Scope, State
from leeward.families.permission.models import Permission
from leeward.site.demo import family

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def parent(harbour: Organisation) -> User:
    """The demo's parent, with the family."""
    person = User.objects.create_user(username=family.PARENT)
    Membership.objects.create(user=person, organisation=harbour, role=Role.GUARDIAN)
    family.make_family(at=AT)
    return person


def test_the_parent_has_a_child_whose_phone_has_joined(parent: User) -> None:
    phone = Device.objects.select_related("child").get()
    assert phone.joined_at == AT
    assert phone.child is not None
    assert Guardian.objects.get(user=parent).household == phone.household
    browser = Client(headers={"host": "localhost"})
    browser.force_login(parent, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Robin" in browser.get("/family/").content.decode()


def test_the_child_asks_and_the_parent_can_allow_one_thing_at_once(parent: User) -> None:
    asked = Permission.objects.get()
    before = asked.state

    permission.grant(asked, [Scope.ACCOUNT], months=Months.SIX, by=parent, at=AT)

    asked.refresh_from_db()
    assert (before, asked.state) == (State.ASKED, State.GRANTED)
    assert (asked.service.slug, asked.granted) == ("harbour", ["account"])
    assert set(asked.asked) - set(asked.granted) == {"post"}

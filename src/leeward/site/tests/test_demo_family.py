"""The demo's parent finds a family, so that a newcomer can look at its page at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from leeward.core.models import Membership, Organisation, Role, User
from leeward.families.models import Device, Guardian
from leeward.site.demo import family

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_the_parent_has_a_child_whose_phone_has_joined(harbour: Organisation) -> None:
    parent = User.objects.create_user(username=family.PARENT)
    Membership.objects.create(user=parent, organisation=harbour, role=Role.GUARDIAN)

    family.make_family(at=AT)

    phone = Device.objects.select_related("child").get()
    assert phone.joined_at == AT
    assert phone.child is not None
    assert Guardian.objects.get(user=parent).household == phone.household
    browser = Client(headers={"host": "localhost"})
    browser.force_login(parent, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Robin" in browser.get("/family/").content.decode()

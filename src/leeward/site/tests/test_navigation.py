"""Of the entries at the top of a page, the one under which the page lies is marked, and no other one."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from leeward.core.models import Membership, Organisation, Role, User
from leeward.site import navigation

pytestmark = pytest.mark.django_db


def person(harbour: Organisation, *roles: Role) -> User:
    user = User.objects.create_user(username="nara")
    for role in roles:
        Membership.objects.create(user=user, organisation=harbour, role=role)
    return user


def here(rf: RequestFactory, user: User, path: str) -> list[str]:
    """Return the addresses of the marked entries of a page."""
    request = rf.get(path)
    request.user = user
    items = navigation.navigation(request)["nav_items"]
    assert isinstance(items, list)
    return [address for address, _label, is_here in items if is_here]


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("/helpline/", ["/helpline/"]),
        ("/helpline/keys/", ["/helpline/"]),
        ("/helpline/directory/", ["/helpline/directory/"]),
        ("/helpline/directory/add/", ["/helpline/directory/"]),
        ("/elsewhere/", []),
    ],
)
def test_a_page_lies_under_the_nearest_entry_alone(
    rf: RequestFactory, harbour: Organisation, path: str, marked: list[str]
) -> None:
    assert here(rf, person(harbour, Role.COUNSELLOR), path) == marked


def test_every_entry_marks_itself_alone(rf: RequestFactory, harbour: Organisation) -> None:
    everything = person(harbour, *Role)
    request = rf.get("/")
    request.user = everything
    items = navigation.navigation(request)["nav_items"]
    assert isinstance(items, list)

    assert len(items) > 10
    for address, _label, _is_here in items:
        assert here(rf, everything, address) == [address]

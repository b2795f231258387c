"""The desk, as people with and without a role come to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from django.test import Client

from leeward.cases.tests.desk import HOST
from leeward.core import config
from leeward.core.models import Membership, Organisation, Role, User

type SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _no_wrong_codes() -> None:
    """Forget the wrong codes that other tests typed: every test of this process comes from the same network."""
    shutil.rmtree(config.current().server.data_dir / "wrong-codes", ignore_errors=True)


@pytest.fixture
def store(transactional_db: None) -> None:
    """A database in which commits are real. `tests/test_stores.py` gives the same tests another one."""


@pytest.fixture
def client() -> Client:
    """A visitor under a name of ours, without an account."""
    return Client(headers={"host": HOST})


@pytest.fixture
def signed_in() -> SignIn:
    """Return a browser in which a person is signed in."""

    def browser_of(person: User) -> Client:
        browser = Client(headers={"host": HOST})
        browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return browser

    return browser_of


def _person(username: str, *, role: Role, at: Organisation) -> User:
    person = User.objects.create_user(username=username)
    Membership.objects.create(user=person, organisation=at, role=role)
    return person


@pytest.fixture
def carla(harbour: Organisation) -> User:
    """A counsellor, who must not see the desk, as the desk must not see counselling."""
    return _person("carla", role=Role.COUNSELLOR, at=harbour)


@pytest.fixture
def pat(harbour: Organisation) -> User:
    """Somebody of a partner."""
    return _person("pat", role=Role.PARTNER, at=harbour)

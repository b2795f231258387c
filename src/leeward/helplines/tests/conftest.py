"""Ana writes or chats; Nara and Oyun answer at a desk; Tuul looks after both. Eve has no rights."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from leeward.core.models import Membership, Organisation, Role, User
from leeward.helplines.conversations.models import Desk, DeskKey

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
HOST = "localhost"


def _person(username: str, *, role: Role, at: Organisation) -> User:
    person = User.objects.create_user(username=username)
    Membership.objects.create(user=person, organisation=at, role=role)
    return person


@pytest.fixture
def nara(harbour: Organisation) -> User:
    """A counsellor."""
    return _person("nara", role=Role.COUNSELLOR, at=harbour)


@pytest.fixture
def oyun(harbour: Organisation) -> User:
    """A second counsellor."""
    return _person("oyun", role=Role.COUNSELLOR, at=harbour)


@pytest.fixture
def tuul(harbour: Organisation) -> User:
    """A supervisor."""
    return _person("tuul", role=Role.SUPERVISOR, at=harbour)


@pytest.fixture
def store(transactional_db: None) -> None:
    """A database in which commits are real. `tests/test_stores.py` gives the same tests another one."""


@pytest.fixture
def desk(db: None) -> Desk:
    """A desk whose key is not a real one: nothing is sealed to it here."""
    desk = Desk.objects.create(name="Harbour desk", languages=["en", "mn"], made_at=NOW)
    DeskKey.objects.create(desk=desk, public=bytes(range(32)), made_at=NOW)
    return desk


@pytest.fixture
def client() -> Client:
    """A visitor without an account."""
    return Client(headers={"host": HOST})

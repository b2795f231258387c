"""Harbour Forum of `age.tests`, and a machine of its provider that may take blind tokens."""

from __future__ import annotations

import pytest

from leeward.age.tests.conftest import AT, adults, client, forum, roster, signed_in, teens
from leeward.core import machines
from leeward.core.models import ApiKey, Organisation

__all__ = ["adults", "client", "forum", "roster", "signed_in", "teens"]


@pytest.fixture
def machine(harbour: Organisation) -> str:
    """The key of a machine that may take blind tokens."""
    return machines.make_key(harbour, scopes=[ApiKey.Scope.AGES], at=AT)


@pytest.fixture
def other_machine(harbour: Organisation) -> str:
    """The key of a machine that may do something else."""
    return machines.make_key(harbour, scopes=[ApiKey.Scope.SCREEN], at=AT)


@pytest.fixture
def store(transactional_db: None) -> None:
    """A database that other threads see, too."""

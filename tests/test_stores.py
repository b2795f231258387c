"""What must hold when several work at once holds on PostgreSQL, too: the tests of core, desk, helplines and blind tokens again.

The tests below come from there and ask for a fixture named `store`; here it is another one.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from leeward.age.tests.blind.test_spent_at_once import *  # noqa: F403  # the tests themselves
from leeward.cases.tests.test_eight_closers import *  # noqa: F403  # the tests themselves, and their reviewers
from leeward.core.tests.conftest import _nothing_stated  # noqa: F401  # their fixture
from leeward.core.tests.test_sequencer_runs import *  # noqa: F403  # the tests themselves
from leeward.core.tests.test_two_at_once import *  # noqa: F403  # the tests themselves
from leeward.core.tests.test_wakeups import *  # noqa: F403  # the tests themselves, and their bell
from leeward.core.tests.test_worker_runs import *  # noqa: F403  # the tests themselves, and their worker
from leeward.helplines.tests.test_many_at_once import *  # noqa: F403  # the tests themselves, and their talk
from tests.stage import postgres as postgresql
from tests.stage.ports import LOOPBACK

pytestmark = pytest.mark.scale
ALIAS = "default"


@pytest.fixture
def store(postgres: postgresql.PostgreSQL, blank_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """PostgreSQL with the tables of Leeward, under Django in this process, in every thread that begins from now on."""
    name = postgres.new_database(like=blank_database)
    place = {"NAME": name, "USER": postgresql.OWNER, "HOST": LOOPBACK, "PORT": str(postgres.port)}
    # No connection is kept, because the threads of a worker's pool cannot close theirs when they end with it.
    wanted = {ALIAS: {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 0, **place}}
    settings, connection = connections.settings[ALIAS], connections[ALIAS]
    connections.settings[ALIAS] = connections.configure_settings(wanted)[ALIAS]
    del connections[ALIAS]
    with django_db_blocker.unblock():
        yield
        connections[ALIAS].close()
    connections.settings[ALIAS], connections[ALIAS] = settings, connection
    postgres.drop_database(name)

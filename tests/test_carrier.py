"""The same rows carried by Celery on Redis, over PostgreSQL: a killed Celery and an emptied broker only delay."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
import redis as redis_client

from tests.stage.leeward import Leeward, Role
from tests.stage.ports import free_port
from tests.stage.postgres import PostgreSQL
from tests.stage.processes import Process
from tests.stage.provider import Provider
from tests.stage.redis import Redis
from tests.test_kill_matrix import REPORTS, SUBJECTS, Load, until_settled

CELERY = [
    sys.executable,
    "-m",
    "celery",
    "-A",
    "leeward.core.carrier",
    "worker",
    "--concurrency=2",
    "--loglevel=WARNING",
]


@pytest.fixture
def carried(postgres: PostgreSQL, blank_database: str, redis_server: Redis, embedded: Leeward) -> Iterator[Leeward]:
    """A Leeward on PostgreSQL whose deliveries are carried by Celery; nothing runs yet."""
    name = postgres.new_database(like=blank_database)
    embedded.env |= {
        "LEEWARD_DATABASE": postgres.url(name),
        "LEEWARD_CARRIER": "celery",
        "LEEWARD_BROKER": redis_server.url,
        "LEEWARD_REPORTS_PER_MINUTE": "100000",
        "LEEWARD_LEASE_S": "2",
    }
    port = free_port()
    keys = embedded.make_cast(provider_url=f"http://127.0.0.1:{port}")
    provider = Provider(port=port, leeward_url=embedded.base_url, keys=keys, folder=embedded.data_dir)
    yield embedded
    embedded.stop()
    provider.process.stop()
    postgres.drop_database(name)


def celery(leeward: Leeward) -> Process:
    return Process("celery", CELERY, env=leeward.env, log=leeward.data_dir / "celery.log")


@pytest.mark.scale
@pytest.mark.kill
def test_celery_is_killed_and_the_broker_emptied_and_everything_owed_is_done(
    carried: Leeward, redis_server: Redis
) -> None:
    for role in (Role.SEQUENCER, Role.WORKER, Role.WEB):
        carried.start(role)
    first = celery(carried)
    load = Load(carried.base_url)

    load.run()
    first.kill_session()
    redis_client.Redis.from_url(redis_server.url).flushall()
    second = celery(carried)
    found = until_settled(carried)
    second.stop()

    assert len(load.acknowledged) == found["reports"] == REPORTS
    assert (found["cases"], found["without_case"]) == (SUBJECTS, 0)
    assert "The chain is whole" in carried.run("audit", "verify")

"""Leeward starts on the stage as its operators start it, and is judged over its ports."""

from __future__ import annotations

import os

import httpx
import pytest

from tests.conftest import Store
from tests.stage.judges import dig, taxii_objects
from tests.stage.leeward import Leeward, Role
from tests.stage.redis import Redis
from tests.stage.waiting import until


def test_every_role_runs_as_a_process_of_its_own(store: Store, leeward: Leeward) -> None:
    keys = leeward.make_cast()

    leeward.start_apart()

    assert httpx.get(f"{leeward.base_url}/health/live").is_success
    assert taxii_objects(f"{leeward.base_url}/taxii2/", user="beacon", key=keys.partner_key) == []
    assert len({leeward.pid(role) for role in Role if role is not Role.SERVE}) == len(Role) - 1
    until(lambda: dig("good.example", port=leeward.dns_port).status != "no answer", within_s=20, what="dig is answered")


def test_serve_keeps_every_role_and_ends_them_with_itself(embedded: Leeward) -> None:
    serve = embedded.start(Role.SERVE)
    pids = [embedded.pid(role) for role in (Role.WEB, Role.WORKER, Role.SEQUENCER, Role.POLICY, Role.DNS)]

    assert serve.stop() == 0

    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.scale
def test_redis_answers_on_a_port_of_its_own(redis_server: Redis) -> None:
    assert redis_server.process is not None
    assert redis_server.process.is_alive
    assert redis_server.port != 6379

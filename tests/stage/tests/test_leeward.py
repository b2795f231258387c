"""Leeward starts on the stage as its operators start it, and is judged over its ports."""

from __future__ import annotations

import os
import signal
import sys

import httpx
import pytest

from tests.conftest import Store
from tests.stage.judges import dig, taxii_objects
from tests.stage.leeward import Leeward, Role
from tests.stage.processes import children_of
from tests.stage.redis import Redis
from tests.stage.waiting import until


def test_every_role_runs_as_a_process_of_its_own(store: Store, leeward: Leeward) -> None:
    keys = leeward.make_cast()

    leeward.start_apart()

    assert httpx.get(f"{leeward.base_url}/health/live").is_success
    objects = taxii_objects(f"{leeward.base_url}/taxii2/", user="beacon", key=keys.partner_key)
    # Nothing was decided yet, so a partner reads what signs refer to and no sign.
    assert {known["type"] for known in objects} == {"identity", "extension-definition", "marking-definition"}
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


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux spreads connections over the processes of one port")
def test_one_of_two_web_processes_is_enough(embedded: Leeward) -> None:
    nobody_chats = {"LEEWARD_CHAT_LAYER": "redis://127.0.0.1:9/0"}
    serve = embedded.start(Role.SERVE, env={"LEEWARD_WEB_PROCESSES": "2"} | nobody_chats)
    until(lambda: len(webs_of(serve.pid)) == 2, within_s=60, what="two web processes run")
    lost, kept = webs_of(serve.pid)

    os.kill(lost, signal.SIGKILL)

    until(lambda: answers(embedded), within_s=60, what="the other one answers")
    until(lambda: set(webs_of(serve.pid)) > {kept}, within_s=60, what="the lost one is started again")


def answers(leeward: Leeward) -> bool:
    try:
        return httpx.get(f"{leeward.base_url}/health/live").is_success
    except httpx.TransportError:
        return False


def webs_of(parent: int) -> list[int]:
    return [pid for pid, title in children_of(parent) if title.startswith("leeward web ")]

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from leeward.core import chores, facts, worker
from leeward.core.config import Jobs
from leeward.core.facts import Reaction
from leeward.core.models import Delivery
from leeward.core.tests import lamps
from leeward.core.tests.lamps import LampLit

WAIT_S = 20


class Running:
    """A worker in a thread of its own, until it is told to stop."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self) -> None:
        try:
            worker.run(self.stop)
        finally:
            connection.close()

    def end(self) -> bool:
        """Stop the worker; True where it ended in time."""
        self.stop.set()
        self.thread.join(WAIT_S)
        return not self.thread.is_alive()


@pytest.fixture
def running(store: None, settings: Settings) -> Iterator[Running]:
    lamps.use_jobs(settings, Jobs(worker_threads=2))
    one = Running()
    yield one
    one.end()


def test_what_a_fact_owes_is_done_soon_after_the_commit(running: Running) -> None:
    facts.follow(LampLit, Reaction(lamps.break_down, "it breaks"), Reaction(lamps.note, "it is noted"))

    with transaction.atomic():
        lamps.light("north")

    assert lamps.was_noted.wait(WAIT_S)
    assert running.end()
    assert lamps.noted == ["north"]
    assert dict(Delivery.objects.values_list("task", "state")) == {
        lamps.note.module_path: "done",
        lamps.break_down.module_path: "owed",
    }


def test_a_worker_does_the_chores_and_survives_a_broken_one(running: Running) -> None:
    ran = threading.Event()

    def break_down(at: object) -> None:
        raise lamps.LampBroken

    def tidy(at: object) -> None:
        ran.set()

    chores.every(60, break_down)
    chores.every(60, tidy)

    assert ran.wait(WAIT_S)
    assert running.end()

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError
from pytest_django import Settings

from leeward.core import worker
from leeward.core.config import Jobs
from leeward.core.models import Delivery
from leeward.core.tests import lamps
from leeward.core.tests.lamps import AT

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _lease(settings: Settings, db: None) -> None:
    lamps.use_jobs(settings, Jobs(lease_s=30))


def test_a_beat_renews_the_lease_of_what_runs() -> None:
    lamps.owed()
    [running] = worker.claim(at=AT, most=1)
    heart = worker.Heart()
    heart.hold(running)

    heart.beat(at=AT + 20 * SECOND)

    assert Delivery.objects.get().lease_until == AT + 50 * SECOND
    assert worker.claim(at=AT + 31 * SECOND, most=1) == []


def test_a_beat_leaves_alone_what_was_let_go() -> None:
    lamps.owed()
    [running] = worker.claim(at=AT, most=1)
    heart = worker.Heart()
    heart.hold(running)
    heart.release(running)

    heart.beat(at=AT + 20 * SECOND)

    assert len(heart) == 0
    assert Delivery.objects.get().lease_until == AT + 30 * SECOND


def test_a_beat_does_not_renew_what_another_took_over() -> None:
    lamps.owed()
    [stale] = worker.claim(at=AT, most=1)
    worker.claim(at=AT + 31 * SECOND, most=1)
    heart = worker.Heart()
    heart.hold(stale)

    heart.beat(at=AT + 60 * SECOND)

    assert Delivery.objects.get().lease_until == AT + 61 * SECOND


def test_a_beat_does_not_revive_what_is_done() -> None:
    lamps.owed()
    [running] = worker.claim(at=AT, most=1)
    heart = worker.Heart()
    heart.hold(running)
    worker.perform(running)

    heart.beat(at=AT + 20 * SECOND)

    assert Delivery.objects.get().lease_until is None


def test_a_heart_beats_again_after_the_database_was_away(settings: Settings) -> None:
    lamps.use_jobs(settings, Jobs(lease_s=0.03))
    enough = threading.Event()

    class Away(worker.Heart):
        """A heart whose database is away at the first beat."""

        beats = 0

        def beat(self, *, at: datetime) -> None:
            self.beats += 1
            if self.beats == 1:
                raise OperationalError("database is locked")
            enough.set()

    heart = Away()
    beating = threading.Thread(target=heart.run, args=(enough,))

    beating.start()
    beating.join()

    assert heart.beats == 2


def test_a_carried_delivery_is_performed_and_its_heart_stops() -> None:
    lamps.owed()
    [running] = worker.claim(at=AT, most=1)

    worker.perform_with_heart(running)

    assert Delivery.objects.get().state == Delivery.State.DONE
    assert "heart" not in {thread.name for thread in threading.enumerate()}

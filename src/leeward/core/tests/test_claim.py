from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
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


def claimed_lamps(*, most: int = 10, seconds_later: float = 0) -> list[str]:
    return [one.arguments["lamp"] for one in worker.claim(at=AT + seconds_later * SECOND, most=most)]


def finish(lamp: str, state: Delivery.State) -> None:
    Delivery.objects.filter(arguments__lamp=lamp).update(state=state, lease_until=None)


def test_a_claim_leases_the_delivery_and_counts_the_try() -> None:
    lamps.owed()

    [claimed] = worker.claim(at=AT, most=1)

    kept = Delivery.objects.get()
    assert (kept.state, kept.attempts, kept.lease_until) == ("running", 1, AT + 30 * SECOND)
    assert claimed.attempts == kept.attempts


def test_a_leased_delivery_is_not_claimed_again() -> None:
    lamps.owed()
    worker.claim(at=AT, most=1)

    assert worker.claim(at=AT + 30 * SECOND, most=1) == []
    assert worker.claim_one(Delivery.objects.get().pk, at=AT + 30 * SECOND) is None


def test_what_is_not_due_yet_is_not_claimed() -> None:
    delivery = lamps.owed(due_at=AT + SECOND)

    assert worker.claim(at=AT, most=1) == []
    assert worker.claim_one(delivery.pk, at=AT) is None
    assert worker.due_ids(at=AT, most=1) == []


def test_what_is_due_first_is_claimed_first_and_no_more_than_asked_for() -> None:
    lamps.owed("third", due_at=AT)
    lamps.owed("first", due_at=AT - 2 * SECOND)
    lamps.owed("second", due_at=AT - SECOND)

    assert claimed_lamps(most=2) == ["first", "second"]


@pytest.mark.parametrize("state", [Delivery.State.DONE, Delivery.State.PARKED])
def test_what_is_done_or_parked_is_never_claimed(state: Delivery.State) -> None:
    delivery = lamps.owed()
    finish("north", state)

    assert worker.claim(at=AT + 3600 * SECOND, most=1) == []
    assert worker.claim_one(delivery.pk, at=AT + 3600 * SECOND) is None


def test_a_delivery_whose_worker_went_silent_is_handed_over() -> None:
    lamps.owed()
    worker.claim(at=AT, most=1)

    [taken_over] = worker.claim(at=AT + 31 * SECOND, most=1)

    assert taken_over.attempts == 2
    assert Delivery.objects.get().lease_until == AT + 61 * SECOND


def test_one_delivery_is_handed_over_by_its_id_as_well() -> None:
    delivery = lamps.owed()
    worker.claim_one(delivery.pk, at=AT)

    taken_over = worker.claim_one(delivery.pk, at=AT + 31 * SECOND)

    assert taken_over is not None
    assert taken_over.attempts == 2


@pytest.mark.parametrize("ending", [lamps.note, lamps.break_down, lamps.wait_for_dusk])
def test_a_stale_worker_cannot_write_how_it_ended(ending: object) -> None:
    lamps.owed(task=ending)
    [stale] = worker.claim(at=AT, most=1)
    worker.claim(at=AT + 31 * SECOND, most=1)
    before = Delivery.objects.values().get()

    worker.perform(stale)

    assert Delivery.objects.values().get() == before


def test_the_worker_that_took_over_can_finish() -> None:
    lamps.owed()
    worker.claim(at=AT, most=1)
    [fresh] = worker.claim(at=AT + 31 * SECOND, most=1)

    worker.perform(fresh)

    assert Delivery.objects.get().state == Delivery.State.DONE


def test_a_lane_gives_one_delivery_at_a_time_oldest_first() -> None:
    # The second is due first; the lane keeps the order all the same.
    lamps.owed("first", lane="north", due_at=AT)
    lamps.owed("second", lane="north", due_at=AT - SECOND)

    assert claimed_lamps() == ["first"]
    assert claimed_lamps() == []
    finish("first", Delivery.State.DONE)
    assert claimed_lamps() == ["second"]


def test_one_asked_for_by_its_id_waits_for_its_lane_too() -> None:
    lamps.owed("first", lane="north")
    second = lamps.owed("second", lane="north")

    assert worker.claim_one(second.pk, at=AT) is None


def test_a_lane_waits_for_the_try_to_come_of_its_oldest() -> None:
    lamps.owed("first", lane="north", due_at=AT + 60 * SECOND)
    lamps.owed("second", lane="north")

    assert claimed_lamps() == []
    assert claimed_lamps(seconds_later=60) == ["first"]


def test_a_parked_delivery_does_not_block_its_lane() -> None:
    lamps.owed("first", lane="north")
    lamps.owed("second", lane="north")
    finish("first", Delivery.State.PARKED)

    assert claimed_lamps() == ["second"]


def test_lanes_do_not_wait_for_each_other_and_no_lane_waits_for_nobody() -> None:
    lamps.owed("north 1", lane="north")
    lamps.owed("north 2", lane="north")
    lamps.owed("south 1", lane="south")
    lamps.owed("free 1")
    lamps.owed("free 2")

    assert claimed_lamps() == ["north 1", "south 1", "free 1", "free 2"]


def test_claiming_reads_what_is_due_and_not_the_whole_table(db: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("other databases choose by how many rows there are")

    plan = worker._claimable(AT).explain()

    assert "SCAN core_delivery" not in plan
    assert {"delivery_due", "delivery_leased", "delivery_lane"} <= set(plan.replace("(", " ").split())

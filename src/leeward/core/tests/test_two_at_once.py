"""What must hold when several processes work on one store. `tests/test_stores.py` runs this file on PostgreSQL, too."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from leeward.core import chores, sequencer, worker
from leeward.core.models import Chain, Record
from leeward.core.tests import lamps
from leeward.core.tests.lamps import AT

WORKERS = 4
WAIT_S = 30


def together[T](work: Callable[[], T]) -> list[T]:
    """Do the same work in several threads that begin at once, each with a connection of its own."""
    start = threading.Barrier(WORKERS)

    def begin() -> T:
        try:
            start.wait(WAIT_S)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return [future.result(WAIT_S) for future in [pool.submit(begin) for _ in range(WORKERS)]]


@pytest.mark.usefixtures("store")
def test_two_stampers_give_each_position_once() -> None:
    with transaction.atomic():
        for number in range(60):
            lamps.light(f"lamp {number}")

    def stamp_all() -> int:
        count = 0
        while stamped := sequencer.stamp(at=AT, most=7):
            count += stamped
        return count

    counts = together(stamp_all)

    assert sum(counts) == 60
    assert list(Record.objects.order_by("position").values_list("position", flat=True)) == list(range(1, 61))
    assert Chain.objects.get().position == 60


@pytest.mark.usefixtures("store")
def test_writers_and_a_stamper_miss_nothing() -> None:
    def write_and_stamp() -> None:
        for number in range(10):
            with transaction.atomic():
                lamps.light(f"lamp {number}")
            sequencer.stamp(at=AT)

    together(write_and_stamp)
    sequencer.stamp(at=AT)

    assert list(Record.objects.order_by("position").values_list("position", flat=True)) == list(range(1, 41))


@pytest.mark.usefixtures("store")
def test_a_delivery_is_claimed_by_one_worker_only() -> None:
    everything = {lamps.owed(f"lamp {number}").pk for number in range(30)}

    def claim_all() -> list[int]:
        mine: list[int] = []
        while claimed := worker.claim(at=AT, most=3):
            mine += [delivery.pk for delivery in claimed]
        return mine

    claimed = [pk for mine in together(claim_all) for pk in mine]

    assert sorted(claimed) == sorted(everything)


@pytest.mark.usefixtures("store")
def test_a_delivery_asked_for_by_its_id_goes_to_one_worker_only() -> None:
    everything = [lamps.owed(f"lamp {number}").pk for number in range(30)]

    def claim_each() -> list[int]:
        answers = [worker.claim_one(pk, at=AT) for pk in everything]
        return [answer.pk for answer in answers if answer is not None]

    claimed = [pk for mine in together(claim_each) for pk in mine]

    assert sorted(claimed) == everything


@pytest.mark.usefixtures("store")
def test_a_chore_that_is_due_runs_in_one_worker_only() -> None:
    ran: list[object] = []
    chores.every(60, ran.append)
    chores.run_due(at=AT)
    ran.clear()

    together(lambda: chores.run_due(at=AT.replace(minute=5)))

    assert ran == [AT.replace(minute=5)]


@pytest.mark.usefixtures("store")
def test_a_chore_that_never_ran_runs_in_one_worker_only() -> None:
    ran: list[object] = []
    chores.every(60, ran.append)

    together(lambda: chores.run_due(at=AT))

    assert ran == [AT]


@pytest.mark.usefixtures("store")
def test_a_writer_that_commits_late_is_not_missed() -> None:
    if not connection.features.has_select_for_update_skip_locked:
        pytest.skip("SQLite lets one writer in at a time, so none can commit late there")
    has_written, may_commit = threading.Event(), threading.Event()

    def write_slowly() -> None:
        try:
            with transaction.atomic():
                lamps.light("slow")
                has_written.set()
                may_commit.wait(WAIT_S)
        finally:
            connection.close()

    slow = threading.Thread(target=write_slowly)
    slow.start()
    has_written.wait(WAIT_S)
    with transaction.atomic():
        lamps.light("fast")
    sequencer.stamp(at=AT)
    may_commit.set()
    slow.join(WAIT_S)
    sequencer.stamp(at=AT)

    assert list(Record.objects.order_by("position").values_list("facts__lamp", flat=True)) == ["fast", "slow"]
    assert list(Record.objects.order_by("pk").values_list("facts__lamp", flat=True)) == ["slow", "fast"]

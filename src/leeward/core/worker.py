"""Do what is owed: claim due deliveries, run each in a thread of its own, renew their leases, retry or park what failed.

A delivery is done at least once. A worker that dies is noticed by its lease; its work is begun again by another, and the count of
attempts fences it: whoever began last is the only one who may finish.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections, connection, connections, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from leeward.core import chores, config, faults, metrics, outbox, together, wakeups, webhooks
from leeward.core.literals import one_of
from leeward.core.models import Delivery

log = logging.getLogger("leeward.worker")
_IDLE_S = 0.5
_CHORES_S = 1.0


class Later(Exception):
    """A reaction cannot be done yet, and that is no fault: it is owed again after `wait_s`, and the try is not counted."""

    def __init__(self, *, wait_s: float) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s


class NeverEnded(Exception):
    """Every try of a delivery ended with its worker, perhaps for want of memory: look at the worker before owing it again."""


def claim(*, at: datetime, most: int) -> list[Delivery]:
    """Lease up to `most` due deliveries to the caller, oldest first; a lane gives only its oldest unfinished one."""
    if not _claimable(at).exists():
        return []
    lease_until = at + timedelta(seconds=config.current().jobs.lease_s)
    with transaction.atomic():
        rows = _claimable(at).order_by("due_at", "id")
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        claimed = list(rows[:most])
        Delivery.objects.filter(pk__in=[delivery.pk for delivery in claimed]).update(
            state=Delivery.State.RUNNING, attempts=F("attempts") + 1, fence=F("fence") + 1, lease_until=lease_until
        )
    for delivery in claimed:
        delivery.attempts, delivery.fence = delivery.attempts + 1, delivery.fence + 1
    return claimed


def claim_one(pk: int, *, at: datetime) -> Delivery | None:
    """Lease one delivery by its id, or return None where it is not due, is leased or waits for its lane."""
    with transaction.atomic():
        lease_until = at + timedelta(seconds=config.current().jobs.lease_s)
        moved = (
            Delivery.objects.filter(pk__in=_claimable(at).filter(pk=pk).values("pk"))
            .filter(_due(at))
            .update(
                state=Delivery.State.RUNNING, attempts=F("attempts") + 1, fence=F("fence") + 1, lease_until=lease_until
            )
        )
        return Delivery.objects.get(pk=pk) if moved else None


def _due(at: datetime) -> Q:
    owed, running = one_of("state", [Delivery.State.OWED]), one_of("state", [Delivery.State.RUNNING])
    return Q(owed, due_at__lte=at) | Q(running, lease_until__lt=at)


def _claimable(at: datetime) -> QuerySet[Delivery]:
    unfinished = one_of("state", [Delivery.State.OWED, Delivery.State.RUNNING])
    earlier = Delivery.objects.filter(unfinished, lane=OuterRef("lane"), pk__lt=OuterRef("pk"))
    return Delivery.objects.filter(_due(at)).filter(Q(lane="") | ~Exists(earlier))


def perform(delivery: Delivery) -> None:
    """Run a leased delivery and write down how it ended. This is the worker's isolation point."""
    faults.point("worker.before_run")
    if delivery.attempts > config.current().jobs.attempts:
        _failed(delivery, NeverEnded())
        return
    try:
        outbox.task_of(delivery).call(**delivery.arguments)
    except Later as later:
        _postpone(delivery, at=timezone.now() + timedelta(seconds=later.wait_s))
    except Exception as error:  # noqa: BLE001  # the worker's isolation point: one broken reaction must not stop the others
        _failed(delivery, error)
    else:
        faults.point("worker.ran")
        done = _mine(delivery)
        # Threads that end at the same time write it down together.
        together.commit(
            lambda: done.update(state=Delivery.State.DONE, finished_at=timezone.now(), lease_until=None, last_error="")
        )
        wakeups.ring()  # The next one of its lane may be waiting.
        metrics.deliveries.labels(task=delivery.task, outcome="done").inc()


def _mine(delivery: Delivery) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.RUNNING, fence=delivery.fence)


def _postpone(delivery: Delivery, *, at: datetime) -> None:
    _mine(delivery).update(state=Delivery.State.OWED, attempts=F("attempts") - 1, due_at=at, lease_until=None)


def _failed(delivery: Delivery, error: Exception) -> None:
    jobs = config.current().jobs
    parked = delivery.attempts >= jobs.attempts
    wait_s = retry_wait_s(delivery.attempts, first_s=jobs.retry_s, longest_s=jobs.retry_max_s, chance=random.random())  # noqa: S311  # jitter
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    # Only of what is known to hold nothing about people: a status number, or that there was no answer.
    told = f"{name} ({error.code})" if isinstance(error, webhooks.NotTaken) else name
    _mine(delivery).update(
        state=Delivery.State.PARKED if parked else Delivery.State.OWED,
        due_at=timezone.now() + timedelta(seconds=wait_s),
        lease_until=None,
        last_error=told[:200],
    )
    metrics.deliveries.labels(task=delivery.task, outcome="parked" if parked else "failed").inc()
    log.warning(
        "delivery failed", extra={"delivery": str(delivery.uid), "task": delivery.task, "error": name, "parked": parked}
    )


def retry_wait_s(attempts: int, *, first_s: float, longest_s: float, chance: float) -> float:
    """Return the wait before the next try: doubling, at most `longest_s`, and spread between half and all of it by `chance`."""
    whole = min(longest_s, first_s * 2.0 ** min(attempts - 1, 30))
    return whole * (0.5 + chance / 2)


def unpark(uid: str, *, at: datetime) -> bool:
    """Owe a parked delivery again with all its tries; False where it is not parked any more."""
    with transaction.atomic():
        moved = Delivery.objects.filter(uid=uid, state=Delivery.State.PARKED).update(
            state=Delivery.State.OWED, attempts=0, due_at=at
        )
        wakeups.ring()
    return bool(moved)


class Heart:
    """Renews the leases of what this process is running, so that long work is not taken for dead."""

    def __init__(self) -> None:
        self._running: dict[int, Delivery] = {}
        self._lock = threading.Lock()

    def hold(self, delivery: Delivery) -> None:
        with self._lock:
            self._running[delivery.pk] = delivery

    def release(self, delivery: Delivery) -> None:
        with self._lock:
            self._running.pop(delivery.pk, None)

    def __len__(self) -> int:
        return len(self._running)

    def beat(self, *, at: datetime) -> None:
        lease_until = at + timedelta(seconds=config.current().jobs.lease_s)
        with self._lock:
            running = list(self._running.values())
        for delivery in running:
            _mine(delivery).update(lease_until=lease_until)

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(config.current().jobs.lease_s / 3):
            try:
                self.beat(at=timezone.now())
            except DatabaseError as error:
                # A thread that ended here would let every later lease run out; the next beat may find the database well.
                log.warning("leases were not renewed", extra={"error": type(error).__name__})
                connections.close_all()
        connections.close_all()


def run(stop: threading.Event) -> None:
    """Work until told to stop; what was begun is finished first."""
    threads = config.current().jobs.worker_threads
    heart, at_rest = Heart(), threading.Event()
    beating = threading.Thread(target=heart.run, args=(at_rest,), name="heart", daemon=True)
    beating.start()
    chores_at = 0.0
    with ThreadPoolExecutor(threads, thread_name_prefix="delivery") as pool, wakeups.bell() as bell:
        while not stop.is_set():
            if time.monotonic() >= chores_at:
                chores.run_due(at=timezone.now())
                chores_at = time.monotonic() + _CHORES_S
            # Claiming costs as much as a small delivery, so as many again as run at a time are fetched ahead.
            claimed = claim(at=timezone.now(), most=2 * threads - len(heart)) if len(heart) <= threads else []
            for delivery in claimed:
                heart.hold(delivery)
                pool.submit(_in_thread, delivery, heart.release)
            if not claimed:
                bell.wait(_IDLE_S)
            close_old_connections()
        _close_in_each(pool, threads)
    connections.close_all()
    at_rest.set()
    beating.join()


def _close_in_each(pool: ThreadPoolExecutor, threads: int) -> None:
    """Close the connections that the pool's threads kept: each thread waits until all have come, so none takes two turns."""
    all_here = threading.Barrier(threads)

    def close() -> None:
        all_here.wait()
        connections.close_all()

    for _ in range(threads):
        pool.submit(close)


def due_ids(*, at: datetime, most: int) -> list[int]:
    """Return the ids of up to `most` deliveries that could be claimed now, oldest first, without claiming them."""
    return list(_claimable(at).order_by("due_at", "id").values_list("pk", flat=True)[:most])


def late(*, at: datetime) -> int:
    """Return how many deliveries could have been begun by `at` and never were; those behind a failing one do not count."""
    return _claimable(at).filter(state=Delivery.State.OWED, attempts=0).count()


def perform_with_heart(delivery: Delivery) -> None:
    """Perform one leased delivery and renew its lease meanwhile; for a carrier that runs each by itself."""
    heart, at_rest = Heart(), threading.Event()
    heart.hold(delivery)
    beating = threading.Thread(target=heart.run, args=(at_rest,), name="heart", daemon=True)
    beating.start()
    try:
        perform(delivery)
    finally:
        at_rest.set()
        beating.join()


def _in_thread(delivery: Delivery, done: Callable[[Delivery], None]) -> None:
    try:
        perform(delivery)
    finally:
        done(delivery)
        close_old_connections()

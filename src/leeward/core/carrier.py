"""Celery as the carrier of the same rows: ids of due deliveries are published, and a Celery worker runs each by its id.

The rows stay the truth. A broker that loses everything, or a Celery worker that is killed, only delays: what was published
and not begun within a lease is published again, and what was begun and not finished is taken over when its lease ends.
Needs the `scale` extra. Start the workers with `celery -A leeward.core.carrier worker`.
"""

from __future__ import annotations

import os
import threading
from datetime import datetime, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leeward.site.settings")

import celery  # after the settings are named
import django
from django.apps import apps
from django.utils import timezone

if not apps.ready:
    django.setup()

from leeward.core import chores, config, wakeups, worker  # models need the apps

BATCH = 500
_IDLE_S = 0.5

app = celery.Celery("leeward", broker=config.current().jobs.broker or "memory://")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)


@app.task(name="leeward.deliver")  # type: ignore[untyped-decorator]  # Celery ships no types
def deliver(pk: int) -> None:
    """Run one delivery, if it is still due and nobody else has begun it."""
    delivery = worker.claim_one(pk, at=timezone.now())
    if delivery is not None:
        worker.perform_with_heart(delivery)


def publish(*, at: datetime, published: dict[int, datetime]) -> int:
    """Hand the ids of due deliveries to the broker and return how many; one is handed again only after a whole lease."""
    lease = timedelta(seconds=config.current().jobs.lease_s)
    for pk in [pk for pk, when in published.items() if when + lease < at]:
        del published[pk]
    due = [pk for pk in worker.due_ids(at=at, most=BATCH + len(published)) if pk not in published][:BATCH]
    for pk in due:
        deliver.delay(pk)
        published[pk] = at
    return len(due)


def run(stop: threading.Event) -> None:
    """Publish what is due until told to stop, and do the chores of the clock."""
    published: dict[int, datetime] = {}
    with wakeups.bell() as bell:
        while not stop.is_set():
            chores.run_due(at=timezone.now())
            if not publish(at=timezone.now(), published=published):
                bell.wait(_IDLE_S)

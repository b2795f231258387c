"""Run everything owed in this process, so that a story can be told without a worker beside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from leeward.core import outbox, sequencer, worker
from leeward.core.models import Delivery

# What waits for less than this counts as due, so that a second try needs no sleep.
SOON = timedelta(minutes=1)
TRIES = 3
_BATCH = 100


class NotSettled(Exception):
    """A delivery failed again and again, and passed when it was called once more: look for what differs from try to try."""


class Settle(Protocol):
    """Stamps and performs until nothing is due."""

    def __call__(self, *, at: datetime | None = None, may_fail: tuple[str, ...] = ()) -> None: ...


def settle_everything(*, at: datetime | None = None, may_fail: tuple[str, ...] = ()) -> None:
    """Stamp every record and perform every delivery that is due at `at` or within a minute of it, reactions to reactions too.

    `may_fail` names the task functions that the story lets fail, such as `order_removal` while a partner is down.
    A delivery of any other task that fails three times raises its own exception, with its own traceback.
    """
    tries = 0
    while tries < TRIES:
        now = timezone.now()
        stamped = sequencer.stamp(at=at or now)
        claimed = worker.claim(at=max(at or now, now) + SOON, most=_BATCH)
        if not stamped and not claimed:
            break
        for delivery in claimed:
            worker.perform(delivery)
        done = Delivery.objects.filter(pk__in=[one.pk for one in claimed], state=Delivery.State.DONE).exists()
        tries = 0 if stamped or done else tries + 1
    for delivery in _failing():
        if delivery.task.rpartition(".")[2] not in may_fail:
            _show(delivery)


def _failing() -> QuerySet[Delivery]:
    has_failed = Q(state=Delivery.State.PARKED) | Q(state=Delivery.State.OWED) & ~Q(last_error="")
    return Delivery.objects.filter(has_failed).order_by("id")


def _show(delivery: Delivery) -> None:
    """Raise what the delivery raises: a row keeps only the name of the exception."""
    with transaction.atomic():
        outbox.task_of(delivery).call(**delivery.arguments)
    raise NotSettled(f"{delivery.task} failed with {delivery.last_error}")

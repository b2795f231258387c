"""Give committed records their positions: gapless, after commit, in one place, with the chain and the time of addition.

A row's id is taken before its commit, so a reader that follows the highest id misses rows (396 of 1,000 were, with four writers).
A counter locked in every writer's transaction makes all writers queue. So writers only write, and this stamps behind them.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from leeward.core import chain, faults, wakeups
from leeward.core.models import Chain, Record

BATCH = 500
_TICK = timedelta(microseconds=1)
_IDLE_S = 1.0
_UPDATE = "UPDATE core_record SET position = %s, stamped_at = %s, chain = %s WHERE id = %s AND position IS NULL"


def stamp(*, at: datetime, most: int = BATCH) -> int:
    """Stamp up to `most` committed records in order of id and return how many; safe to run in two processes at once.

    Every position gets a time of its own: `stamped_at` of a record plus a microsecond for each further position that it takes.
    """
    if not Record.objects.filter(position=None).exists():
        return 0
    with transaction.atomic():
        head = _locked_head(at=at)
        records = list(Record.objects.filter(position=None).order_by("id")[:most])
        for record in records:
            record.position = head.position + 1
            record.stamped_at = max(at, head.stamped_at + _TICK)
            record.chain = chain.link(bytes(head.chain), record)
            head.position, head.chain = head.position + record.span, record.chain
            head.stamped_at = record.stamped_at + (record.span - 1) * _TICK
        _write(records)
        faults.point("sequencer.in_batch")
        head.save()
        wakeups.ring()
    faults.point("sequencer.after_batch")
    return len(records)


def _locked_head(*, at: datetime) -> Chain:
    Chain.objects.get_or_create(pk=1, defaults={"stamped_at": at, "chain": chain.ORIGIN})
    return Chain.objects.select_for_update().get(pk=1)


def _write(records: list[Record]) -> None:
    adapt = connection.ops.adapt_datetimefield_value
    rows = [(record.position, adapt(record.stamped_at), bytes(record.chain or b""), record.pk) for record in records]
    with connection.cursor() as cursor:
        cursor.executemany(_UPDATE, rows)


def mark(position: int) -> bytes:
    """Return the 32 bytes of the chain at a position: a table that a follower kept carries them, to know its database again."""
    before = Record.objects.filter(position__lte=position).order_by("-position")
    return bytes(before.values_list("chain", flat=True).first() or chain.ORIGIN)


def run(stop: threading.Event) -> None:
    """Stamp until told to stop."""
    with wakeups.bell() as bell:
        while not stop.is_set():
            if not stamp(at=timezone.now()):
                bell.wait(_IDLE_S)

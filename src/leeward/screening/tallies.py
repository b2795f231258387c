"""Counts of answers by the hour. They are gathered in memory and written together, so that a question costs no write of its own.

A process that is killed loses the counts of its last seconds: they are for plots, and nothing was promised about them.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import F

from leeward.screening.models import Answer, Tally

EVERY = timedelta(seconds=5)

_lock = threading.Lock()
_counts: Counter[tuple[datetime, int, str]] = Counter()
_written_at: datetime | None = None


def count(answer: Answer, *, organisation_id: int, at: datetime) -> None:
    """Count one answer, and write what was gathered where that is due."""
    global _written_at  # noqa: PLW0603  # one for the process, under the lock
    with _lock:
        _counts[at.replace(minute=0, second=0, microsecond=0), organisation_id, str(answer)] += 1
        if _written_at is None:
            _written_at = at
        is_due = at - _written_at >= EVERY
    if is_due:
        flush(at)


def flush(at: datetime) -> None:
    """Write what was gathered; what cannot be written now stays for the next time."""
    global _written_at  # noqa: PLW0603  # see `count`
    with _lock:
        gathered = dict(_counts)
        _counts.clear()
        _written_at = at
    try:
        with transaction.atomic():
            for (hour, organisation_id, answer), number in gathered.items():
                tally, _ = Tally.objects.get_or_create(hour=hour, organisation_id=organisation_id, answer=answer)
                Tally.objects.filter(pk=tally.pk).update(count=F("count") + number)
    except DatabaseError:
        with _lock:
            _counts.update(gathered)


def forget() -> None:
    """Drop what was gathered, as a process that has just started has gathered nothing."""
    global _written_at  # noqa: PLW0603  # see `count`
    with _lock:
        _counts.clear()
        _written_at = None

"""Whether the lists that the operator subscribed to are still those of their makers."""

from __future__ import annotations

from datetime import datetime, timedelta

from leeward.core.health import Finding
from leeward.filtering.lists.models import ListSource

NAME = "lists of names"
_ROUNDS = 3  # So often in a row a list may fail to come before somebody should look.
_LEAST = timedelta(days=2)  # A server may be away for a weekend.


def lists_are_fresh(at: datetime) -> Finding:
    """Well where every list in use came, or was said to be unchanged, within a few of its rounds.

    A list that waits for a person is named and no fault: its last good state is in force.
    """
    in_use = ListSource.objects.exclude(state=ListSource.State.OFF)
    stale = sum(_is_stale(source, at=at) for source in in_use)
    if stale:
        return Finding(NAME, False, f"{stale} did not come, or not for days; look at /lists/")
    waiting = in_use.filter(state=ListSource.State.QUARANTINED).count()
    return Finding(NAME, True, f"{waiting} changed too much and wait for you at /lists/" if waiting else "fresh")


def _is_stale(source: ListSource, *, at: datetime) -> bool:
    if source.fetched_at is None:
        return bool(source.error)  # It never came, so there is no last good state to lean on.
    return at > source.fetched_at + max(_LEAST, _ROUNDS * timedelta(hours=source.every_hours))

"""Read what was announced by position: for whoever keeps something of its own at the state of the database."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from leeward.core.models import Record

BATCH = 500


def since(position: int, *, kinds: Sequence[str], most: int = BATCH) -> list[Record]:
    """Return up to `most` stamped records of these kinds that begin after `position`, oldest first.

    A kind is `facts.kind_of(fact)`. A follower that has taken them in keeps `last_position` of the last one.
    """
    return list(Record.objects.filter(position__gt=position, kind__in=kinds).order_by("position")[:most])


def head() -> int:
    """Return the last position given so far, or 0; one cheap read, for followers that ask after every commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT position FROM core_chain WHERE id = 1")
        row = cursor.fetchone()
    return int(row[0]) if row else 0

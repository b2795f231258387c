"""The few statements that every session passes, for many rows at once; the ORM takes some times as long to write them."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any, Final, NamedTuple

from django.db import connection

from leeward.core import keys
from leeward.filtering.subscribers.identities import Identities
from leeward.filtering.subscribers.models import Held, Session, Subscriber

_PURPOSE: Final = "subscriber reference"


class SessionRow(NamedTuple):
    """What is said of one session, in the order of the columns of the statement below."""

    key: bytes
    line: int | None
    kind: str
    origin: bytes
    begun_at: datetime | None
    alive_at: datetime | None
    stopped_at: datetime | None
    moved_at: datetime


# What is refreshed has not moved: the planes need not hear of every sign of life.
_UPSERT: Final = """
INSERT INTO filtering_session AS old
    (key, subscriber_id, kind, origin, begun_at, alive_at, stopped_at, moved_at) VALUES {}
ON CONFLICT (key) DO UPDATE SET
    subscriber_id = CASE WHEN excluded.subscriber_id IS NOT NULL AND (old.subscriber_id IS NULL
        OR old.begun_at IS NULL OR excluded.begun_at > old.begun_at) THEN excluded.subscriber_id ELSE old.subscriber_id END,
    begun_at = CASE WHEN old.begun_at IS NULL OR excluded.begun_at > old.begun_at
        THEN COALESCE(excluded.begun_at, old.begun_at) ELSE old.begun_at END,
    alive_at = CASE WHEN old.alive_at IS NULL OR excluded.alive_at > old.alive_at
        THEN COALESCE(excluded.alive_at, old.alive_at) ELSE old.alive_at END,
    stopped_at = CASE WHEN old.stopped_at IS NULL OR excluded.stopped_at > old.stopped_at
        THEN COALESCE(excluded.stopped_at, old.stopped_at) ELSE old.stopped_at END,
    silent_at = CASE WHEN excluded.alive_at > old.alive_at THEN NULL ELSE old.silent_at END,
    moved_at = CASE WHEN old.begun_at IS NULL OR excluded.begun_at > old.begun_at OR old.alive_at IS NULL
        OR old.stopped_at IS NOT NULL OR excluded.stopped_at IS NOT NULL OR old.silent_at IS NOT NULL
        OR old.subscriber_id IS NULL THEN excluded.moved_at ELSE old.moved_at END
RETURNING key, id
"""
_ADD_LINE: Final = (
    "INSERT INTO filtering_subscriber (uid, digest, reference, made_at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
_ADD_HELD: Final = (
    "INSERT INTO filtering_held (session_id, place, first, span) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
)


def digests_of(references: Iterable[str]) -> dict[str, bytes]:
    """Return the keyed digest under which each line stands: those of `keys.keyed_digest`, with one derived key for all."""
    key = keys.derived(_PURPOSE)
    return {reference: hmac.digest(key, reference.encode(), sha256) for reference in references}


def lines_of(digests: Mapping[str, bytes], *, at: datetime) -> dict[str, int]:
    """Return the row of the line of each reference, and make the lines that are new."""
    known = _known(digests)
    missing = {reference: digest for reference, digest in digests.items() if reference not in known}
    if missing:
        uid, sealed = _prepared(Subscriber, "uid"), _prepared(Subscriber, "reference")
        made_at = _prepared(Subscriber, "made_at")(at)
        rows = [(uid(uuid.uuid4()), digest, sealed(reference), made_at) for reference, digest in missing.items()]
        _execute_many(_ADD_LINE, rows)
        known |= _known(missing)
    return known


def _known(digests: Mapping[str, bytes]) -> dict[str, int]:
    found = Subscriber.objects.filter(digest__in=list(digests.values())).values_list("digest", "pk")
    pks = {bytes(digest): pk for digest, pk in found}
    return {reference: pks[digest] for reference, digest in digests.items() if digest in pks}


def put_sessions(rows: Collection[SessionRow]) -> dict[bytes, int]:
    """Insert sessions or let their times grow, and return the row of each by its key. Each key may be there once."""
    moment = cache(_prepared(Session, "moved_at"))
    values: list[Any] = []
    # In one order, so that two who write at once wait for each other and not in a circle.
    for row in sorted(rows, key=lambda row: row.key):
        values += row[:4]
        values += [moment(at) if at is not None else None for at in row[4:]]
    marks = f"({', '.join(['%s'] * len(SessionRow._fields))})"
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT.format(", ".join([marks] * len(rows))), values)
        return {bytes(key): pk for key, pk in cursor.fetchall()}


def add_held(wanted: Mapping[int, Collection[Identities]]) -> set[int]:
    """Let sessions have these identities too, and return the sessions that had not all of them."""
    there = Held.objects.filter(session__in=list(wanted)).values_list("session_id", "first", "span")
    held = {(pk, bytes(first), span) for pk, first, span in there}
    new = [
        (pk, one.place, one.first, one.span)
        for pk, identities in wanted.items()
        for one in identities
        if (pk, one.first, one.span) not in held
    ]
    if new:
        _execute_many(_ADD_HELD, new)
    return {pk for pk, *_ in new}


def _prepared(model: type[Session] | type[Subscriber], name: str) -> Callable[[Any], Any]:
    """Return what makes a value of a field into what the database takes."""
    field = next(field for field in model._meta.concrete_fields if field.name == name)
    return lambda value: field.get_db_prep_save(value, connection=connection)


def _execute_many(statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)

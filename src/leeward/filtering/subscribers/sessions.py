"""Which line has which address: what RADIUS accounting, the API and imports tell, taken many events at a time.

Events come late, twice and in any order. Every time of a session only grows, so the same events lead to the same rows:
a session is over where its newest end is not before its newest sign of life, and of several sessions with the same identity
the one that began last has it. An end therefore never ends another session than its own, and no session comes back that
another one replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import blake2b
from typing import Final

from django.db import transaction

from leeward.core import wakeups
from leeward.filtering.subscribers import statements
from leeward.filtering.subscribers.identities import Identities
from leeward.filtering.subscribers.models import Held, Origin, Session
from leeward.filtering.subscribers.statements import SessionRow

BATCH: Final = (
    2000  # Sessions in one statement: eight values each, and SQLite takes 32,766 (SQLITE_MAX_VARIABLE_NUMBER).
)
# A system counts its sessions anew after a restart: two beginnings of one number that lie further apart are two sessions.
_SAME_START: Final = timedelta(minutes=1)
_KEY_OCTETS: Final = 16


class Word(Enum):
    """What an event says of its session."""

    START = "start"
    ALIVE = "alive"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Event:
    """One word about one session. `at` and `begun_at` are by the clock of who tells; `begun_at` is None where it is unknown."""

    word: Word
    key: bytes
    origin: bytes
    at: datetime
    begun_at: datetime | None = None
    reference: str = ""
    identities: tuple[Identities, ...] = ()


@dataclass(frozen=True, slots=True)
class Restart:
    """A system starts anew or goes down: all its sessions that began before are over."""

    origin: bytes
    at: datetime


@dataclass(slots=True)
class _Row:
    """All that the events of one batch say of one session."""

    origin: bytes
    reference: str
    begun_at: datetime | None
    alive_at: datetime | None
    stopped_at: datetime | None
    identities: frozenset[Identities]


def key_of(*parts: bytes) -> bytes:
    """Return the key of a session or of an origin: 16 octets that tell nothing of what they are made of."""
    digest = blake2b(digest_size=_KEY_OCTETS)
    for part in parts:
        digest.update(len(part).to_bytes(2) + part)
    return digest.digest()


@transaction.atomic
def take(events: Sequence[Event | Restart], *, kind: Session.Kind, names: Mapping[bytes, str], at: datetime) -> None:
    """Take in what was told. `names` are what the operator's page calls each origin."""
    told = [event for event in events if isinstance(event, Event)]
    restarts = [event for event in events if isinstance(event, Restart)]
    restarted = _note_origins(events, names=names, at=at)
    for start in range(0, len(told), BATCH):
        _take(told[start : start + BATCH], restarted, kind=kind, at=at)
    for restart in restarts:
        _end_all(restart, at=at)
    wakeups.ring()


def _take(events: Sequence[Event], restarted: Mapping[bytes, datetime], *, kind: Session.Kind, at: datetime) -> None:
    rows = _merged(_of_now(events))
    if not rows:
        return
    for row in rows.values():
        over = restarted.get(row.origin)
        if over is not None and row.alive_at is not None and row.alive_at < over:
            row.stopped_at = _later(row.stopped_at, over)
    digests = statements.digests_of({row.reference for row in rows.values() if row.reference})
    lines = statements.lines_of(digests, at=at)
    ids = statements.put_sessions(
        [
            SessionRow(
                key,
                lines.get(row.reference),
                kind.value,
                row.origin,
                row.begun_at,
                row.alive_at,
                row.stopped_at,
                at,
            )
            for key, row in rows.items()
        ]
    )
    grown = statements.add_held({ids[key]: row.identities for key, row in rows.items() if row.identities})
    Session.objects.filter(pk__in=grown, moved_at__lt=at).update(moved_at=at)


def _of_now(events: Sequence[Event]) -> Iterator[Event]:
    """Yield the events without beginnings of sessions whose number has been used again since."""
    starts = {event.key: event.begun_at for event in events if event.word is Word.START and event.begun_at is not None}
    known = Session.objects.filter(key__in=list(starts)).values_list("key", "pk", "begun_at")
    begun: dict[bytes, datetime] = {}
    used_again = []
    for key, pk, begun_at in known:
        if begun_at is not None:
            begun[bytes(key)] = begun_at
            if starts[bytes(key)] > begun_at + _SAME_START:
                used_again.append(pk)
    if used_again:
        Held.objects.filter(session__in=used_again).delete()
    for event in events:
        newer = begun.get(event.key) if event.word is Word.START else None
        if newer is None or event.begun_at is None or event.begun_at + _SAME_START >= newer:
            yield event


def _merged(events: Iterable[Event]) -> dict[bytes, _Row]:
    rows: dict[bytes, _Row] = {}
    for event in events:
        alive_at, stopped_at = (None, event.at) if event.word is Word.STOP else (event.at, None)
        row = rows.get(event.key)
        if row is None:
            held = frozenset(event.identities)
            rows[event.key] = _Row(event.origin, event.reference, event.begun_at, alive_at, stopped_at, held)
            continue
        if event.reference and (not row.reference or _is_later(event.begun_at, row.begun_at)):
            row.reference = event.reference
        row.begun_at = _later(row.begun_at, event.begun_at)
        row.alive_at = _later(row.alive_at, alive_at)
        row.stopped_at = _later(row.stopped_at, stopped_at)
        row.identities |= frozenset(event.identities)
    return rows


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return other if _is_later(other, one) else one


def _is_later(one: datetime | None, than: datetime | None) -> bool:
    return one is not None and (than is None or one > than)


def _note_origins(
    events: Sequence[Event | Restart], *, names: Mapping[bytes, str], at: datetime
) -> dict[bytes, datetime]:
    """Count what each origin told, and return when those that did so last started anew."""
    told: dict[bytes, int] = {}
    for event in events:
        told[event.origin] = told.get(event.origin, 0) + 1
    known = {bytes(row.key): row for row in Origin.objects.filter(key__in=list(told))}
    rows = [
        Origin(
            key=key,
            name=names[key],
            last_at=at,
            events=count + (known[key].events if key in known else 0),
        )
        for key, count in sorted(told.items())
    ]
    Origin.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["key"], update_fields=["name", "last_at", "events"]
    )
    return {key: row.restarted_at for key, row in known.items() if row.restarted_at is not None}


def _end_all(restart: Restart, *, at: datetime) -> None:
    Origin.objects.filter(key=restart.origin).exclude(restarted_at__gte=restart.at).update(restarted_at=restart.at)
    of_before = Session.objects.filter(origin=restart.origin, alive_at__lt=restart.at)
    of_before.exclude(stopped_at__gte=restart.at).update(stopped_at=restart.at, moved_at=at)

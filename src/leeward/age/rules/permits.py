"""What somebody under a pseudonym may do. A gate asks `stands`, so that a permission taken back holds at once;
one that keeps answers of its own asks `changed_since` and forgets those."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from leeward.age.rules import events
from leeward.age.rules.models import Permit
from leeward.core import facts, following


@transaction.atomic
def put(subject: UUID, scopes: Iterable[str], *, until: datetime, actor: str, at: datetime) -> None:
    """Let a subject do exactly these things until a moment; what it could do before is over. No scope takes everything.

    What follows takes back tokens that stand on it, also where something stays allowed: the next one is made by what holds then.
    """
    Permit.objects.filter(subject=subject).delete()
    Permit.objects.bulk_create(Permit(subject=subject, scope=scope, until=until) for scope in sorted(set(scopes)))
    facts.announce(events.PermitsChanged(str(subject)), actor=actor, at=at)


def holder(subject: UUID) -> str:
    """Return the `Outcome.holder` of a method that lets somebody in because of a permit."""
    return f"permit:{subject}"


def stands(subject: UUID, scope: str, *, at: datetime) -> bool:
    """True where this subject may do this now."""
    return Permit.objects.filter(subject=subject, scope=scope, until__gt=at).exists()


def scopes(subject: UUID, *, at: datetime) -> frozenset[str]:
    """Return everything that this subject may do now."""
    return frozenset(Permit.objects.filter(subject=subject, until__gt=at).values_list("scope", flat=True))


@dataclass(frozen=True)
class Changes:
    """Whose permits changed, and the position from which to ask next."""

    subjects: frozenset[UUID]
    position: int


def changed_since(position: int) -> Changes:
    """Return whose permits changed after a position of the record chain, in batches: ask again until nothing comes."""
    records = following.since(position, kinds=[facts.kind_of(events.PermitsChanged)])
    last = records[-1].last_position if records else None
    return Changes(frozenset(UUID(record.facts["subject"]) for record in records), last or position)


def forget(at: datetime) -> None:
    """Erase permits that are over."""
    Permit.objects.filter(until__lte=at).delete()

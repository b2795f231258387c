"""Who is really there: a line that is open and was heard of lately, not a plan and not a good intention."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from leeward.core.models import User
from leeward.helplines.chat.models import Presence

# The desk page says «here» every 20 s; after two that did not come, and a little, nobody is there.
HEARTBEAT_S = 20
GONE_AFTER = timedelta(seconds=45)


def here(person: User, *, line: UUID, at: datetime) -> None:
    """Note that a line is open and somebody is at it."""
    Presence.objects.update_or_create(line=line, defaults={"person": person, "seen_at": at})


def gone(*, line: UUID) -> None:
    """Forget a line that was closed; harmless where it is forgotten already."""
    Presence.objects.filter(line=line).delete()


def people(*, at: datetime) -> set[int]:
    """Return the ids of everybody who is there."""
    return set(Presence.objects.filter(seen_at__gt=at - GONE_AFTER).values_list("person_id", flat=True))


def is_there(person_pk: int | None, *, at: datetime) -> bool:
    """True where this person is there."""
    return Presence.objects.filter(person=person_pk, seen_at__gt=at - GONE_AFTER).exists()


def forget_silent(*, at: datetime) -> None:
    """Remove the lines of processes that ended without a word."""
    Presence.objects.filter(seen_at__lte=at - GONE_AFTER).delete()

"""What the door of the chat says, and that it is true: somebody is here, all are busy, nobody is here, or closed until a time."""

from __future__ import annotations

import enum
import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from leeward.helplines.chat import presence
from leeward.helplines.conversations.models import Conversation, Desk
from leeward.helplines.shifts import hours
from leeward.helplines.shifts.models import Seat

# Fewer talks say nothing about how long one lasts; then no time is promised.
_TALKS_FOR_A_GUESS = 5
_TALKS_LOOKED_AT = 50
_RECENT = timedelta(days=30)


class Kind(enum.StrEnum):
    """The four states of "alphagov/government-frontend#1630"."""

    AVAILABLE = "available"
    BUSY = "busy"
    CLOSED = "closed"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Door:
    """What a child at the door is told. `position` is the place in the line that it would get, `wait_s` an honest guess or None."""

    kind: Kind
    position: int | None = None
    wait_s: int | None = None
    opens_at: datetime | None = None
    desk: Desk | None = None

    @property
    def is_open(self) -> bool:
        """True where a child may come in."""
        return self.kind in {Kind.AVAILABLE, Kind.BUSY}


# The best door first, where several desks speak a language.
_RANK = {Kind.AVAILABLE: 0, Kind.BUSY: 1, Kind.OFFLINE: 2, Kind.CLOSED: 3}


def for_language(language: str, *, at: datetime) -> Door:
    """Return the best door behind which this language is spoken; offline, without a desk, where it is spoken nowhere."""
    desks = Desk.objects.filter(closed_at=None, keys__retired_at=None, keys__isnull=False).distinct()
    doors = [state(desk, at=at) for desk in desks if language in desk.languages]
    return min(doors, key=_merit, default=Door(Kind.OFFLINE))


def _merit(door: Door) -> tuple[int, int, float]:
    opens_s = door.opens_at.timestamp() if door.opens_at else float("inf")
    return _RANK[door.kind], door.position or 0, opens_s


def state(desk: Desk, *, at: datetime) -> Door:
    """Return what the door of a desk says now, from its shifts, from who is there and from who waits."""
    if not hours.is_open(desk, at=at):
        return Door(Kind.CLOSED, opens_at=hours.opens_at(desk, at=at), desk=desk)
    places, free = room(desk, at=at)
    if not places:
        return Door(Kind.OFFLINE, desk=desk)
    waiting = Conversation.objects.filter(
        desk=desk, kind=Conversation.Kind.CHAT, state=Conversation.State.WAITING
    ).count()
    if free > waiting:
        return Door(Kind.AVAILABLE, position=1, wait_s=0, desk=desk)
    position = waiting + 1
    return Door(Kind.BUSY, position, wait_s(desk, position=position - free, places=places, at=at), desk=desk)


def room(desk: Desk, *, at: datetime) -> tuple[int, int]:
    """Return for how many chats at once people are there, and how many of these places are free."""
    seats = Seat.objects.filter(desk=desk, here_since_at__isnull=False, person__in=presence.people(at=at))
    talking = Conversation.objects.filter(kind=Conversation.Kind.CHAT, state=Conversation.State.TALKING)
    taken = Counter(
        talking.filter(counsellor__in=[seat.person_id for seat in seats]).values_list("counsellor", flat=True)
    )
    free = sum(max(0, seat.most_chats - taken[seat.person_id]) for seat in seats)
    return sum(seat.most_chats for seat in seats), free


def wait_s(desk: Desk, *, position: int, places: int, at: datetime) -> int | None:
    """Guess how long the one at `position` waits; None where nothing honest can be said.

    `places` chats of the usual length end one after another, evenly spread: the n-th of them after n parts of that length.
    """
    if position < 1:
        return 0
    length_s = usual_length_s(desk, at=at)
    return None if length_s is None or not places else ceil(length_s / places * position)


def usual_length_s(desk: Desk, *, at: datetime) -> float | None:
    """Return the median length of the desk's last chats, or None where there were too few."""
    ended = Conversation.objects.filter(
        desk=desk, kind=Conversation.Kind.CHAT, taken_at__isnull=False, closed_at__gt=at - _RECENT
    )
    times = ended.order_by("-closed_at").values_list("taken_at", "closed_at")[:_TALKS_LOOKED_AT]
    lengths = [(closed_at - taken_at).total_seconds() for taken_at, closed_at in times if taken_at and closed_at]
    return statistics.median(lengths) if len(lengths) >= _TALKS_FOR_A_GUESS else None

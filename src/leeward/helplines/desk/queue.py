"""Who waits at a desk, the greatest danger first and then the longest wait, and who talks with whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from leeward.core.models import User
from leeward.helplines.chat import presence
from leeward.helplines.conversations.models import Conversation, Desk, Message
from leeward.helplines.desk.models import Call
from leeward.helplines.shifts.models import Seat

State, Risk = Conversation.State, Conversation.Risk
MOST_SHOWN = 50
# Nobody listens well for longer. Rest breaks of a quarter of an hour after it are usual at distress lines.
BREAK_AFTER = timedelta(minutes=90)
_RANK = {Risk.URGENT: 0, Risk.WATCH: 1, Risk.NONE: 2}


@dataclass(frozen=True)
class Waiting:
    """One talk of the queue and for how many whole minutes it waits."""

    talk: Conversation
    minutes: int


@dataclass(frozen=True)
class Colleague:
    """One seat of a desk, whether its person is really there, and with how many children they talk."""

    seat: Seat
    is_here: bool
    chats: int

    @property
    def is_free(self) -> bool:
        """True where the person is there and could take one more chat."""
        return self.is_here and self.chats < self.seat.most_chats


def waiting(desk: Desk, *, at: datetime) -> list[Waiting]:
    """Return who waits, at most `MOST_SHOWN`: by risk, then by wait. A mailbox waits since the child's last words."""
    talks = _since(Conversation.objects.filter(desk=desk, state=State.WAITING))
    ranks = [When(risk=risk, then=Value(rank)) for risk, rank in _RANK.items()]
    ordered = talks.annotate(rank=Case(*ranks, default=Value(2), output_field=IntegerField()))
    found = ordered.order_by("rank", "since_at", "pk")[:MOST_SHOWN]
    return [Waiting(talk, _minutes(at - talk.since_at)) for talk in found]


def _since(talks: QuerySet[Conversation]) -> QuerySet[Any]:
    last = Message.objects.filter(conversation=OuterRef("pk"), sender=Message.Sender.CHILD).order_by("-place")
    mailbox = Coalesce(Subquery(last.values("at")[:1]), "opened_at")
    return talks.annotate(since_at=Case(When(kind=Conversation.Kind.MAILBOX, then=mailbox), default="opened_at"))


def _minutes(wait: timedelta) -> int:
    return max(0, int(wait.total_seconds() // 60))


def talks_of(person: User, *, desks: QuerySet[Desk]) -> list[Conversation]:
    """Return the talks that a person has now, the oldest first."""
    mine = Conversation.objects.filter(counsellor=person, desk__in=desks, state=State.TALKING)
    return list(mine.select_related("desk").order_by("taken_at", "pk"))


def talks_at(desk: Desk) -> list[Conversation]:
    """Return every talk that somebody of the desk has now, for its supervisors."""
    talks = Conversation.objects.filter(desk=desk, state=State.TALKING).select_related("counsellor", "call")
    return list(talks.order_by("taken_at", "pk")[:MOST_SHOWN])


def calls(desk: Desk) -> list[Call]:
    """Return the calls that no supervisor has answered, the oldest first."""
    open_calls = Call.objects.filter(conversation__desk=desk, joined_at=None).exclude(conversation__state=State.ERASED)
    return list(open_calls.select_related("conversation__counsellor").order_by("called_at"))


def colleagues(desk: Desk, *, at: datetime) -> list[Colleague]:
    """Return the seats of a desk by name."""
    there = presence.people(at=at)
    talking = Conversation.objects.filter(desk__closed_at=None, kind=Conversation.Kind.CHAT, state=State.TALKING)
    busy = list(talking.values_list("counsellor", flat=True))
    seats = Seat.objects.filter(desk=desk).select_related("person").order_by("alias")
    return [
        Colleague(seat, seat.here_since_at is not None and seat.person_id in there, busy.count(seat.person_id))
        for seat in seats
    ]


def needs_break(seat: Seat, *, at: datetime) -> int | None:
    """Return for how many minutes somebody has been here without a break, or None where it is not yet too long."""
    if seat.here_since_at is None or at - seat.here_since_at < BREAK_AFTER:
        return None
    return _minutes(at - seat.here_since_at)

"""Count what happened at each desk, day by day in its own time, without a word and without a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from leeward.helplines.chat import door, presence
from leeward.helplines.conversations.models import Conversation, Desk
from leeward.helplines.figures import spans
from leeward.helplines.figures.models import DoorDay, TalkDay
from leeward.helplines.shifts import hours
from leeward.helplines.shifts.models import Seat

# So long a day is counted anew; later answers to a mailbox count as not answered in time, and the day stays as it is.
RECOUNTED_DAYS = 9
_DAY = timedelta(days=1)


@transaction.atomic
def look_at_doors(at: datetime) -> None:
    """Note for the minute that begins now how each door stands and how many counsellors are there. Called once a minute."""
    there = presence.people(at=at)
    for desk in Desk.objects.filter(closed_at=None):
        if not hours.is_open(desk, at=at):
            continue
        kind = door.state(desk, at=at).kind
        here = Seat.objects.filter(desk=desk, here_since_at__isnull=False, person__in=there).count()
        day = DoorDay.objects.get_or_create(desk=desk, date=_local(desk, at))[0]
        DoorDay.objects.filter(pk=day.pk).update(
            planned_minutes=F("planned_minutes") + 1,
            available_minutes=F("available_minutes") + (kind == door.Kind.AVAILABLE),
            busy_minutes=F("busy_minutes") + (kind == door.Kind.BUSY),
            counsellor_minutes=F("counsellor_minutes") + here,
        )


def count_days(at: datetime) -> None:
    """Count the talks of the last `RECOUNTED_DAYS` days of each desk. Running it twice counts nothing twice."""
    for desk in Desk.objects.all():
        today = _local(desk, at)
        for back in range(RECOUNTED_DAYS):
            count_day(desk, today - back * _DAY)


@transaction.atomic
def count_day(desk: Desk, day: date) -> None:
    """Count the talks that began at a desk on one of its days, in place of what was counted before."""
    begin, end = (_midnight(desk, one) for one in (day, day + _DAY))
    talks = Conversation.objects.filter(desk=desk, opened_at__gte=begin, opened_at__lt=end)
    groups: dict[tuple[str, str], list[Conversation]] = defaultdict(list)
    for talk in talks.only("kind", "language", "opened_at", "taken_at", "first_answer_at", "closed_at"):
        groups[talk.kind, talk.language].append(talk)
    for (kind, language), found in groups.items():
        TalkDay.objects.update_or_create(desk=desk, date=day, kind=kind, language=language, defaults=_numbers(found))


def _numbers(talks: Iterable[Conversation]) -> dict[str, object]:
    talks = list(talks)
    taken = [talk for talk in talks if talk.taken_at]
    # A chat that closed before anybody took it: so it stays known after its words, and how it ended, were erased.
    gone = [talk for talk in talks if talk.kind == Conversation.Kind.CHAT and not talk.taken_at and talk.closed_at]
    return {
        "begun": len(talks),
        "taken": len(taken),
        "abandoned": len(gone),
        "waits": spans.counts_of(_seconds(talk.opened_at, talk.taken_at) for talk in taken),
        "abandoned_after": spans.counts_of(_seconds(talk.opened_at, talk.closed_at) for talk in gone),
        "first_answers": spans.counts_of(
            _seconds(_answered_from(talk), talk.first_answer_at) for talk in talks if talk.first_answer_at
        ),
    }


def _answered_from(talk: Conversation) -> datetime:
    """Return from when a first answer counts: in a chat from when somebody took it, in a mailbox from when it was written."""
    return talk.taken_at or talk.opened_at if talk.kind == Conversation.Kind.CHAT else talk.opened_at


def _seconds(since: datetime, until: datetime | None) -> float:
    return (until - since).total_seconds() if until else 0.0


def _local(desk: Desk, at: datetime) -> date:
    return at.astimezone(ZoneInfo(desk.time_zone)).date()


def _midnight(desk: Desk, day: date) -> datetime:
    return datetime.combine(day, time(0), ZoneInfo(desk.time_zone)).astimezone(UTC)

"""How fast each queue of this desk wants to be, and when it works. Other targets count for what comes from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from leeward.cases import deadlines, events, services
from leeward.cases.models import Calendar, Queue
from leeward.core import facts
from leeward.core.models import User


class NoSuchCalendar(Exception):
    """There is no calendar under this name; write the calendar first."""


@transaction.atomic
def set_targets(queue: Queue, *, targets: Mapping[int, int], calendar: str, by: User, at: datetime) -> None:
    """Give a queue minutes until human eyes by severity, and a calendar; what is left out is as the table of clocks has it.

    Raises `services.NotForThisPerson` for everybody but a senior reviewer, or `NoSuchCalendar`.
    """
    services.require(by, services.REVERSERS)
    if calendar and not Calendar.objects.filter(slug=calendar).exists():
        raise NoSuchCalendar
    given = {str(severity): minutes for severity, minutes in sorted(targets.items())}
    Queue.objects.filter(pk=queue.pk).update(targets=given, calendar=calendar)
    facts.announce(events.TargetsChanged(queue.slug, calendar), actor=services.actor(by), at=at)


@transaction.atomic
def keep_calendar(
    slug: str,
    *,
    zone: str,
    hours: Sequence[Sequence[str]],
    holidays: Sequence[str],
    source: str,
    by: User,
    at: datetime,
) -> Calendar:
    """Keep a calendar under its name; raises `services.NotForThisPerson` or `engines.clocks.CalendarRefused`."""
    services.require(by, services.REVERSERS)
    row = Calendar(slug=slug, zone=zone, hours=hours, holidays=holidays, source=source)
    deadlines.calendar_of(row)
    given = {"zone": zone, "hours": hours, "holidays": holidays, "source": source}
    row, _is_new = Calendar.objects.update_or_create(slug=slug, defaults=given)
    facts.announce(events.CalendarChanged(slug), actor=services.actor(by), at=at)
    return row

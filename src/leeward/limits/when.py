"""Moments, hours and days of the week as a page says them, in the language of the page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

_HOUR_MINUTES = 60
_WEEK_DAYS = 7
_WHOLE_WEEK = frozenset(range(_WEEK_DAYS))
_A_ROW = 3


def clock(minutes: int) -> str:
    """Return minutes of the day as people read them off a clock: 1440 is 24:00."""
    return f"{minutes // _HOUR_MINUTES}:{minutes % _HOUR_MINUTES:02}"


def until(moment: datetime, *, at: datetime, zone: str) -> str:
    """Return a moment to put behind «until»: the hour alone today, otherwise with its day. In the family's time `zone`."""
    local, now = moment.astimezone(ZoneInfo(zone)), at.astimezone(ZoneInfo(zone))
    hour, days = clock(local.hour * _HOUR_MINUTES + local.minute), (local.date() - now.date()).days
    if days == 0:
        return hour
    if days == 1:
        return _("tomorrow, %(hour)s") % {"hour": hour}
    if 1 < days < _WEEK_DAYS:
        return f"{WEEKDAYS[local.weekday()]}, {hour}"
    return f"{formats.date_format(local.date(), 'DATE_FORMAT')}, {hour}"


def days(which: Iterable[int]) -> str:
    """Return days of the week as people say them: three or more in a row by the first and the last; 0 = Monday."""
    chosen = frozenset(which)
    if chosen == _WHOLE_WEEK:
        return _("Every day")
    firsts = [day for day in chosen if (day - 1) % _WEEK_DAYS not in chosen]
    if len(firsts) == 1 and len(chosen) >= _A_ROW:
        last = (firsts[0] + len(chosen) - 1) % _WEEK_DAYS
        return _("%(first)s to %(last)s") % {"first": WEEKDAYS[firsts[0]], "last": WEEKDAYS[last]}
    return ", ".join(str(WEEKDAYS[day]) for day in week_days() if day in chosen)


def week_days() -> list[int]:
    """Return the days of the week in the order of the language: some weeks begin on Sunday, some on Saturday."""
    # Django counts from Sunday, 0; the rows count from Monday, 0.
    first = (int(formats.get_format("FIRST_DAY_OF_WEEK")) - 1) % _WEEK_DAYS
    return [(first + day) % _WEEK_DAYS for day in range(_WEEK_DAYS)]


def hours(start: int, end: int) -> str:
    """Return a window in words; one whose end is not later than its start ends on the next day."""
    words = _("%(start)s until %(end)s the next day") if end <= start else _("%(start)s until %(end)s")
    return words % {"start": clock(start), "end": clock(end)}

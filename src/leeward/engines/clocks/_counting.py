"""Count minutes, of working time or of all time, and months."""

from __future__ import annotations

import calendar as months
from datetime import UTC, datetime, timedelta

from leeward.engines.clocks._calendar import Calendar

_DAY = timedelta(days=1)
_MONTHS = 12
# A clock that has not ended after ten years of a calendar never will.
MOST_DAYS = 3660


class ClockRefused(Exception):
    """A clock cannot be counted. The message says why: a time without a zone, a negative length, or a desk that never opens."""


def due(start: datetime, minutes: float, calendar: Calendar | None = None) -> datetime:
    """Return when `minutes` after `start` are over, in UTC; with a calendar, minutes in which the desk is open.

    A clock that ends with the working time ends at the moment of closing, and one of no minutes at the next moment at
    which the desk is open. Raises `ClockRefused`.
    """
    begin = _in_utc(start)
    if minutes < 0:
        raise ClockRefused("the length is negative; write the minutes as 0 or more")
    left = timedelta(minutes=minutes)
    if calendar is None:
        return begin + left
    # The day before as well: where a date comes twice, its window may reach into the next one.
    day = begin.astimezone(calendar.zone).date() - _DAY
    for _number in range(MOST_DAYS):
        window, day = calendar.window(day), day + _DAY
        if window is None or window[1] <= begin:
            continue
        begin = max(begin, window[0])
        if left <= window[1] - begin:
            return begin + left
        left -= window[1] - begin
        begin = window[1]
    raise ClockRefused(f"the desk is not open long enough within {MOST_DAYS} days; look at its hours and holidays")


def months_later(start: datetime, number: int) -> datetime:
    """Return the same time of day `number` months later, in UTC: of a shorter month its last day, never a day of the next."""
    begin = _in_utc(start)
    years, place = divmod(begin.month - 1 + number, _MONTHS)
    year, month = begin.year + years, place + 1
    return begin.replace(year=year, month=month, day=min(begin.day, months.monthrange(year, month)[1]))


def _in_utc(start: datetime) -> datetime:
    if start.tzinfo is None:
        raise ClockRefused("the begin has no time zone; give a time with one, such as UTC")
    return start.astimezone(UTC)

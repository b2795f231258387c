"""When a desk is open: hours for each day of the week in one time zone, and days off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MIDNIGHT = "24:00"
_DAY = timedelta(days=1)


class CalendarRefused(Exception):
    """A calendar cannot be used. The message names the day or the field and what to write there."""


@dataclass(frozen=True)
class Hours:
    """From when until when a desk is open on one day; `end` None is midnight, the end of the day."""

    begin: time
    end: time | None


@dataclass(frozen=True)
class Calendar:
    """A time zone, the hours of the seven days of a week, Monday first (None: a day off), and holidays."""

    zone: ZoneInfo
    hours: tuple[Hours | None, ...]
    holidays: frozenset[date] = frozenset()

    @classmethod
    def of(cls, *, zone: str, hours: Sequence[Sequence[str]], holidays: Sequence[str] = ()) -> Calendar:
        """Read a calendar from texts: `hours` is seven pairs such as `["09:00", "17:00"]`, Monday first, `[]` for a day off.

        `24:00` is the end of a day; a shift over midnight is written as two days. Raises `CalendarRefused`.
        """
        if len(hours) != len(DAYS):
            raise CalendarRefused(
                f"hours: {len(hours)} days are given; write seven, Monday first, with [] for a day off"
            )
        read = tuple(_hours(day, pair) for day, pair in zip(DAYS, hours, strict=True))
        if not any(read):
            raise CalendarRefused(
                "hours: no day has any, so no clock would ever end; write the hours of one day at least"
            )
        return cls(_zone(zone), read, frozenset(_date(text) for text in holidays))

    def window(self, day: date) -> tuple[datetime, datetime] | None:
        """Return when the desk opens and closes on a day of its own zone, in UTC; None where it stays closed.

        It opens at the first moment of that day whose wall clock shows `begin` or later, and closes after the last one
        whose wall clock shows less than `end`: also on the days on which the clocks are changed.
        """
        hours = self.hours[day.weekday()]
        if hours is None or day in self.holidays:
            return None
        begins = self._moment(datetime.combine(day, hours.begin), fold=0)
        last = datetime.combine(day + _DAY, time.min) if hours.end is None else datetime.combine(day, hours.end)
        ends = self._moment(last, fold=1)
        return (begins, ends) if begins < ends else None

    def _moment(self, wall: datetime, *, fold: int) -> datetime:
        """Return the moment of a wall clock's time; of one that the clocks jump over, the moment of the jump."""
        early, late = (wall.replace(tzinfo=self.zone, fold=one).astimezone(UTC) for one in (0, 1))
        # In a gap, the offset after the jump (fold 1) gives the earlier moment of the two.
        return _jump(self.zone, late, early) if late < early else (early, late)[fold]


def _jump(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the first moment after `before` at which the zone has the offset that it has at `after`; to the second."""
    offset = after.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while low < high:
        middle = (low + high) // 2
        is_after = (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset
        low, high = (low, middle) if is_after else (middle + 1, high)
    return before + timedelta(seconds=low)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CalendarRefused("zone: no such time zone; write one of the IANA list, such as Asia/Ulaanbaatar") from None


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise CalendarRefused("holidays: one is no date; write each as 2026-12-25") from None


def _hours(day: str, pair: Sequence[str]) -> Hours | None:
    if not pair:
        return None
    try:
        first, last = pair
        begin, end = time.fromisoformat(first), None if last == _MIDNIGHT else time.fromisoformat(last)
    except (TypeError, ValueError):
        raise CalendarRefused(f'hours of {day}: not two times of day; write them as ["09:00", "17:00"]') from None
    if begin.tzinfo or (end and end.tzinfo):
        raise CalendarRefused(f"hours of {day}: a time has an offset; write the time of the calendar's own zone")
    if end is not None and end <= begin:
        raise CalendarRefused(f"hours of {day}: it closes before it opens; write a shift over midnight as two days")
    return Hours(begin, end)

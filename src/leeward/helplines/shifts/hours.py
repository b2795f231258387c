"""When a desk is open: its weekly hours in its own time zone, with the days that are different, through summer and winter time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from leeward.helplines.conversations.models import Desk
from leeward.helplines.shifts.models import DAY_MINUTES, Shift, SpecialDay

AHEAD_DAYS = 28  # A desk that is closed for longer says no day at all.
_DAY = timedelta(days=1)

type Stretch = tuple[datetime, datetime]


@dataclass(frozen=True)
class _Plan:
    """The hours of one desk, read once."""

    zone: ZoneInfo
    weekly: tuple[tuple[int, int, int], ...]
    special: dict[date, tuple[int, int] | None]

    def stretches(self, *, since: datetime, until: datetime) -> list[Stretch]:
        """Return the stretches in UTC that begin or end between the two times, joined where they touch, oldest first."""
        day, last = since.astimezone(self.zone).date() - _DAY, until.astimezone(self.zone).date()
        found: list[Stretch] = []
        while day <= last:
            found += [self._stretch(day, start, end) for start, end in self._of(day)]
            day += _DAY
        return [(start, end) for start, end in _joined(found) if end > since and start < until]

    def _of(self, day: date) -> Iterator[tuple[int, int]]:
        if day in self.special:
            hours = self.special[day]
            if hours is not None:
                yield hours
            return
        yield from ((start, end) for weekday, start, end in self.weekly if weekday == day.weekday())

    def _stretch(self, day: date, start: int, end: int) -> Stretch:
        ends_on = day if end > start else day + _DAY
        # Where the clock shows an hour twice, the desk opens at the first and closes at the second.
        return self._moment(day, start, fold=0), self._moment(ends_on, end, fold=1)

    def _moment(self, day: date, minute: int, *, fold: int) -> datetime:
        if minute == DAY_MINUTES:
            day, minute = day + _DAY, 0
        return datetime.combine(day, time(minute // 60, minute % 60, fold=fold), self.zone).astimezone(UTC)


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif start < end:
            joined.append((start, end))
    return joined


def _plan(desk: Desk) -> _Plan:
    weekly = Shift.objects.filter(desk=desk).values_list("weekday", "start", "end").order_by().distinct()
    days = SpecialDay.objects.filter(desk=desk)
    special = {day.date: None if day.start is None or day.end is None else (day.start, day.end) for day in days}
    return _Plan(ZoneInfo(desk.time_zone), tuple(weekly), special)


def stretches(desk: Desk, *, since: datetime, until: datetime) -> list[Stretch]:
    """Return when the desk is open between two times, in UTC, cut to them, oldest first, joined where shifts touch."""
    whole = _plan(desk).stretches(since=since, until=until)
    return [(max(start, since), min(end, until)) for start, end in whole]


def is_open(desk: Desk, *, at: datetime) -> bool:
    """True where `at` lies in a shift of the desk. A closed desk and one without shifts are never open."""
    return desk.closed_at is None and bool(_plan(desk).stretches(since=at, until=at + timedelta(microseconds=1)))


def opens_at(desk: Desk, *, at: datetime) -> datetime | None:
    """Return when the desk opens next after `at`, in UTC.

    None where it is open already, is closed for good, or has nothing planned within `AHEAD_DAYS`.
    """
    if desk.closed_at is not None:
        return None
    ahead = _plan(desk).stretches(since=at, until=at + AHEAD_DAYS * _DAY)
    return ahead[0][0] if ahead and ahead[0][0] > at else None

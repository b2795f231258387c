"""When a window of the week is in force: time zones, clock changes, nights past midnight, and free days.

A window is one stretch of real time: it begins at the first moment at which the wall clock shows its day and `start` or
later, and ends at the first at which it shows `end` or later. So a night on which the clocks change is an hour longer or
shorter by real time, no window is in force twice in one night, and two that touch by the clock touch by real time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from .values import Window

_DAY: Final = timedelta(days=1)
# A window ends on the day after its own at the latest, and a clock change may make that a day more.
_DAYS_BACK: Final = 2 * _DAY
# Two whole weeks: where one of two weekly windows falls into a clock change, the other one is still seen.
_DAYS_AHEAD: Final = 15 * _DAY


class MomentRefused(ValueError):
    """A moment has no time zone, so nobody knows when it is. Give one with a zone, such as UTC."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of real time in UTC, from `begins_at` until before `ends_at`."""

    begins_at: datetime
    ends_at: datetime


def spans(
    windows: Iterable[Window], *, zone: str, free_days: frozenset[date], since: datetime, until: datetime
) -> list[Span]:
    """Return when any of `windows` is in force between two moments: in order, cut at both, joined where they touch.

    Raises `MomentRefused`.
    """
    begin, end = in_utc(since), in_utc(until)
    joined: list[Span] = []
    for one in sorted(_whole(tuple(windows), zone=zone, free_days=free_days, since=begin, until=end)):
        cut = Span(max(one.begins_at, begin), min(one.ends_at, end))
        if cut.begins_at >= cut.ends_at:
            continue
        if joined and cut.begins_at <= joined[-1].ends_at:
            joined[-1] = Span(joined[-1].begins_at, max(joined[-1].ends_at, cut.ends_at))
        else:
            joined.append(cut)
    return joined


def is_within(windows: Iterable[Window], *, zone: str, free_days: frozenset[date], at: datetime) -> bool:
    """Tell whether any of `windows` is in force at a moment. Raises `MomentRefused`."""
    now = in_utc(at)
    found = _whole(tuple(windows), zone=zone, free_days=free_days, since=now, until=now)
    return any(one.begins_at <= now < one.ends_at for one in found)


def turns(
    windows: Iterable[Window], *, zone: str, free_days: frozenset[date], after: datetime, beyond: datetime
) -> Iterator[datetime]:
    """Yield in order the moments after `after` at which one of `windows` begins or ends.

    It goes on for two weeks after `beyond` and the last free day, so a window that will ever be in force is seen.
    Raises `MomentRefused`.
    """
    weekly, now = tuple(windows), in_utc(after)
    last = max([in_utc(beyond).date(), now.date(), *free_days]) + _DAYS_AHEAD
    day = now.date() - _DAYS_BACK
    waiting: set[datetime] = set()
    while weekly and day <= last:
        waiting.update(moment for one in _of_day(weekly, day, ZoneInfo(zone), free_days) for moment in _ends(one))
        # What begins on a later local day begins after the UTC day before that one is over.
        ready = sorted(moment for moment in waiting if moment.date() < day)
        waiting.difference_update(ready)
        yield from (moment for moment in ready if moment > now)
        day += _DAY
    yield from (moment for moment in sorted(waiting) if moment > now)


def in_utc(moment: datetime) -> datetime:
    """Return a moment in UTC. Raises `MomentRefused`."""
    if moment.utcoffset() is None:
        raise MomentRefused("the moment has no time zone; give one with a zone, such as UTC")
    return moment.astimezone(UTC)


def _ends(span: Span) -> tuple[datetime, datetime]:
    return span.begins_at, span.ends_at


def _whole(
    windows: tuple[Window, ...], *, zone: str, free_days: frozenset[date], since: datetime, until: datetime
) -> Iterator[Span]:
    """Yield every span, uncut, that may touch the time between two moments."""
    if not windows:
        return
    place = ZoneInfo(zone)
    day, last = since.astimezone(place).date() - _DAYS_BACK, until.astimezone(place).date() + _DAY
    while day <= last:
        yield from _of_day(windows, day, place, free_days)
        day += _DAY


def _of_day(windows: tuple[Window, ...], day: date, zone: ZoneInfo, free_days: frozenset[date]) -> Iterator[Span]:
    """Yield the spans of the windows that begin on a local day. A free day stops only these."""
    if day in free_days:
        return
    for window in windows:
        if day.weekday() in window.days:
            last_day = day + _DAY if window.runs_past_midnight else day
            span = Span(_first(_wall(day, window.start), zone), _first(_wall(last_day, window.end), zone))
            # A window that lies wholly in the hour that the clocks jump over does not exist on that night.
            if span.begins_at < span.ends_at:
                yield span


def _wall(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time.min) + timedelta(minutes=minutes)


def _first(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment, in UTC, at which the wall clock shows `wall` or later."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    # Where the clocks jump over `wall`, the offset after the jump, of fold 1, gives a moment before the jump.
    return _jump(zone, second, first) if second < first else first


def _jump(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the first moment after `before` at which the zone has the offset that it has at `after`; to the second."""
    offset = after.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while low < high:
        middle = (low + high) // 2
        is_after = (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset
        low, high = (low, middle) if is_after else (middle + 1, high)
    return before + timedelta(seconds=low)

"""The picture of a week: on each day the bars of bedtime and homework, so that people look instead of reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR

from leeward.engines.policy import family
from leeward.limits import when
from leeward.limits.choices import Purpose
from leeward.limits.models import Window

QUARTERS = family.DAY_MINUTES // family.SLOT_MINUTES
_WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of one day, in quarters of an hour: where it begins, and how long it is."""

    purpose: Purpose
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the week and its bars."""

    name: str
    short: str
    bars: tuple[Bar, ...]


def picture(windows: Iterable[Window]) -> list[Day]:
    """Return the seven days in the order of the language. A night past midnight is drawn on both of its days."""
    drawn = [piece for window in windows for piece in _pieces(window)]
    return [
        Day(str(WEEKDAYS[day]), str(WEEKDAYS_ABBR[day]), tuple(bar for of_day, bar in drawn if of_day == day))
        for day in when.week_days()
    ]


def _pieces(window: Window) -> Iterator[tuple[int, Bar]]:
    purpose = Purpose(window.purpose)
    start, end = window.start // family.SLOT_MINUTES, window.end // family.SLOT_MINUTES
    for day in window.days:
        if end > start:
            yield day, Bar(purpose, start, end - start)
            continue
        yield day, Bar(purpose, start, QUARTERS - start)
        if end:
            yield (day + 1) % _WEEK_DAYS, Bar(purpose, 0, end)


@dataclass(frozen=True, slots=True)
class Line:
    """One window in words, and the key by which a button names it."""

    key: str
    days: str
    hours: str


def listed(windows: Iterable[Window], purpose: Purpose) -> list[Line]:
    """Return the windows of one purpose in words."""
    return [
        Line(key(window), when.days(window.days), when.hours(window.start, window.end))
        for window in windows
        if window.purpose == purpose
    ]


def key(window: Window) -> str:
    """Return what names a window by what it is: its days, start and end."""
    return f"{''.join(str(day) for day in sorted(window.days))}-{window.start}-{window.end}"

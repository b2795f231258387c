"""The picture of a desk's week: on each day the hours in which it is open, and who works then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import time

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import get_format, time_format

from leeward.helplines.shifts.models import DAY_MINUTES, Shift

_WEEK_DAYS = 7
# `FIRST_DAY_OF_WEEK` counts from Sunday, Python from Monday.
_SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of one day in minutes, and in which row it is drawn; shifts at the same time stand in rows."""

    start: int
    length: int
    row: int


@dataclass(frozen=True, slots=True)
class Line:
    """One shift in words."""

    shift: Shift
    hours: str
    who: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the week, its bars, in how many rows they stand, and its shifts in words."""

    name: str
    short: str
    bars: tuple[Bar, ...]
    rows: int
    lines: tuple[Line, ...]


def picture(shifts: Iterable[Shift]) -> list[Day]:
    """Return the seven days in the order of the language. A shift past midnight is drawn on both of its days."""
    known = list(shifts)
    pieces = [piece for shift in known for piece in _pieces(shift)]
    first = (int(get_format("FIRST_DAY_OF_WEEK")) + _SUNDAY) % _WEEK_DAYS
    return [_day((first + step) % _WEEK_DAYS, known, pieces) for step in range(_WEEK_DAYS)]


def _day(day: int, shifts: list[Shift], pieces: list[tuple[int, int, int]]) -> Day:
    bars = _in_rows(sorted((start, end) for of_day, start, end in pieces if of_day == day))
    lines = tuple(
        Line(shift, hours_of(shift.start, shift.end), shift.seat.alias if shift.seat else "")
        for shift in shifts
        if shift.weekday == day
    )
    rows = max((bar.row for bar in bars), default=0) + 1
    return Day(str(WEEKDAYS[day]), str(WEEKDAYS_ABBR[day]), bars, rows, lines)


def _pieces(shift: Shift) -> Iterator[tuple[int, int, int]]:
    if shift.end > shift.start:
        yield shift.weekday, shift.start, shift.end
        return
    yield shift.weekday, shift.start, DAY_MINUTES
    yield (shift.weekday + 1) % _WEEK_DAYS, 0, shift.end


def _in_rows(stretches: list[tuple[int, int]]) -> tuple[Bar, ...]:
    ends: list[int] = []
    bars = []
    for start, end in stretches:
        row = next((number for number, busy_until in enumerate(ends) if busy_until <= start), len(ends))
        ends[row : row + 1] = [end]
        bars.append(Bar(start, end - start, row))
    return tuple(bars)


def hours_of(start: int, end: int) -> str:
    """Return two times of the day as people of this language write them."""
    return f"{_clock(start)}–{_clock(end)}"


def _clock(minute: int) -> str:
    return str(time_format(time(minute % DAY_MINUTES // 60, minute % 60), "TIME_FORMAT"))

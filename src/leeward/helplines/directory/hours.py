"""Opening hours in one line that people can type: "24/7", or "mon-fri 08:00-20:00; sat,sun 10:00-14:00". Values in and out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

ALWAYS: Final = "24/7"
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MIDNIGHT_MIN: Final = 24 * 60
_TIMES = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


class BadHours(ValueError):
    """The line says no hours; the message names the piece and shows a line that can be read."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `start_min` to `end_min` after midnight, on a day counted from Monday as 0; an end before the start is next day's."""

    day: int
    start_min: int
    end_min: int


def read(line: str) -> tuple[Span, ...]:
    """Return the spans of a line, by day. An empty line gives none: nothing is known. Raises `BadHours`."""
    line = line.strip().lower()
    if line == ALWAYS:
        return tuple(Span(day, 0, _MIDNIGHT_MIN) for day in range(len(DAYS)))
    pieces = [piece.strip() for piece in line.split(";") if piece.strip()]
    return tuple(
        sorted((span for piece in pieces for span in _spans(piece)), key=lambda span: (span.day, span.start_min))
    )


def is_open(line: str, *, here: datetime) -> bool | None:
    """Tell whether it is open at `here`, a moment in the zone of the service; None where nothing is known."""
    spans = read(line)
    if not spans:
        return None
    now_min, today = here.hour * 60 + here.minute, here.weekday()
    return any(_covers(span, today, now_min) for span in spans)


def _covers(span: Span, today: int, now_min: int) -> bool:
    if span.start_min < span.end_min:
        return span.day == today and span.start_min <= now_min < span.end_min
    if span.day == today:
        return now_min >= span.start_min
    return (span.day + 1) % len(DAYS) == today and now_min < span.end_min


def _spans(piece: str) -> list[Span]:
    days, _space, times = piece.partition(" ")
    if not times:
        days, times = "mon-sun", days
    found = _TIMES.fullmatch(times.replace(" ", ""))
    if found is None:
        raise _wrong(piece)
    start, end = (int(found[hour]) * 60 + int(found[minute]) for hour, minute in ((1, 2), (3, 4)))
    if start >= _MIDNIGHT_MIN or end > _MIDNIGHT_MIN or start == end:
        raise _wrong(piece)
    return [Span(day, start, end) for day in _days(days, piece)]


def _days(words: str, piece: str) -> list[int]:
    found: list[int] = []
    for word in words.split(","):
        first, _dash, last = word.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise _wrong(piece)
        start, end = DAYS.index(first), DAYS.index(last or first)
        found += [day % len(DAYS) for day in range(start, end + 1 if end >= start else end + len(DAYS) + 1)]
    return found


def _wrong(piece: str) -> BadHours:
    return BadHours(f'"{piece}" says no hours; write for example: mon-fri 08:00-20:00; sat 10:00-14:00')


def clock(minutes: int) -> time:
    """Return minutes after midnight as a time of day."""
    return time(minutes // 60 % 24, minutes % 60)

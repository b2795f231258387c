"""Seven bars as shapes for an SVG: numbers only, so that the template holds the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from leeward.filtering.counts.words import Day

WIDTH: Final = 336
HEIGHT: Final = 190
_COLUMN: Final = 48
_BAR: Final = 30
_FLOOR: Final = 160  # Where the bars stand; the names of the days are below.
_ROOM: Final = 130  # Height of the longest bar; its number is above.
_LEAST: Final = 3  # A day on which anything was counted can be seen.


@dataclass(frozen=True)
class Bar:
    """One day's bar; `middle` is where its words stand."""

    day: Day
    x: int
    y: int
    height: int

    @property
    def middle(self) -> int:
        """The middle of the bar and of its words."""
        return self.x + _BAR // 2

    @property
    def number_y(self) -> int:
        """Where the number stands."""
        return self.y - 7


def bars(days: Sequence[Day], *, is_rtl: bool) -> list[Bar]:
    """Return one bar for each day in the order of reading; the most is as high as there is room."""
    most = max((day.closed for day in days), default=0)
    found = []
    for number, day in enumerate(days):
        place = len(days) - 1 - number if is_rtl else number
        height = max(_LEAST, round(day.closed / most * _ROOM)) if day.closed else 0
        found.append(Bar(day, place * _COLUMN + (_COLUMN - _BAR) // 2, _FLOOR - height, height))
    return found

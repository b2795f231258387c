"""Columns as a plain drawing: numbers become whole units of a fixed canvas, so that no script and no style is needed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.formats import number_format

# The canvas, and the room in it around the bars: for numbers before them and for times below. In units of the drawing.
WIDTH, HEIGHT = 720, 260
LEFT, TOP, RIGHT, BOTTOM = 56, 12, 12, 34
_INNER_WIDTH, _INNER_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
_STEPS = 4
# What is there is seen, however little it is.
_LEAST = 2


@dataclass(frozen=True)
class Bar:
    """One piece of a column; `css` names its colour."""

    x: int
    y: int
    width: int
    height: int
    css: str


@dataclass(frozen=True)
class Mark:
    """A number or a time beside an axis."""

    x: int
    y: int
    text: str


@dataclass(frozen=True)
class Column:
    """What stands over one place of the axis: its name, a number for each series, and the short name below it, or none."""

    name: str
    numbers: tuple[float, ...]
    mark: str = ""


@dataclass(frozen=True)
class Series:
    """One of the numbers of each column: its words and its colour."""

    label: str
    css: str


@dataclass(frozen=True)
class Plot:
    """A drawing of columns, and the table of the same numbers."""

    uid: str
    title: str
    words: str
    axis: str
    series: tuple[Series, ...]
    columns: tuple[Column, ...]
    bars: tuple[Bar, ...]
    across: tuple[Mark, ...]
    up: tuple[Mark, ...]
    decimals: int = 0
    is_of_time: bool = False

    width, height, floor = WIDTH, HEIGHT, HEIGHT - BOTTOM

    @property
    def left(self) -> int:
        """Where the lines begin."""
        return _left(is_of_time=self.is_of_time)

    @property
    def right(self) -> int:
        """Where the lines end."""
        return self.left + _INNER_WIDTH

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The table: the name of each column and its numbers as people write them."""
        return [(column.name, [_number(one, self.decimals) for one in column.numbers]) for column in self.columns]

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to draw."""
        return not any(any(column.numbers) for column in self.columns)


def stacked(
    uid: str,
    *,
    title: str,
    words: str,
    axis: str,
    series: Sequence[Series],
    columns: Sequence[Column],
    decimals: int = 0,
    is_of_time: bool = False,
) -> Plot:
    """Draw columns of stacked bars, the first series at the bottom.

    A plot of time has its numbers at the right: a phone shows the newest columns first, and the numbers beside them.
    """
    left = _left(is_of_time=is_of_time)
    top = _ceiling(max((sum(column.numbers) for column in columns), default=0), are_counts=not decimals)
    return Plot(
        uid=uid,
        title=title,
        words=words,
        axis=axis,
        series=tuple(series),
        columns=tuple(columns),
        bars=tuple(_bars(series, columns, top=top, left=left)),
        across=tuple(_across(columns, left=left)),
        up=tuple(_up(top, x=left + _INNER_WIDTH + 6 if is_of_time else left - 6)),
        decimals=decimals,
        is_of_time=is_of_time,
    )


def _left(*, is_of_time: bool) -> int:
    return RIGHT if is_of_time else LEFT


def _bars(series: Sequence[Series], columns: Sequence[Column], *, top: float, left: int) -> list[Bar]:
    edges = [left + round(place * _INNER_WIDTH / len(columns)) for place in range(len(columns) + 1)]
    gap = 1 if len(columns) > 40 else 2  # Where columns are thin, so is the room between them.
    bars = []
    for column, (begin, end) in zip(columns, pairwise(edges), strict=True):
        floor = HEIGHT - BOTTOM
        for one, number in zip(series, column.numbers, strict=True):
            if not number:
                continue
            height = max(_LEAST, round(number / top * _INNER_HEIGHT))
            bars.append(Bar(begin, floor - height, end - begin - gap, height, one.css))
            floor -= height
    return bars


def _across(columns: Sequence[Column], *, left: int) -> list[Mark]:
    width = _INNER_WIDTH / max(1, len(columns))
    return [
        Mark(left + round((place + 0.5) * width), HEIGHT - BOTTOM + 20, column.mark)
        for place, column in enumerate(columns)
        if column.mark
    ]


def _up(top: float, *, x: int) -> list[Mark]:
    steps = [top * step / _STEPS for step in range(_STEPS + 1)]
    decimals = 0 if all(math.isclose(step, round(step)) for step in steps) else 2
    return [
        Mark(x, HEIGHT - BOTTOM - round(_INNER_HEIGHT * place / _STEPS), _number(step, decimals))
        for place, step in enumerate(steps)
    ]


def _ceiling(most: float, *, are_counts: bool) -> float:
    """Return the first round number from `most` on that can be cut in four; of counts, into whole ones."""
    if most <= 0:
        return float(_STEPS)
    unit = 10.0 ** math.floor(math.log10(most))
    factors = (4, 8, 12) if are_counts and unit == 1 else (1.2, 2, 4, 6, 8, 12)
    return next(unit * factor for factor in factors if unit * factor >= most)


def _number(value: float, decimals: int) -> str:
    return str(number_format(round(value, decimals), decimal_pos=decimals, force_grouping=True))

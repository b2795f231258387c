"""Shrink a picture of any size to the 64x64 brightness grid that PDQ looks at.

The reference runs a box filter twice along each axis and then picks 64 centres. Both steps are linear and
separable, so together they are one weighted sum for each of the 64 outputs of an axis. Only the pixels near
a centre have a weight, which makes the work about one multiplication a pixel.

Source: pdq/cpp/downscaling/downscaling.cpp, facebook/ThreatExchange (the definition, not the code).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

GRID = 64  # pixels a side. "PDQ uses 64x64 blocks", downscaling.cpp

Floats = npt.NDArray[np.float64]
Luma = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Band:
    """Say which neighbouring pixels one output is made of, and how much each of them counts."""

    start: int
    stop: int
    weights: Luma


class Box(NamedTuple):
    """Say which part of a picture is meant, in pixels, right and bottom not included."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Return how many pixels it is wide."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Return how many pixels it is high."""
        return self.bottom - self.top


def shrink(strips: Iterable[Luma], *, width: int, height: int) -> Floats:
    """Return the 64x64 brightness grid of a picture that arrives as horizontal strips, top first.

    Each strip has the shape (rows, `width`); together they have `height` rows of brightness 0..255.
    Strips keep the memory for a large picture small: only one is held as floats at a time.
    """
    return shrink_parts(strips, parts=[Box(0, 0, width, height)])[0]


def shrink_parts(strips: Iterable[Luma], *, parts: Sequence[Box]) -> list[Floats]:
    """Return the 64x64 brightness grid of each of the `parts` of a picture that arrives as strips, as in `shrink`."""
    narrow = [np.empty((part.height, GRID), dtype=np.float32) for part in parts]
    top = 0
    for strip in strips:
        for part, rows in zip(parts, narrow, strict=True):
            first, last = max(top, part.top), min(top + len(strip), part.bottom)
            if first < last:
                inner = strip[first - top : last - top, part.left : part.right]
                rows[first - part.top : last - part.top] = _along_rows(inner, _bands(part.width))
        top += len(strip)
    if top < max(part.bottom for part in parts):
        raise ValueError(f"the strips have {top} rows together, a part ends below them; pass every row once")
    return [_finished(rows, height=part.height) for part, rows in zip(parts, narrow, strict=True)]


def _finished(narrow: Luma, *, height: int) -> Floats:
    return _along_rows(np.ascontiguousarray(narrow.T), _bands(height)).T.astype(np.float64)


def _along_rows(picture: Luma, bands: tuple[_Band, ...]) -> Luma:
    small = np.empty((len(picture), GRID), dtype=np.float32)
    for column, band in enumerate(bands):
        small[:, column] = picture[:, band.start : band.stop] @ band.weights
    return small


# One entry holds about as many numbers as the axis has pixels, so the cache stays below 20 MB at the largest side.
@lru_cache(maxsize=64)
def _bands(size: int) -> tuple[_Band, ...]:
    """Return for each of the 64 outputs along an axis of `size` pixels its band of weights."""
    starts, widths, weights = weights_along(size)
    return tuple(
        _Band(start=int(start), stop=int(start + width), weights=row[:width].astype(np.float32))
        for start, width, row in zip(starts, widths, weights, strict=True)
    )


def weights_along(size: int) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.int_], Floats]:
    """Return for each of the 64 outputs of an axis where its band starts, how wide it is, and its weights, zeros behind.

    They are those of a box filter applied to a box filter, seen from the centre of the output.
    At the border a box is cut, and the reference divides by the pixels that are left.
    """
    window = (size + 2 * GRID - 1) // (2 * GRID)
    after = (window + 2) // 2 - 1
    before = window - 1 - after
    centres = ((np.arange(GRID) + 0.5) * size / GRID).astype(int)[:, None]
    middles = centres + np.arange(-before, after + 1)
    inside = (middles >= 0) & (middles < size)
    middles = middles.clip(0, size - 1)
    firsts, lasts = np.maximum(0, middles - before), np.minimum(size - 1, middles + after)
    starts = firsts[:, :1]
    shares = inside / (lasts - firsts + 1) / inside.sum(axis=1, keepdims=True)
    steps = np.zeros((GRID, 2 * window))
    outputs = np.arange(GRID)[:, None]
    np.add.at(steps, (outputs, firsts - starts), shares)
    np.add.at(steps, (outputs, lasts - starts + 1), -shares)
    return starts[:, 0], (lasts.max(axis=1) + 1 - starts[:, 0]), np.cumsum(steps, axis=1)[:, :-1]

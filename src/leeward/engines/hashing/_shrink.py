"""Shrink a picture of any size to the 64x64 brightness grid that PDQ looks at.

The reference runs a box filter twice along each axis and then picks 64 centres. Both steps are linear and
separable, so together they are one weighted sum for each of the 64 outputs of an axis. Only the pixels near
a centre have a weight, which makes the work about one multiplication a pixel.

Source: pdq/cpp/downscaling/downscaling.cpp, facebook/ThreatExchange (the definition, not the code).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

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


def shrink(strips: Iterable[Luma], *, width: int, height: int) -> Floats:
    """Return the 64x64 brightness grid of a picture that arrives as horizontal strips, top first.

    Each strip has the shape (rows, `width`); together they have `height` rows of brightness 0..255.
    Strips keep the memory for a large picture small: only one is held as floats at a time.
    """
    narrow = np.empty((height, GRID), dtype=np.float32)
    top = 0
    for strip in strips:
        narrow[top : top + len(strip)] = _along_rows(strip, _bands(width))
        top += len(strip)
    if top != height:
        raise ValueError(f"the strips have {top} rows together, the picture has {height}; pass every row once")
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
    window = (size + 2 * GRID - 1) // (2 * GRID)
    after = (window + 2) // 2 - 1
    before = window - 1 - after
    centres = [int((output + 0.5) * size / GRID) for output in range(GRID)]
    return tuple(_band(centre, size=size, before=before, after=after) for centre in centres)


def _band(centre: int, *, size: int, before: int, after: int) -> _Band:
    """Return the weights of a box filter applied to a box filter, seen from `centre`.

    At the border a box is cut, and the reference divides by the pixels that are left.
    """
    middles = np.arange(max(0, centre - before), min(size - 1, centre + after) + 1)
    firsts = np.maximum(0, middles - before)
    lasts = np.minimum(size - 1, middles + after)
    start, stop = int(firsts[0]), int(lasts[-1]) + 1
    shares = 1.0 / (lasts - firsts + 1) / len(middles)
    steps = np.zeros(stop - start + 1)
    np.add.at(steps, firsts - start, shares)
    np.add.at(steps, lasts - start + 1, -shares)
    return _Band(start=start, stop=stop, weights=np.cumsum(steps)[:-1].astype(np.float32))

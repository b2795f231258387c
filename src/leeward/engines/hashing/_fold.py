"""Shrink a picture that was already averaged to the 64x64 brightness grid of its full size.

The weights of the full-size picture are summed over each averaged pixel. Treating the averaged picture as if it were
the picture would blur it with another window than the reference does: three times the distance, measured.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from leeward.engines.hashing._shrink import GRID, Floats, Luma, weights_along

Places = npt.NDArray[np.int_]
Brightness = npt.NDArray[np.uint8] | Luma

_BLOCKS = 16  # an axis: neighbouring outputs look at the same pixels, and at few of all. Measured: 8 and 32 are slower
_OUTPUTS = GRID // _BLOCKS


class Flip(NamedTuple):
    """Say how a picture is mirrored before it is shrunk."""

    upside_down: bool
    left_to_right: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """Hold the weights (8, stop - start) of four neighbouring outputs over the averaged pixels that they look at.

    Behind them stand those of the four outputs that look at the same pixels when the axis is read from its end.
    """

    start: int
    stop: int
    weights: Luma


def fold(luma: Brightness, *, width: int, height: int, factor: int) -> dict[Flip, Floats]:
    """Return the 64x64 brightness grids of a picture of `width` by `height` pixels, mirrored in all four ways.

    `luma` has the shape (height, width) / `factor`, rounded up: each number is the mean of `factor` by `factor` pixels,
    the last ones of what is left. A grid that is mirrored afterwards would not be the same: the 64 places where the
    reference looks lie a little off the middle of the picture.
    """
    narrow = np.concatenate(_along(luma, _blocks(height, factor)))
    straight, mirrored = _along(narrow.T, _blocks(width, factor))
    return {
        Flip(bool(down), bool(across)): grids[:, down * GRID : (down + 1) * GRID].T.astype(np.float64)
        for down in (0, 1)
        for across, grids in enumerate((straight, mirrored))
    }


def _along(lines: Brightness, blocks: tuple[_Block, ...]) -> tuple[Luma, Luma]:
    """Return the 64 outputs (64, length of a line) of an axis, and those of the axis read from its end."""
    parts = [block.weights @ lines[block.start : block.stop].astype(np.float32, copy=False) for block in blocks]
    both = np.stack(parts)
    return both[:, :_OUTPUTS].reshape(GRID, -1), both[::-1, _OUTPUTS:].reshape(GRID, -1)


# One entry holds about twelve numbers for each averaged pixel: 50 kB as a rule, 3 MB at the largest side undivided.
@lru_cache(maxsize=64)
def _blocks(size: int, factor: int) -> tuple[_Block, ...]:
    starts, _, weights = weights_along(size)
    # Beyond the end of an axis the weights are 0, so where they are added does not matter.
    places = np.minimum(starts[:, None] + np.arange(weights.shape[1]), size - 1)
    straight, mirrored = places // factor, (size - 1 - places) // factor
    blocks = []
    for first in range(0, GRID, _OUTPUTS):
        here, there = slice(first, first + _OUTPUTS), slice(GRID - _OUTPUTS - first, GRID - first)
        columns = np.concatenate([straight[here], mirrored[there]])
        blocks.append(_block(columns, np.concatenate([weights[here], weights[there]])))
    return tuple(blocks)


def _block(columns: Places, weights: Floats) -> _Block:
    start, stop = int(columns.min()), int(columns.max()) + 1
    places = np.arange(len(columns))[:, None] * (stop - start) + columns - start
    summed = np.bincount(places.ravel(), weights=weights.ravel(), minlength=len(columns) * (stop - start))
    return _Block(start, stop, summed.reshape(len(columns), stop - start).astype(np.float32))

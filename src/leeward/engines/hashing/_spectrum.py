"""PDQ proper: from the 64x64 brightness grid to 256 bits, a quality, and the eight orientations.

Source: pdq/cpp/hashing/pdqhashing.cpp, facebook/ThreatExchange (the definition, not the code), and
C. Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010.
"""

from collections.abc import Mapping
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from leeward.engines.hashing._shrink import GRID, Floats

SIDE = 16  # frequencies kept along each axis; the constant one (0) is left out
QUALITY_DIVISOR = 90  # "Heuristic scaling factor", pdqImageDomainQualityMetric
QUALITY_MAX = 100


class Orientation(StrEnum):
    """Name the eight ways to turn and mirror a picture, in the order of the reference."""

    ORIGINAL = "original"
    ROTATED_90 = "rotated 90"
    ROTATED_180 = "rotated 180"
    ROTATED_270 = "rotated 270"
    FLIPPED_X = "flipped x"
    FLIPPED_Y = "flipped y"
    FLIPPED_PLUS_1 = "flipped plus 1"
    FLIPPED_MINUS_1 = "flipped minus 1"


def _cosines() -> Floats:
    frequency = np.arange(1, SIDE + 1)[:, None]
    position = 2 * np.arange(GRID)[None, :] + 1
    cosines: Floats = np.sqrt(2 / GRID) * np.cos(np.pi / (2 * GRID) * frequency * position)
    return cosines


_COSINES = _cosines()

# A mirrored picture has the same frequencies with every second sign changed, and a turned one is mirrored
# and transposed. `None` means no sign change.
_ODD_ROWS = np.where(np.arange(SIDE)[:, None] % 2 == 1, 1.0, -1.0) * np.ones((SIDE, SIDE))
_ODD_COLUMNS = np.ascontiguousarray(_ODD_ROWS.T)
_CHEQUERED = _ODD_ROWS * _ODD_COLUMNS
_PLAIN = np.ones((SIDE, SIDE))
_TURNS: Mapping[Orientation, tuple[Floats, bool]] = {
    Orientation.ORIGINAL: (_PLAIN, False),
    Orientation.ROTATED_90: (_ODD_COLUMNS, True),
    Orientation.ROTATED_180: (_CHEQUERED, False),
    Orientation.ROTATED_270: (_ODD_ROWS, True),
    Orientation.FLIPPED_X: (_ODD_ROWS, False),
    Orientation.FLIPPED_Y: (_ODD_COLUMNS, False),
    Orientation.FLIPPED_PLUS_1: (_PLAIN, True),
    Orientation.FLIPPED_MINUS_1: (_CHEQUERED, True),
}


def spectrum(grid: Floats) -> Floats:
    """Return the 16x16 lowest cosine frequencies of a 64x64 grid, without the constant ones."""
    frequencies: Floats = _COSINES @ grid @ _COSINES.T
    return frequencies


def turned(frequencies: Floats, *, to: Orientation) -> Floats:
    """Return the 16x16 frequencies that the picture would have in another orientation."""
    signs, transposed = _TURNS[to]
    signed: Floats = frequencies * signs
    return signed.T if transposed else signed


def bits(frequencies: Floats) -> bytes:
    """Return 32 bytes, most significant bit first: which of the 256 frequencies lie above their median.

    The last frequency is the first bit, and the median is the lower of the two middle values, as in the reference.
    """
    values = frequencies.ravel()
    median = np.partition(values, len(values) // 2 - 1)[len(values) // 2 - 1]
    above: npt.NDArray[np.bool_] = values > median
    return np.packbits(above[::-1]).tobytes()


def quality(grid: Floats) -> int:
    """Return 0..100: how much the brightness changes between neighbours of the 64x64 grid.

    Below 50 a picture has too little structure for its hash to say anything.
    """
    small = grid.astype(np.float32)
    # The reference cuts each step to a whole number, so that many tiny steps do not count as structure.
    down = np.trunc(np.diff(small, axis=0) * np.float32(100) / np.float32(255))
    across = np.trunc(np.diff(small, axis=1) * np.float32(100) / np.float32(255))
    steps = int(np.abs(down).sum() + np.abs(across).sum())
    return min(QUALITY_MAX, steps // QUALITY_DIVISOR)

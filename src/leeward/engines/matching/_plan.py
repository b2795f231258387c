"""How the bits of a hash are divided into bands, so that few of the hashes held have to be looked at.

If two hashes differ in at most r bits, and bands that share no bit have radii t with sum(t + 1) = r + 1, then at least
one band differs in at most its own t bits. So it is enough to look at the hashes that agree so far in some band.
Source: Norouzi et al., IEEE TPAMI 36(6), 2014; radii that differ as in Qin et al., "GPH", ICDE 2018.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

WITHIN_BITS = 31  # of 256. "Distance threshold: <=31", pdq/README.md, facebook/ThreatExchange
HASH_BITS = 256
EXACT_BITS = 128
MOST_BANDS = 16
MOST_WIDTH = 28
MOST_RADIUS = 3

_LEAST_WIDTH = 8
_ROW_BYTES = 128  # at most, of the goal of 130; the rest is for hashes that several keys have
_FIXED_BYTES = 44  # hash 32, key 8, place by key 4
# What a step costs beside the others, measured with 1 and 10 million hashes: a place of the offsets, a hash to compare,
# one in the order of the table, and one when all are looked at one after the other.
_PROBE, _CANDIDATE, _IN_ORDER, _SCANNED = 10.0, 20.0, 12.0, 1.0
_EXACT_ROWS_A_VALUE = 4  # exact values share a place of the offsets, which makes it one byte a value


@dataclass(frozen=True, slots=True)
class Band:
    """Say which bits of a hash make a band, from the lowest, and in how many of them it may differ."""

    shift: int
    width: int
    radius: int

    @property
    def probes(self) -> int:
        """The number of values that differ in at most `radius` bits."""
        return probes(self.width, self.radius)


@lru_cache(maxsize=16)
def bands_for(hashes: int) -> tuple[Band, ...]:
    """Return the bands for so many hashes; none where it is cheaper to look at every hash."""
    best_cost: float = hashes * _SCANNED
    best: tuple[_Kind, ...] = ()
    for radius_counts in _divisions():
        cost, widths = _cheapest(radius_counts, hashes=hashes)
        if cost < best_cost:
            best_cost = cost
            best = tuple(_Kind(*some, width) for some, width in zip(radius_counts, widths, strict=True))
    return _laid_out(best)


def exact_bands_for(values: int) -> tuple[Band, ...]:
    """Return the one band that is a prefix of exact values."""
    width = min(MOST_WIDTH, max(1, (values // _EXACT_ROWS_A_VALUE).bit_length()))
    return (Band(EXACT_BITS - width, width, 0),)


def reach(bands: tuple[Band, ...]) -> int:
    """Return up to how many bits these bands find everything; -1 where there are none."""
    return sum(band.radius + 1 for band in bands) - 1


@lru_cache(maxsize=256)
def radii(bands: tuple[Band, ...], within_bits: int) -> npt.NDArray[np.int64]:
    """Return the radius of each band for a question of `within_bits`; -1 leaves a band out.

    Empty where every hash has to be looked at, because the bands do not reach so far.
    """
    spare = reach(bands) - within_bits
    if spare < 0:
        return np.empty(0, dtype=np.int64)
    found = [band.radius for band in bands]
    for _ in range(spare):
        # The band with the most to look at is narrowed first; among equals the last, as the first is in order.
        most = max(range(len(bands)), key=lambda at: (found[at], bands[at].width, at))
        found[most] -= 1
    return np.array(found, dtype=np.int64)


def probes(width: int, radius: int) -> int:
    """Return how many values of so many bits are within a radius."""
    return sum(math.comb(width, apart) for apart in range(radius + 1))


class _Kind(NamedTuple):
    """So many bands of the same radius and width."""

    radius: int
    bands: int
    width: int


def _divisions() -> list[tuple[tuple[int, int], ...]]:
    """Return the ways to reach the radius, as radius and number of bands, the largest radius first."""
    goal = WITHIN_BITS + 1
    found: list[list[tuple[int, int]]] = []
    for twos in range(goal // 3 + 1):
        ones, noughts = divmod(goal - 3 * twos, 2)
        found.append([(2, twos), (1, ones), (0, noughts)])
    for threes in range(1, goal // 4 + 1):
        twos, left = divmod(goal - 4 * threes, 3)
        if left == 0:
            found.append([(3, threes), (2, twos)])
    some = [tuple((radius, bands) for radius, bands in one if bands) for one in found]
    return [one for one in some if sum(bands for _, bands in one) <= MOST_BANDS]


def _cheapest(radius_counts: tuple[tuple[int, int], ...], *, hashes: int) -> tuple[float, list[int]]:
    """Return the cost and the width for each radius of the cheapest bands that fit into the hash and into the file."""
    choice = np.arange(_LEAST_WIDTH, MOST_WIDTH + 1)
    grid = np.meshgrid(*[choice] * len(radius_counts), indexing="ij")
    bits, offsets, cost = np.zeros_like(grid[0]), np.zeros_like(grid[0]), np.zeros(grid[0].shape)
    for number, ((radius, bands), width) in enumerate(zip(radius_counts, grid, strict=True)):
        places = np.array([probes(int(one), radius) for one in choice])[width - _LEAST_WIDTH]
        candidates = places * hashes / (1 << width)
        bits += bands * width
        offsets += bands << width
        cost += bands * (_PROBE * places + _CANDIDATE * candidates)
        if number == 0:
            cost -= (_CANDIDATE - _IN_ORDER) * candidates
    bands_in_all = sum(bands for _, bands in radius_counts)
    octets = (_FIXED_BYTES + 4 * (bands_in_all - 1)) * hashes + 4 * offsets
    cost[(bits > HASH_BITS) | (octets > _ROW_BYTES * hashes)] = np.inf
    best = np.unravel_index(int(cost.argmin()), cost.shape)
    return float(cost[best]), [int(choice[at]) for at in best]


def _laid_out(kinds: tuple[_Kind, ...]) -> tuple[Band, ...]:
    """Put the first band at the highest bits, which are the order of the table, and the others from the lowest on."""
    bands: list[Band] = []
    shift = 0
    for radius, count, width in kinds:
        for _ in range(count):
            if not bands:
                bands.append(Band(HASH_BITS - width, width, radius))
                continue
            bands.append(Band(shift, width, radius))
            shift += width
    return tuple(bands)

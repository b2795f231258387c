"""How the bits of a hash are divided into bands, so that few of the hashes held have to be looked at.

If two hashes differ in at most r bits, and bands that share no bit have radii t with sum(t + 1) = r + 1, then at least
one band differs in at most its own t bits. So it is enough to look at the hashes that agree so far in some band.
Source: Norouzi et al., IEEE TPAMI 36(6), 2014; radii that differ as in Qin et al., "GPH", ICDE 2018.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

WITHIN_BITS = 31  # of 256. "Distance threshold: <=31", pdq/README.md, facebook/ThreatExchange
HASH_BITS = 256
EXACT_BITS = 128
MOST_BANDS = 16
MOST_WIDTH = 28
MOST_RADIUS = 2

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
    best_cost, best = hashes * _SCANNED, None
    for wide in range((WITHIN_BITS + 1) // 3 + 1):
        narrow, last = divmod(WITHIN_BITS + 1 - 3 * wide, 2)
        if wide + narrow + last > MOST_BANDS:
            continue
        for widths in _widths(wide, narrow, last):
            cost = _cost(widths, (wide, narrow, last), hashes=hashes)
            if cost < best_cost:
                best_cost, best = cost, (widths, (wide, narrow, last))
    return () if best is None else _laid_out(*best)


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


def _widths(wide: int, narrow: int, last: int) -> list[tuple[int, int, int]]:
    return [
        (first, second, third)
        for first in (range(8, MOST_WIDTH + 1) if wide else (0,))
        for second in (range(8, MOST_WIDTH + 1) if narrow else (0,))
        for third in (range(8, MOST_WIDTH + 1, 2) if last else (0,))
        if wide * first + narrow * second + last * third <= HASH_BITS
    ]


def _cost(widths: tuple[int, int, int], counts: tuple[int, int, int], *, hashes: int) -> float:
    offsets = sum(count << width for count, width in zip(counts, widths, strict=True) if count)
    if _FIXED_BYTES * hashes + 4 * (sum(counts) - 1) * hashes + 4 * offsets > _ROW_BYTES * hashes:
        return math.inf
    cost = 0.0
    for count, width, radius in zip(counts, widths, (2, 1, 0), strict=True):
        if count:
            looked_at = probes(width, radius)
            cost += count * looked_at * (_PROBE + _CANDIDATE * hashes / (1 << width))
    first = next(at for at in range(3) if counts[at])
    return cost - (_CANDIDATE - _IN_ORDER) * probes(widths[first], 2 - first) * hashes / (1 << widths[first])


def _laid_out(widths: tuple[int, int, int], counts: tuple[int, int, int]) -> tuple[Band, ...]:
    """Put the first band at the highest bits, which are the order of the table, and the others from the lowest on."""
    kinds = [
        (width, radius) for count, width, radius in zip(counts, widths, (2, 1, 0), strict=True) for _ in range(count)
    ]
    bands = [Band(HASH_BITS - kinds[0][0], *kinds[0])]
    shift = 0
    for width, radius in kinds[1:]:
        bands.append(Band(shift, width, radius))
        shift += width
    return tuple(bands)

"""Wilson's score interval. It stays inside 0 and 1 and says something true of few and of rare ones, which the usual one does not."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

# Of a hundred such intervals 95 hold the truth.
Z_95 = 1.959963984540054


class NothingCounted(Exception):
    """Nobody was looked at, so there is no share: say that, and show no number."""


@dataclass(frozen=True)
class Counted:
    """How many of a group were looked at, and how many of them were hits; each stands for `weight` people.

    `weight` is one divided by the chance of being drawn. Raises `ValueError` for what cannot have been counted.
    """

    hits: int
    of: int
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.of or not 0 < self.weight < math.inf:
            raise ValueError("hits must be 0 to of, and weight must be more than 0")


@dataclass(frozen=True)
class Interval:
    """A share from 0 to 1, and between what the true one lies. `of` is how many equal ones tell as much as those counted."""

    share: float
    low: float
    high: float
    of: float


def wilson(share: float, *, of: float, z: float = Z_95) -> Interval:
    """Return the interval of a share that was seen in `of` equal ones. Raises `NothingCounted`.

    Source: Wilson, Journal of the American Statistical Association 22(158), 1927; Brown, Cai and DasGupta,
    Statistical Science 16(2), 2001, which recommend it.
    """
    if of <= 0:
        raise NothingCounted
    spread = z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    # At the ends the sums are exact but for rounding, and a share must lie in its own interval.
    return Interval(share, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)), of)


def weighted(groups: Iterable[Counted], *, z: float = Z_95) -> Interval:
    """Return the interval of the share in all for whom the groups stand. Raises `NothingCounted`.

    The share is Hájek's: weighted hits by weights. Unequal weights tell less than equal ones: so many count as
    Kish's effective size says (Survey Sampling, 1965, 11.7).
    """
    counted = [group for group in groups if group.of]
    stood_for = sum(group.weight * group.of for group in counted)
    if not counted:
        raise NothingCounted
    share = sum(group.weight * group.hits for group in counted) / stood_for
    # Relative weights, so that no square of a large one overflows.
    most = max(group.weight for group in counted)
    squares = sum((group.weight / most) ** 2 * group.of for group in counted)
    return wilson(min(1.0, share), of=(stood_for / most) ** 2 / squares, z=z)

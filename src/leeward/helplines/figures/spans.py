"""Waits as counts: how many took at most so long. No single wait is kept, so no talk is found again by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil

# Seconds. Each span is at most twice the one before, so a share read from the counts is never more than twice the truth.
SPANS_S = (
    5,
    10,
    15,
    20,
    30,
    45,
    60,
    90,
    120,
    180,
    300,
    480,
    720,
    1200,
    1800,
    3600,
    7200,
    14_400,
    28_800,
    43_200,
    86_400,
    172_800,
    259_200,
    432_000,
    604_800,
)


def counts_of(waits_s: Iterable[float]) -> list[int]:
    """Count waits in seconds by span. The last place counts what took longer than every span."""
    counts = [0] * (len(SPANS_S) + 1)
    for wait_s in waits_s:
        counts[next((place for place, span_s in enumerate(SPANS_S) if wait_s <= span_s), len(SPANS_S))] += 1
    return counts


def together(rows: Iterable[Sequence[int]]) -> list[int]:
    """Add counts of several days."""
    added = [0] * (len(SPANS_S) + 1)
    for row in rows:
        added = [one + other for one, other in zip(added, row, strict=True)]
    return added


def within_s(counts: Sequence[int], *, share: float) -> int | None:
    """Return the span in seconds within which at least `share` of all were served; None for no talks and beyond all spans."""
    rank = ceil(share * sum(counts))
    if not rank:
        return None
    reached = 0
    for span_s, count in zip(SPANS_S, counts, strict=False):
        reached += count
        if reached >= rank:
            return span_s
    return None

"""The interval of a share: as the books have it, always sane, and nearly as wide as the exact one."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines.intervals import Counted, NothingCounted, weighted, wilson

HITS = st.integers(1, 2000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))
GROUPS = st.lists(
    st.builds(lambda pair, weight: Counted(pair[0], pair[1], weight), HITS, st.floats(1, 1000)), min_size=1, max_size=6
)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17, 1998, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_it_is_as_the_book_has_it(hits: int, of: int, low: float, high: float) -> None:
    found = wilson(hits / of, of=of)

    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_nobody_has_no_share() -> None:
    with pytest.raises(NothingCounted):
        wilson(0.5, of=0)
    with pytest.raises(NothingCounted):
        weighted([Counted(0, 0)])


@pytest.mark.parametrize(("hits", "of", "weight"), [(2, 1, 1.0), (-1, 5, 1.0), (1, 2, 0.0), (1, 2, math.inf)])
def test_what_cannot_have_been_counted_is_refused(hits: int, of: int, weight: float) -> None:
    with pytest.raises(ValueError, match="hits must be"):
        Counted(hits, of, weight)


@given(HITS)
def test_the_share_lies_in_its_interval_and_the_interval_in_0_to_1(pair: tuple[int, int]) -> None:
    hits, of = pair
    found = wilson(hits / of, of=of)

    assert 0 <= found.low <= found.share <= found.high <= 1
    assert found.low < found.high


@given(HITS)
def test_misses_are_hits_turned_round(pair: tuple[int, int]) -> None:
    hits, of = pair
    one, other = wilson(hits / of, of=of), wilson((of - hits) / of, of=of)

    assert math.isclose(one.low, 1 - other.high, abs_tol=1e-12)
    assert math.isclose(one.high, 1 - other.low, abs_tol=1e-12)


@given(HITS)
def test_whoever_looks_at_more_knows_more(pair: tuple[int, int]) -> None:
    hits, of = pair
    few, many = wilson(hits / of, of=of), wilson(hits / of, of=of * 4)

    assert many.high - many.low < few.high - few.low


@given(HITS)
def test_it_lies_close_to_the_exact_interval(pair: tuple[int, int]) -> None:
    hits, of = pair
    found, (low, high) = wilson(hits / of, of=of), exact(hits, of)

    # The exact one promises too much: it is wider, by about half a person on either side and by its long tail for few.
    room = 2.5 / of
    assert abs(found.low - low) <= room
    assert abs(found.high - high) <= room


@given(HITS, st.floats(1, 1000))
def test_equal_weights_change_nothing(pair: tuple[int, int], weight: float) -> None:
    hits, of = pair
    plain, heavy = wilson(hits / of, of=of), weighted([Counted(hits, of, weight)])

    assert math.isclose(plain.low, heavy.low, abs_tol=1e-9)
    assert math.isclose(plain.high, heavy.high, abs_tol=1e-9)


@given(GROUPS)
def test_unequal_weights_never_tell_more_than_were_looked_at(groups: list[Counted]) -> None:
    found = weighted(groups)

    assert 0 < found.of <= sum(group.of for group in groups) * (1 + 1e-9)
    assert 0 <= found.low <= found.share <= found.high <= 1


@given(GROUPS)
def test_how_groups_are_cut_does_not_matter(groups: list[Counted]) -> None:
    cut = [Counted(0, group.of - group.hits, group.weight) for group in groups]
    cut += [Counted(group.hits, group.hits, group.weight) for group in groups]
    whole, parts = weighted(groups), weighted(cut)

    assert math.isclose(whole.share, parts.share, abs_tol=1e-9)
    assert math.isclose(whole.of, parts.of, rel_tol=1e-9)


def test_a_group_that_stands_for_more_moves_the_share_more() -> None:
    found = weighted([Counted(10, 100, 50), Counted(50, 100, 10)])

    assert math.isclose(found.share, (10 * 50 + 50 * 10) / (100 * 50 + 100 * 10))
    assert found.of < 200


def exact(hits: int, of: int) -> tuple[float, float]:
    """Return the exact interval of Clopper and Pearson: each end leaves 2.5 % beyond what was seen. Slow and obvious."""
    low = 0.0 if hits == 0 else _where(lambda share: 1 - _at_most(hits - 1, of, share) - 0.025)
    high = 1.0 if hits == of else _where(lambda share: 0.025 - _at_most(hits, of, share))
    return low, high


def _where(rising: Callable[[float], float]) -> float:
    below, above = 0.0, 1.0
    for _ in range(40):
        middle = (below + above) / 2
        below, above = (middle, above) if rising(middle) < 0 else (below, middle)
    return below


def _at_most(hits: int, of: int, share: float) -> float:
    """Return the chance of at most so many hits."""
    if not 0 < share < 1:
        return 1.0 if share == 0 or hits >= of else 0.0
    logs = (
        math.lgamma(of + 1)
        - math.lgamma(k + 1)
        - math.lgamma(of - k + 1)
        + k * math.log(share)
        + (of - k) * math.log1p(-share)
        for k in range(hits + 1)
    )
    return min(1.0, math.fsum(math.exp(one) for one in logs))

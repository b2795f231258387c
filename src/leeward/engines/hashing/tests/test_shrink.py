"""The fast weighted sums are the slow box filters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.engines.hashing._shrink import shrink
from leeward.engines.hashing.tests import slow_pdq


# The reference widens its box every 128 pixels, so these sides have boxes of one, two and three pixels.
@given(width=st.integers(5, 260), height=st.integers(5, 140), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=12, deadline=None)
def test_the_grid_is_the_one_of_the_definition(width: int, height: int, seed: int) -> None:
    luma = np.random.default_rng(seed).uniform(0, 255, (height, width))

    grid = shrink([luma.astype(np.float32)], width=width, height=height)

    assert np.allclose(grid, slow_pdq.grid(luma), atol=1e-3)


@given(cuts=st.lists(st.integers(0, 200), max_size=6))
def test_it_does_not_matter_how_a_picture_is_cut_into_strips(cuts: list[int]) -> None:
    luma = np.random.default_rng(3).uniform(0, 255, (200, 90)).astype(np.float32)

    whole = shrink([luma], width=90, height=200)
    in_strips = shrink(np.split(luma, sorted(cuts)), width=90, height=200)

    assert np.allclose(whole, in_strips, atol=1e-3)


def test_a_64_by_64_picture_is_its_own_grid() -> None:
    luma = np.random.default_rng(4).uniform(0, 255, (64, 64)).astype(np.float32)

    assert np.array_equal(shrink([luma], width=64, height=64), luma.astype(np.float64))


def test_missing_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="100 rows"):
        shrink([np.zeros((100, 50), dtype=np.float32)], width=50, height=200)

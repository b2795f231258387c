"""Folding an averaged picture gives the grid of the full-size one, mirrored as if the picture had been."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.engines.hashing._fold import Flip, fold
from leeward.engines.hashing._shrink import shrink

SIDES = st.integers(5, 700)


def noise(width: int, height: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(width * height).uniform(0, 255, (height, width)).astype(np.float32)


@given(width=SIDES, height=SIDES)
@settings(max_examples=40, deadline=None)
def test_undivided_and_mirrored_in_four_ways_it_is_the_grid_of_the_mirrored_picture(width: int, height: int) -> None:
    luma = noise(width, height)

    found = fold(luma, width=width, height=height, factor=1)

    assert len(found) == 4
    for flip, grid in found.items():
        mirrored = luma[:: -1 if flip.upside_down else 1, :: -1 if flip.left_to_right else 1]
        assert np.allclose(grid, shrink([np.ascontiguousarray(mirrored)], width=width, height=height), atol=2e-3)


@given(width=SIDES, height=SIDES, factor=st.integers(2, 9))
@settings(max_examples=40, deadline=None)
def test_a_picture_of_equal_squares_loses_nothing_by_averaging(width: int, height: int, factor: int) -> None:
    averaged = noise(-(-width // factor), -(-height // factor))
    full = np.kron(averaged, np.ones((factor, factor), dtype=np.float32))[:height, :width]

    found = fold(averaged, width=width, height=height, factor=factor)

    for flip, grid in found.items():
        mirrored = full[:: -1 if flip.upside_down else 1, :: -1 if flip.left_to_right else 1]
        assert np.allclose(grid, shrink([np.ascontiguousarray(mirrored)], width=width, height=height), atol=2e-3)


def test_whole_numbers_and_floats_give_the_same_grid() -> None:
    luma = noise(300, 200).astype(np.uint8)

    whole, broken = (fold(kind, width=600, height=400, factor=2) for kind in (luma, luma.astype(np.float32)))

    plain = Flip(upside_down=False, left_to_right=False)
    assert np.array_equal(whole[plain], broken[plain])

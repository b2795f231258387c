"""Frames that say nothing new are left out, exactly as comparing each with all would."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines.hashing._video_frames import PRUNED_BITS, pruned
from leeward.engines.hashing.tests.drawn import distance_bits


def slowly_pruned(hashes: list[bytes], *, within_bits: int) -> list[int]:
    kept: list[int] = []
    for place, pdq in enumerate(hashes):
        if all(distance_bits(pdq, hashes[other]) > within_bits for other in kept):
            kept.append(place)
    return kept


def drifting(seed: int, count: int, *, most_bits: int) -> list[bytes]:
    """Return hashes that change by a few bits each, and sometimes come back."""
    chance = random.Random(seed)
    value, made = chance.getrandbits(256), []
    for _ in range(count):
        for _ in range(chance.randint(0, most_bits)):
            value ^= 1 << chance.randrange(256)
        made.append(value.to_bytes(32, "big"))
        if chance.random() < 0.1:
            value = int.from_bytes(chance.choice(made), "big")
    return made


@given(seed=st.integers(0, 2**32), most_bits=st.integers(0, 14), within_bits=st.integers(0, PRUNED_BITS))
def test_pruning_keeps_what_comparing_with_all_keeps(seed: int, most_bits: int, within_bits: int) -> None:
    hashes = drifting(seed, 60, most_bits=most_bits)

    assert pruned(hashes, within_bits=within_bits) == slowly_pruned(hashes, within_bits=within_bits)


@pytest.mark.parametrize("spread", [range(8), range(0, 256, 32), range(28, 36), (28, 57, 85, 113, 142, 170, 199, 227)])
def test_eight_bits_are_near_wherever_they_lie_and_nine_are_not(spread: tuple[int, ...]) -> None:
    zero = bytes(32)
    far = sum(1 << bit for bit in spread)

    assert pruned([zero, b"\xff" * 32, far.to_bytes(32, "big")]) == [0, 1]
    assert pruned([zero, b"\xff" * 32, (far | 1 << 255).to_bytes(32, "big")]) == [0, 1, 2]


def test_a_wider_radius_than_the_parts_allow_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 8"):
        pruned([], within_bits=9)

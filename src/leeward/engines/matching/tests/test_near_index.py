"""The near index finds exactly what the slow and obvious one finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from leeward.engines.matching import WITHIN_BITS, Match, NearIndex
from leeward.engines.matching._reference import SlowIndex

ZERO = bytes(32)
ONES = b"\xff" * 32


def flipped(value: bytes, *places: int) -> bytes:
    """Return `value` with the bits at `places` changed."""
    number = int.from_bytes(value, "big")
    for place in places:
        number ^= 1 << place
    return number.to_bytes(32, "big")


# Hashes that crowd around a few points, so that examples have neighbours at every small distance.
crowded = st.builds(
    lambda base, places: flipped(base, *places),
    st.sampled_from([ZERO, ONES, flipped(ZERO, 0), bytes(range(32))]),
    st.lists(st.integers(0, 255), max_size=40, unique=True),
)
hashes = st.one_of(crowded, st.binary(min_size=32, max_size=32))
keys = st.one_of(st.integers(-3, 12), st.integers(-(2**63), 2**63 - 1))


def test_an_empty_index_finds_nothing() -> None:
    index = NearIndex()

    assert index.near(ZERO, within_bits=256) == []
    assert len(index) == 0


def test_a_hash_finds_itself_even_when_it_is_the_only_one() -> None:
    index = NearIndex()

    index.add(7, ONES)

    assert index.near(ONES) == [Match(key=7, distance_bits=0)]


def test_thirty_one_bits_are_near_and_thirty_two_are_not() -> None:
    index = NearIndex()
    index.add(1, flipped(ZERO, *range(31)))
    index.add(2, flipped(ZERO, *range(200, 232)))

    assert WITHIN_BITS == 31
    assert index.near(ZERO) == [Match(key=1, distance_bits=31)]
    assert index.near(ZERO, within_bits=32) == [Match(key=1, distance_bits=31), Match(key=2, distance_bits=32)]


def test_the_nearest_comes_first_and_then_the_lowest_key() -> None:
    index = NearIndex()
    index.add(9, flipped(ZERO, 3))
    index.add(-4, flipped(ZERO, 250))
    index.add(5, ZERO)

    assert [match.key for match in index.near(ZERO)] == [5, -4, 9]


def test_opposite_hashes_are_256_bits_apart() -> None:
    index = NearIndex()
    index.add(1, ONES)

    assert index.near(ZERO, within_bits=255) == []
    assert index.near(ZERO, within_bits=256) == [Match(key=1, distance_bits=256)]


def test_a_key_added_again_has_only_the_new_hash() -> None:
    index = NearIndex()
    index.add(1, ZERO)
    index.add(1, ONES)

    assert len(index) == 1
    assert index.near(ZERO) == []
    assert index.near(ONES) == [Match(key=1, distance_bits=0)]


def test_a_removal_may_be_told_twice() -> None:
    index = NearIndex()
    index.add(1, ZERO)

    assert index.remove(1) is True
    assert index.remove(1) is False
    assert index.near(ZERO) == []


def test_of_a_key_repeated_in_one_call_the_last_hash_stays() -> None:
    index = NearIndex()
    values = np.frombuffer(ZERO + ONES + ZERO, dtype=np.uint8).reshape(3, 32)

    index.add_many(np.array([1, 1, 2], dtype=np.int64), values)

    assert len(index) == 2
    assert index.near(ZERO) == [Match(key=2, distance_bits=0)]
    assert index.near(ONES) == [Match(key=1, distance_bits=0)]


def test_the_caller_may_reuse_the_memory_of_what_it_added() -> None:
    index = NearIndex()
    values = np.zeros((1, 32), dtype=np.uint8)
    index.add_many(np.array([1], dtype=np.int64), values)

    values[:] = 255

    assert index.near(ZERO) == [Match(key=1, distance_bits=0)]


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_hash_of_another_length_is_refused(length: int) -> None:
    index = NearIndex()

    with pytest.raises(ValueError, match="32 bytes"):
        index.add(1, bytes(length))
    with pytest.raises(ValueError, match="32 bytes"):
        index.near(bytes(length))
    assert len(index) == 0


@pytest.mark.parametrize("within_bits", [-1, 257])
def test_a_distance_that_cannot_be_is_refused(within_bits: int) -> None:
    with pytest.raises(ValueError, match="0 to 256"):
        NearIndex().near(ZERO, within_bits=within_bits)


def test_arrays_that_do_not_fit_are_refused() -> None:
    index = NearIndex()
    two_keys = np.arange(2, dtype=np.int64)

    with pytest.raises(ValueError, match="do not fit"):
        index.add_many(two_keys, np.zeros((3, 32), dtype=np.uint8))
    with pytest.raises(ValueError, match="uint8"):
        index.add_many(two_keys, np.zeros((2, 32), dtype=np.int64))
    assert len(index) == 0


@given(held=st.lists(hashes, max_size=60), asked=hashes, within_bits=st.integers(0, 256))
@settings(deadline=None)
def test_it_finds_what_the_slow_index_finds(held: list[bytes], asked: bytes, within_bits: int) -> None:
    fast, slow = NearIndex(), SlowIndex()
    for key, value in enumerate(held):
        fast.add(key, value)
        slow.add(key, value)

    assert fast.near(asked, within_bits=within_bits) == slow.near(asked, within_bits=within_bits)


@given(base=hashes, places=st.lists(st.integers(0, 255), unique=True, max_size=64))
@settings(deadline=None)
def test_every_distance_is_the_number_of_changed_bits(base: bytes, places: list[int]) -> None:
    index = NearIndex()
    index.add(1, flipped(base, *places))

    assert index.near(base, within_bits=256) == [Match(key=1, distance_bits=len(places))]


def test_planted_neighbours_at_every_distance_are_found_among_many() -> None:
    random = np.random.default_rng(11)
    values = random.integers(0, 256, (50_000, 32), dtype=np.uint8)
    index = NearIndex()
    index.add_many(np.arange(50_000, dtype=np.int64), values)
    asked = random.integers(0, 256, 32, dtype=np.uint8).tobytes()
    for distance in range(40):
        places = random.permutation(256)[:distance].tolist()
        index.add(100_000 + distance, flipped(asked, *places))

    found = index.near(asked)

    assert found == [Match(key=100_000 + distance, distance_bits=distance) for distance in range(WITHIN_BITS + 1)]


def test_nothing_is_lost_while_rows_grow_and_are_tidied() -> None:
    random = np.random.default_rng(12)
    values = random.integers(0, 256, (6_000, 32), dtype=np.uint8)
    index = NearIndex()
    for key, value in enumerate(values):
        index.add(key, value.tobytes())
    for key in range(0, 6_000, 3):
        index.remove(key)
        index.remove(key + 1)

    held = {key for key, value in enumerate(values) if Match(key=key, distance_bits=0) in index.near(value.tobytes())}

    assert held == set(range(2, 6_000, 3))
    assert len(index) == 2_000


class BothIndexes(RuleBasedStateMachine):
    """Do the same to the fast and the slow index, in any order, and compare."""

    def __init__(self) -> None:
        super().__init__()
        self.fast = NearIndex()
        self.slow = SlowIndex()

    @rule(key=keys, value=hashes)
    def add(self, key: int, value: bytes) -> None:
        self.fast.add(key, value)
        self.slow.add(key, value)

    @rule(pairs=st.lists(st.tuples(keys, hashes), max_size=20))
    def add_many(self, pairs: list[tuple[int, bytes]]) -> None:
        values = np.frombuffer(b"".join(value for _, value in pairs), dtype=np.uint8).reshape(len(pairs), 32)
        self.fast.add_many(np.array([key for key, _ in pairs], dtype=np.int64), values)
        for key, value in pairs:
            self.slow.add(key, value)

    @rule(key=keys)
    def remove(self, key: int) -> None:
        assert self.fast.remove(key) == self.slow.remove(key)

    @rule(value=hashes)
    def fill_and_empty(self, value: bytes) -> None:
        many = np.arange(1_000, 2_100, dtype=np.int64)  # enough to grow, and then to tidy
        self.fast.add_many(many, np.tile(np.frombuffer(value, dtype=np.uint8), (len(many), 1)))
        for key in many.tolist():
            self.fast.remove(key)
            self.slow.remove(key)

    @rule(value=hashes, within_bits=st.sampled_from([0, 1, WITHIN_BITS, 128, 256]))
    def near(self, value: bytes, within_bits: int) -> None:
        assert self.fast.near(value, within_bits=within_bits) == self.slow.near(value, within_bits=within_bits)

    @invariant()
    def both_hold_as_many(self) -> None:
        assert len(self.fast) == len(self.slow)


BothIndexes.TestCase.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
TestBothIndexes = BothIndexes.TestCase

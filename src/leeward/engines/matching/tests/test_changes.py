"""What is published is found by the next question, and what is withdrawn is not."""

from typing import Any

import numpy as np
import pytest

from leeward.engines.matching import WITHIN_BITS, Index, Match, _kernels, exact_value
from leeward.engines.matching.tests.held import NO_EXACT, NO_KEYS, ZERO, flipped, random_hashes

DIGEST = exact_value("sha256", "00ff")


@pytest.fixture
def index() -> Index:
    return Index.empty()


def test_an_empty_index_finds_nothing(index: Index) -> None:
    assert index.near(ZERO) == []
    assert index.near(ZERO, within_bits=256) == []
    assert index.exact(DIGEST) == []
    assert (index.position, index.mark) == (0, bytes(32))


def test_a_hash_is_found_up_to_31_bits_away(index: Index) -> None:
    index.publish(7, near=[ZERO], position=1)

    assert index.near(flipped(ZERO, *range(WITHIN_BITS))) == [Match(7, 31)]
    assert index.near(flipped(ZERO, *range(WITHIN_BITS + 1))) == []
    assert index.near(flipped(ZERO, *range(40)), within_bits=40) == [Match(7, 40)]


def test_the_nearest_comes_first_and_then_the_lowest_key(index: Index) -> None:
    index.publish(3, near=[flipped(ZERO, 1, 2)], position=1)
    index.publish(9, near=[flipped(ZERO, 3)], position=2)
    index.publish(5, near=[flipped(ZERO, 4)], position=3)

    assert index.near(ZERO) == [Match(5, 1), Match(9, 1), Match(3, 2)]


def test_a_key_with_many_rows_is_returned_once_at_its_nearest(index: Index) -> None:
    index.publish(1, near=[flipped(ZERO, 1, 2), flipped(ZERO, 1), ZERO, ZERO], position=1)
    index.publish(1, near=[flipped(ZERO, 5)], position=2)

    assert index.near(flipped(ZERO, 5)) == [Match(1, 0)]
    assert index.near(ZERO) == [Match(1, 0)]


def test_the_same_row_published_twice_is_held_once(index: Index) -> None:
    index.publish(1, near=[ZERO], exact=[DIGEST], position=1)
    index.publish(1, near=[ZERO], exact=[DIGEST], position=2)

    assert index.near(ZERO) == [Match(1, 0)]
    assert index.exact(DIGEST) == [1]
    assert index.figures().delta_rows == 2


def test_several_keys_may_hold_the_same_values(index: Index) -> None:
    index.publish(4, near=[ZERO], exact=[DIGEST], position=1)
    index.publish(2, near=[ZERO], exact=[DIGEST], position=2)

    assert index.near(ZERO) == [Match(2, 0), Match(4, 0)]
    assert index.exact(DIGEST) == [2, 4]


def test_a_withdrawn_key_is_not_found_again(index: Index) -> None:
    index.publish(1, near=[ZERO, flipped(ZERO, 9)], exact=[DIGEST], position=1)
    index.publish(2, near=[ZERO], position=2)

    assert index.withdraw(1, position=3)
    assert not index.withdraw(1, position=4)
    assert not index.withdraw(99, position=5)
    assert index.near(ZERO) == [Match(2, 0)]
    assert index.exact(DIGEST) == []
    assert index.position == 5


def test_a_key_that_is_published_again_has_only_its_new_rows(index: Index) -> None:
    index.publish(1, near=[ZERO], exact=[DIGEST], position=1)
    index.withdraw(1, position=2)
    far = bytes([255]) * 32

    index.publish(1, near=[far], position=3)

    assert index.near(far) == [Match(1, 0)]
    assert index.near(ZERO) == []
    assert index.exact(DIGEST) == []


def test_an_old_publication_that_is_repeated_brings_nothing_back(index: Index) -> None:
    index.publish(1, near=[ZERO], position=1)
    index.withdraw(1, position=2)

    index.publish(1, near=[ZERO], position=1)
    index.publish_many(
        keys=np.array([1, 2]), values=np.zeros((2, 32), np.uint8), exact_keys=NO_KEYS, exact_values=NO_EXACT, position=1
    )

    assert index.near(ZERO) == [Match(2, 0)]


def test_an_old_withdrawal_that_is_repeated_takes_nothing_newer(index: Index) -> None:
    index.publish(1, near=[ZERO], position=1)
    index.withdraw(1, position=2)
    index.publish(1, near=[ZERO], position=3)

    assert not index.withdraw(1, position=2)
    assert index.near(ZERO) == [Match(1, 0)]


def test_one_call_asks_many_questions(index: Index) -> None:
    hashes = random_hashes(20, seed=1)
    digests = np.frombuffer(b"".join(exact_value("md5", str(n)) for n in range(20)), np.uint8).reshape(20, 16)
    keys = np.arange(20, dtype=np.int64)
    index.publish_many(keys=keys, values=hashes, exact_keys=keys, exact_values=digests, position=8)

    assert index.near_many(hashes[::-1]) == [[Match(key, 0)] for key in reversed(range(20))]
    assert index.exact_many(digests[::-1]) == [[key] for key in reversed(range(20))]
    assert index.near_many(hashes[:0]) == []


def test_a_position_only_goes_up(index: Index) -> None:
    index.advance(9)
    index.advance(4)

    assert index.position == 9


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_hash_of_another_length_is_refused(index: Index, length: int) -> None:
    with pytest.raises(ValueError, match="octets"):
        index.publish(1, near=[bytes(length)], position=1)
    with pytest.raises(ValueError, match="octets"):
        index.near(bytes(length))
    with pytest.raises(ValueError, match="octets"):
        index.exact(bytes(length))


@pytest.mark.parametrize("within_bits", [-1, 257])
def test_a_radius_that_cannot_be_is_refused(index: Index, within_bits: int) -> None:
    with pytest.raises(ValueError, match="within_bits"):
        index.near(ZERO, within_bits=within_bits)


def test_keys_and_shapes_that_do_not_fit_are_refused(index: Index) -> None:
    two = np.zeros((2, 32), np.uint8)
    with pytest.raises(ValueError, match="0 or more"):
        index.publish(-1, near=[ZERO], position=1)
    for keys in (np.array([1]), np.array([-1, 2]), np.array([1, 2], np.int32), np.array([[1, 2]])):
        with pytest.raises(ValueError, match="keys"):
            index.publish_many(keys=keys, values=two, exact_keys=NO_KEYS, exact_values=NO_EXACT, position=1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="hashes"):
        index.near_many(two[:, :31])
    with pytest.raises(ValueError, match="exact values"):
        index.exact_many(two)


def test_an_exact_value_depends_on_its_kind() -> None:
    assert len(exact_value("md5", "00")) == 16
    assert exact_value("md5", "00") == exact_value("md5", "00")
    assert exact_value("md5", "00") != exact_value("sha1", "00")
    assert exact_value("md5", "100") != exact_value("md51", "00")


def test_every_kind_of_question_is_answered_by_loops_that_were_compiled_at_the_start(index: Index) -> None:
    loops: Any = _kernels.ask  # What the compiler made of it knows for which arrays.
    made = list(loops.signatures)

    index.near(ZERO)
    index.exact(DIGEST)
    index.near_many(np.zeros((3, 32), np.uint8))

    assert made
    assert list(loops.signatures) == made

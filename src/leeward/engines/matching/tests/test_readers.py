"""A reader sees whole changes while a writer works."""

import threading
from collections.abc import Callable

import numpy as np

from leeward.engines.matching import ExactSet, NearIndex

ZERO = bytes(32)
NEAR_ZERO = bytes(31) + b"\x01"
ROUNDS = 400


def _beside(write: Callable[[], None], *, read: Callable[[], int]) -> set[int]:
    """Run `write` in another thread, and return what `read` gave before and meanwhile."""
    writer = threading.Thread(target=write)
    seen = {read()}
    writer.start()
    while writer.is_alive():
        seen.add(read())
    writer.join()
    return seen


def test_a_version_that_a_reader_holds_does_not_change() -> None:
    index = NearIndex()
    index.add(1, ZERO)
    held = index._rows
    first_row = np.array([0])

    index.add(1, NEAR_ZERO)
    index.add(2, ZERO)

    assert held.count == 1
    assert held.shown(first_row).all()
    assert not index._rows.shown(first_row).any()


def test_a_hash_that_is_being_replaced_is_always_found_once() -> None:
    index = NearIndex()
    far = np.random.default_rng(1).integers(0, 256, (20_000, 32), dtype=np.uint8)
    index.add_many(np.arange(100, 20_100, dtype=np.int64), far)
    index.add(1, ZERO)

    def replace() -> None:
        for turn in range(ROUNDS):
            index.add(1, NEAR_ZERO if turn % 2 else ZERO)

    assert _beside(replace, read=lambda: len(index.near(ZERO))) == {1}


def test_many_hashes_appear_and_disappear_together() -> None:
    index = NearIndex()
    keys = np.arange(3, dtype=np.int64)
    near, far = np.zeros((3, 32), dtype=np.uint8), np.full((3, 32), 255, dtype=np.uint8)

    def swap() -> None:
        for turn in range(ROUNDS):
            index.add_many(keys, far if turn % 2 else near)

    assert _beside(swap, read=lambda: len(index.near(ZERO))) <= {0, 3}


def test_a_value_that_is_being_moved_between_keys_is_never_lost() -> None:
    names = ExactSet()
    names.add(0, "bad.example")

    def move() -> None:
        for turn in range(ROUNDS * 20):
            names.add(turn + 1, "bad.example")
            names.remove(turn)

    assert _beside(move, read=lambda: len(names.find("bad.example"))) <= {1, 2}

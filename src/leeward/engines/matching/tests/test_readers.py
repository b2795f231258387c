"""Readers see whole changes while a writer works and while the next segment is made."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from leeward.engines.matching import Index, exact_value
from leeward.engines.matching.tests.held import MARK, NO_EXACT, NO_KEYS, ZERO, flipped, random_hashes, segment

ROUNDS = 300
NEAR_ZERO = flipped(ZERO, 7)
DIGEST = exact_value("md5", "00")


def _beside(write: Callable[[], None], *, read: Callable[[], int]) -> set[int]:
    """Run `write` in another thread, and return what `read` gave before and meanwhile."""
    failed: list[BaseException] = []

    def guarded() -> None:
        try:
            write()
        except BaseException as error:
            failed.append(error)
            raise

    writer = threading.Thread(target=guarded)
    seen = {read()}
    writer.start()
    while writer.is_alive():
        seen.add(read())
    writer.join()
    assert not failed
    return seen


def test_rows_that_are_published_together_appear_together() -> None:
    index = Index.empty()
    index.publish(1, near=[ZERO], position=1)

    def publish() -> None:
        for turn in range(ROUNDS):
            keys = np.arange(10 + 3 * turn, 13 + 3 * turn, dtype=np.int64)
            values = np.zeros((3, 32), np.uint8)
            index.publish_many(keys=keys, values=values, exact_keys=NO_KEYS, exact_values=NO_EXACT, position=turn + 2)

    assert {found % 3 for found in _beside(publish, read=lambda: len(index.near(ZERO)))} == {1}


def test_a_key_that_gets_another_row_is_always_found_once() -> None:
    index = Index.empty()
    index.publish(1, near=[ZERO], position=1)

    def publish() -> None:
        for turn in range(ROUNDS):
            index.publish(1, near=[flipped(ZERO, turn % 30)], position=turn + 2)

    assert _beside(publish, read=lambda: len(index.near(ZERO))) == {1}


def test_merging_loses_nothing_and_brings_nothing_back(tmp_path: Path) -> None:
    path = tmp_path / "signs.segment"
    values = random_hashes(20_000, seed=5)
    values[0] = 0
    values[1] = np.frombuffer(NEAR_ZERO, np.uint8)
    index = Index.open(segment(path, values))
    index.withdraw(1, position=2)
    index.publish(50_000, near=[NEAR_ZERO], exact=[DIGEST], position=3)

    def merge() -> None:
        for turn in range(8):
            index.publish(60_000 + turn, near=[random_hashes(1, seed=turn).tobytes()], position=4 + turn)
            index.write(path, mark=MARK)
            index.rebase(path)

    def read() -> int:
        assert index.exact(DIGEST) == [50_000]
        return hash(tuple(match.key for match in index.near(ZERO)))

    assert _beside(merge, read=read) == {hash((0, 50_000))}
    assert index.figures().near_rows == 20_000 - 1 + 1 + 8


def test_changes_during_a_merge_are_in_force_before_and_after_it(tmp_path: Path) -> None:
    path = tmp_path / "signs.segment"
    index = Index.open(segment(path, random_hashes(20_000, seed=5)))
    last = 0

    def merge() -> None:
        for _ in range(5):
            index.write(path, mark=MARK)
            index.rebase(path)

    def change() -> int:
        nonlocal last
        last += 1
        index.publish(100_000 + last, near=[ZERO], position=2 * last)
        found = [match.key for match in index.near(ZERO)]
        assert found == [100_000 + last]
        assert index.withdraw(100_000 + last, position=2 * last + 1)
        return len(index.near(ZERO))

    assert _beside(merge, read=change) == {0}

"""A segment is one file that every process shares; what came after it stays with whoever follows."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from leeward.engines import matching
from leeward.engines.matching import Index, Match, SegmentMissing, SegmentTooOld, exact_value
from leeward.engines.matching.tests.held import MARK, ZERO, flipped, random_hashes, segment

DIGEST = exact_value("sha256", "00ff")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "signs.segment"


def test_what_was_held_is_in_the_next_segment(path: Path) -> None:
    index = Index.empty()
    index.publish(1, near=[ZERO, flipped(ZERO, 3)], exact=[DIGEST], position=1)
    index.publish(2, near=[ZERO], position=2)
    index.publish(3, near=[ZERO], exact=[DIGEST], position=3)
    index.withdraw(2, position=4)

    index.write(path, mark=MARK)
    opened = Index.open(path)

    assert opened.near(ZERO) == [Match(1, 0), Match(3, 0)]
    assert opened.exact(DIGEST) == [1, 3]
    assert (opened.position, opened.mark) == (4, MARK)
    figures = opened.figures()
    assert (figures.near_rows, figures.exact_rows, figures.delta_rows, figures.withdrawn) == (3, 2, 0, 0)
    assert figures.size_bytes == path.stat().st_size


def test_a_set_of_exactly_one_hash_matches(path: Path) -> None:
    # The peer's index does not find it after it was stored: facebook/ThreatExchange issue 1318.
    index = Index.open(segment(path, np.zeros((1, 32), np.uint8)))

    assert index.near(ZERO) == [Match(0, 0)]
    assert index.near(flipped(ZERO, *range(31))) == [Match(0, 31)]


def test_an_empty_segment_is_a_segment(path: Path) -> None:
    Index.empty().write(path, mark=MARK)
    index = Index.open(path)
    matching.verify(path)

    assert index.near(ZERO) == []
    assert index.exact(DIGEST) == []


def test_a_rebase_keeps_what_came_after_the_segment(path: Path) -> None:
    index = Index.empty()
    for key in range(4):
        index.publish(key, near=[ZERO], exact=[DIGEST], position=key + 1)
    index.write(path, mark=MARK)
    index.withdraw(0, position=5)
    index.publish(9, near=[ZERO], position=6)
    index.withdraw(1, position=7)
    index.publish(1, near=[ZERO], position=8)

    index.rebase(path)

    assert [match.key for match in index.near(ZERO)] == [1, 2, 3, 9]
    assert index.exact(DIGEST) == [2, 3]
    figures = index.figures()
    assert (figures.delta_rows, figures.withdrawn, figures.base_position, index.position) == (2, 2, 4, 8)
    assert (figures.near_rows, figures.exact_rows) == (4, 2)


def test_a_rebase_forgets_what_the_segment_has(path: Path) -> None:
    index = Index.empty()
    index.publish(1, near=[ZERO], position=1)
    index.withdraw(1, position=2)
    index.publish(2, near=[ZERO], position=3)
    index.write(path, mark=MARK)

    index.rebase(path)

    assert index.near(ZERO) == [Match(2, 0)]
    assert (index.figures().delta_rows, index.figures().withdrawn) == (0, 0)


def test_a_follower_that_is_behind_takes_the_position_of_the_segment(path: Path) -> None:
    index = Index.empty()
    index.publish(1, near=[ZERO], position=3)

    index.rebase(segment(path, random_hashes(5, seed=1), position=9))

    assert index.position == 9
    assert index.near(ZERO) == []


def test_what_the_segment_has_is_not_applied_again(path: Path) -> None:
    index = Index.open(segment(path, random_hashes(3, seed=1), position=9))

    index.publish(7, near=[ZERO], position=9)
    assert not index.withdraw(0, position=9)

    assert index.near(ZERO) == []
    assert index.near(random_hashes(3, seed=1)[0].tobytes()) == [Match(0, 0)]


def test_a_withdrawn_key_of_the_segment_can_come_back_with_other_rows(path: Path) -> None:
    values = random_hashes(3, seed=1)
    index = Index.open(segment(path, values))

    assert index.withdraw(2, position=2)
    assert not index.withdraw(2, position=3)
    index.publish(2, near=[ZERO], position=4)
    index.write(path, mark=MARK)
    index.rebase(path)

    assert index.near(ZERO) == [Match(2, 0)]
    assert index.near(values[2].tobytes()) == []
    assert index.near(values[1].tobytes()) == [Match(1, 0)]


def test_an_older_segment_is_refused(path: Path, tmp_path: Path) -> None:
    index = Index.open(segment(path, random_hashes(3, seed=1), position=9))

    with pytest.raises(SegmentTooOld, match="9 is in use"):
        index.rebase(segment(tmp_path / "older", random_hashes(3, seed=1), position=8))
    assert index.figures().base_position == 9


def test_a_segment_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(SegmentMissing, match=r"signs\.segment"):
        Index.open(path)


def test_a_write_that_fails_leaves_the_present_segment_and_no_rubbish(path: Path) -> None:
    index = Index.open(segment(path, random_hashes(3, seed=1)))
    before = path.read_bytes()

    with pytest.raises(ValueError, match="a mark has 32 octets"):
        index.write(path, mark=b"short")

    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_the_same_rows_in_another_order_make_the_same_file(path: Path, tmp_path: Path) -> None:
    values = random_hashes(500, seed=1)
    keys = np.arange(500, dtype=np.int64)
    for name, order in (("a", slice(None)), ("b", slice(None, None, -1))):
        index = Index.empty()
        index.publish_many(
            keys=keys[order],
            values=values[order],
            exact_keys=keys[order],
            exact_values=values[order, :16],
            position=1,
        )
        index.write(tmp_path / name, mark=MARK)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_another_process_finds_the_same_in_the_same_file(path: Path) -> None:
    values = random_hashes(30_000, seed=1)
    segment(path, values)
    asked = flipped(values[29_999].tobytes(), 1, 100, 200)
    program = (
        "import json, sys; from pathlib import Path; from leeward.engines.matching import Index;"
        "print(json.dumps([[m.key, m.distance_bits] for m in"
        " Index.open(Path(sys.argv[1])).near(bytes.fromhex(sys.argv[2]))]))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(path), asked.hex()], capture_output=True, text=True, check=True
    )

    assert json.loads(done.stdout) == [[29_999, 3]]


def test_a_replacement_at_one_position_is_kept_by_a_rebase(path: Path) -> None:
    index = Index.open(segment(path, random_hashes(3, seed=1)))
    index.withdraw(1, position=2)
    index.publish(1, near=[ZERO], position=2)
    index.write(path, mark=MARK)

    index.rebase(path)

    assert index.near(ZERO) == [Match(1, 0)]
    assert index.figures().withdrawn == 0

"""Whatever is published, withdrawn, written and rebased, the index answers as the slow and obvious one does."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from leeward.engines.matching import Index, exact_value
from leeward.engines.matching._reference import SlowIndex
from leeward.engines.matching.tests.held import MARK, NO_EXACT, NO_KEYS, flipped, flocks, segment

# Enough hashes that the segment has bands; most of them in flocks, so that a question finds several.
BASE = flocks(1_700, each=10, seed=11)
LEADERS = [BASE[10 * number].tobytes() for number in range(6)] + [bytes(32), bytes([255]) * 32]
DIGESTS = [exact_value("md5", str(number)) for number in range(5)]

keys = st.integers(0, 25) | st.just(2**63 - 1)
bits = st.lists(st.integers(0, 255), max_size=36)
hashes = st.builds(lambda leader, turned: flipped(leader, *turned), st.sampled_from(LEADERS), bits)


class Comparison(RuleBasedStateMachine):
    """Do the same to both, and ask both the same."""

    @initialize(with_base=st.booleans())
    def begin(self, *, with_base: bool) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "segment"
        self.slow = SlowIndex()
        self.index = Index.empty()
        if with_base:
            self.index = Index.open(segment(self.path, BASE))
            for key, value in enumerate(BASE):
                self.slow.publish(key, near=[value.tobytes()], position=1)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    @rule(key=keys, near=st.lists(hashes, max_size=3), exact=st.lists(st.sampled_from(DIGESTS), max_size=2))
    def publish(self, key: int, near: list[bytes], exact: list[bytes]) -> None:
        position = self.slow.position + 1
        self.index.publish(key, near=near, exact=exact, position=position)
        self.slow.publish(key, near=near, exact=exact, position=position)

    @rule(rows=st.lists(st.tuples(keys, hashes), max_size=5))
    def publish_many(self, rows: list[tuple[int, bytes]]) -> None:
        position = self.slow.position + 1
        self.index.publish_many(
            keys=np.array([key for key, _ in rows], dtype=np.int64),
            values=np.frombuffer(b"".join(value for _, value in rows), dtype=np.uint8).reshape(len(rows), 32),
            exact_keys=NO_KEYS,
            exact_values=NO_EXACT,
            position=position,
        )
        for key, value in rows:
            self.slow.publish(key, near=[value], position=position)
        self.index.advance(position)
        self.slow.position = position

    @rule(key=keys, back=st.integers(0, 3))
    def withdraw(self, key: int, back: int) -> None:
        position = max(self.slow.position + 1 - back, self.index.figures().base_position + 1)
        assert self.index.withdraw(key, position=position) == self.slow.withdraw(key, position=position)

    @rule()
    def merge(self) -> None:
        self.index.write(self.path, mark=MARK)
        self.index.rebase(self.path)
        assert self.index.figures().delta_rows == 0

    @rule(key=keys, near=hashes, later=st.integers(0, 2))
    def change_between_write_and_rebase(self, key: int, near: bytes, later: int) -> None:
        self.index.write(self.path, mark=MARK)
        for _ in range(later):
            self.withdraw(key, 0)
            self.publish(key, [near], [])
        self.index.rebase(self.path)

    @rule(value=hashes, within_bits=st.sampled_from([0, 1, 5, 16, 30, 31, 32, 48, 256]))
    def ask(self, value: bytes, within_bits: int) -> None:
        assert self.index.near(value, within_bits=within_bits) == self.slow.near(value, within_bits=within_bits)

    @invariant()
    def the_leaders_have_the_same_followers(self) -> None:
        if not hasattr(self, "slow"):
            return
        asked = np.frombuffer(b"".join(LEADERS[4:]), dtype=np.uint8).reshape(-1, 32)
        assert self.index.near_many(asked) == [self.slow.near(leader) for leader in LEADERS[4:]]
        assert [self.index.exact(digest) for digest in DIGESTS] == [self.slow.exact(digest) for digest in DIGESTS]
        assert self.index.position == self.slow.position


TestComparison = Comparison.TestCase
TestComparison.settings = settings(
    max_examples=20, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

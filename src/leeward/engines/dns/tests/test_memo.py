"""Ready answers over time, with the clock as an argument: what they show never outlives what the upstream allowed."""

import dns.message
import pytest

from leeward.engines.dns._callers import Callers
from leeward.engines.dns._counters import Counters
from leeward.engines.dns._memo import Memo
from leeward.engines.dns._resolve import Now, Ready
from leeward.engines.dns._ruling import Ruling, Way

from .asking import good, question

ASKER = bytes((0, 53, 192, 0, 2, 9))
CHILD = Ruling(Way.OPEN, is_child=True)


class Alike:
    """A policy with one ruling for all."""

    def knows(self, who: bytes) -> bool:
        return False

    def decide(self, wire: bytes, who: bytes, at_s: int) -> Ruling:
        return CHILD


@pytest.fixture
def asked() -> bytes:
    return question("ok.example").to_wire()


@pytest.fixture
def memo(asked: bytes) -> Memo:
    """An answer that came with 300 seconds to live, kept at second 1,000 for children, who are shown at most 60."""
    memo = Memo(
        Alike(),
        callers=Callers(lambda _: False, trusted=(), device_option=None),
        counters=Counters(),
        told=lambda *_: None,
    )
    octets = good(asked, ttl_s=60).to_wire()
    ttl_at = octets.index(b"\0\0\0\x3c")  # The 60 seconds that it shows now.
    memo.keep(asked, Ready(octets, CHILD, 1_300.0, ((ttl_at, 300),), 60), now=Now(1_000.0, 0))
    return memo


@pytest.mark.parametrize(("second", "shown_s"), [(1_000, 60), (1_100, 60), (1_240, 60), (1_241, 59), (1_299, 1)])
def test_an_answer_shows_what_is_left_of_it_and_never_more_than_a_child_may_keep(
    second: int, shown_s: int, memo: Memo, asked: bytes
) -> None:
    for moment in {1_000, second}:
        (answer,) = memo.find([asked], [ASKER], now=Now(float(moment), 0))

    assert answer is not None
    assert dns.message.from_wire(answer).answer[0].ttl == shown_s


def test_an_answer_is_forgotten_when_nothing_is_left_of_it(memo: Memo, asked: bytes) -> None:
    assert memo.find([asked], [ASKER], now=Now(1_300.0, 0)) == [None]

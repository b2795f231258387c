"""Whoever follows the log by pages, of any size and at any moment, is given everything once and in order."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.core import facts, sequencer
from leeward.indicators import services as indicators
from leeward.indicators.tests.made_up import AT, SomethingElse, domain, sha256, slow_log

pytestmark = pytest.mark.django_db

Step = tuple[str, int]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(1, 7)),
        st.tuples(st.just("revoke"), st.integers(0, 5)),
        st.tuples(st.just("something else"), st.integers(1, 5)),
        st.tuples(st.just("stamp"), st.integers(1, 4)),
        st.tuples(st.just("read a page"), st.integers(1, 9)),
    ),
    max_size=16,
)


@contextmanager
def undone() -> Iterator[None]:
    """Begin each example with an empty log."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Follower:
    """Keeps the last position that it was given and nothing else, as every follower does."""

    def __init__(self) -> None:
        self.position = 0
        self.read: list[tuple[int, str, str]] = []

    def read_a_page(self, most: int) -> bool:
        changes = indicators.since(self.position, most=most)
        self.read += [(change.position, change.op, change.indicator.value) for change in changes]
        self.position = changes[-1].position if changes else self.position
        return bool(changes)


def performer(follower: Follower) -> Callable[[Step], None]:
    numbers, sources, makers = itertools.count(), itertools.count(), itertools.cycle((sha256, domain))

    def perform(step: Step) -> None:
        what, number = step
        if what == "publish":
            signs = [next(makers)(next(numbers)) for _ in range(number)]
            indicators.publish(signs, source=f"import:{next(sources)}", actor="user:1", at=AT)
        elif what == "revoke":
            indicators.revoke(source=f"import:{number}", actor="user:1", at=AT)
        elif what == "something else":
            facts.announce(SomethingElse(number), actor="system", at=AT, span=number)
        elif what == "stamp":
            sequencer.stamp(at=AT, most=number)
        else:
            follower.read_a_page(number)

    return perform


@given(steps=STEPS, page=st.integers(1, 9))
@settings(max_examples=60)
def test_pages_of_any_size_at_any_moment_give_the_whole_log_once_and_in_order(steps: list[Step], page: int) -> None:
    with undone():
        follower = Follower()
        perform = performer(follower)
        for step in steps:
            perform(step)
        while follower.read_a_page(page):
            pass

        assert follower.read == slow_log()
        assert follower.read == [
            (change.position, change.op, change.indicator.value) for change in indicators.since(0, most=10_000)
        ]


@given(steps=STEPS, start=st.integers(0, 60))
@settings(max_examples=60)
def test_reading_from_any_position_gives_exactly_what_comes_after_it(steps: list[Step], start: int) -> None:
    with undone():
        perform = performer(Follower())
        for step in steps:
            perform(step)

        read = [change.position for change in indicators.since(start, most=10_000)]

        assert read == [position for position, _, _ in slow_log() if position > start]

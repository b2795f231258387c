"""A visitor does a thing so often in a minute and no more; whoever waits may go on, and others never notice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from leeward.core import paces

AT = datetime(2026, 11, 23, 15, tzinfo=UTC)


def admitted(pace: paces.Pace, visitor: str, *, at: datetime = AT, a_minute: int = 2) -> bool:
    try:
        pace.admit(visitor, a_minute=a_minute, at=at)
    except paces.TooOften:
        return False
    return True


def test_a_visitor_is_admitted_so_often_and_another_is_not_slowed() -> None:
    pace = paces.Pace()

    assert [admitted(pace, "a") for _ in range(3)] == [True, True, False]
    assert admitted(pace, "b")


def test_a_minute_later_it_goes_on_for_each_one_that_is_a_minute_old() -> None:
    pace = paces.Pace()
    for seconds in (0, 30):
        pace.admit("a", a_minute=2, at=AT + timedelta(seconds=seconds))

    later = [admitted(pace, "a", at=AT + timedelta(seconds=seconds)) for seconds in (59, 60, 61, 90)]

    assert later == [False, True, False, True]


def test_whoever_is_refused_reads_how_long_to_wait_and_may_come_then() -> None:
    pace = paces.Pace()
    pace.admit("a", a_minute=1, at=AT)
    now = AT + timedelta(seconds=20.5)

    with pytest.raises(paces.TooOften) as refused:
        pace.admit("a", a_minute=1, at=now)

    assert refused.value.seconds == 40
    assert admitted(pace, "a", a_minute=1, at=now + timedelta(seconds=40))


def test_to_be_refused_makes_nobody_wait_longer() -> None:
    pace = paces.Pace()
    for second in range(59):
        admitted(pace, "a", a_minute=1, at=AT + timedelta(seconds=second))

    assert admitted(pace, "a", a_minute=1, at=AT + paces.MINUTE)


def test_two_things_are_counted_apart_and_all_are_forgotten_together() -> None:
    asking, answering = paces.Pace(), paces.Pace()
    asking.admit("a", a_minute=1, at=AT)
    assert admitted(answering, "a", a_minute=1)

    paces.forget()

    assert admitted(asking, "a", a_minute=1)


def test_very_many_visitors_take_little_memory_and_are_gone_after_the_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paces, "VISITORS", 100)
    pace = paces.Pace()
    for number in range(1_000):
        pace.admit(str(number), a_minute=1, at=AT)

    assert len(pace._times) == 100
    pace.admit("later", a_minute=1, at=AT + paces.MINUTE)
    assert list(pace._times) == ["later"]


def test_threads_that_come_at_once_are_counted_each() -> None:
    pace = paces.Pace()
    with ThreadPoolExecutor(8) as pool:
        tries = list(pool.map(lambda _number: admitted(pace, "a", a_minute=50), range(400)))

    assert sum(tries) == 50

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest

from leeward.core import chores
from leeward.core.models import Chore
from leeward.core.tests.lamps import AT, CANARY, LampBroken

MINUTE = timedelta(minutes=1)
ran: list[datetime] = []


def sweep(at: datetime) -> None:
    ran.append(at)


def break_down(at: datetime) -> None:
    raise LampBroken(CANARY)


@pytest.fixture(autouse=True)
def _none_ran(db: None) -> None:
    ran.clear()


def test_a_chore_that_never_ran_runs_at_once() -> None:
    chores.every(60, sweep)

    chores.run_due(at=AT)

    assert ran == [AT]
    assert Chore.objects.get().next_at == AT + MINUTE


def test_a_chore_runs_once_when_it_is_due_and_not_before() -> None:
    chores.every(60, sweep)

    for at in (AT, AT, AT + MINUTE / 2, AT + MINUTE, AT + MINUTE):
        chores.run_due(at=at)

    assert ran == [AT, AT + MINUTE]


def test_a_chore_that_was_missed_for_long_runs_once() -> None:
    chores.every(60, sweep)
    chores.run_due(at=AT)

    chores.run_due(at=AT + 100 * MINUTE)
    chores.run_due(at=AT + 100 * MINUTE)

    assert ran == [AT, AT + 100 * MINUTE]


def test_a_broken_chore_does_not_stop_the_others_and_comes_again(caplog: pytest.LogCaptureFixture) -> None:
    chores.every(60, break_down)
    chores.every(60, sweep)

    with caplog.at_level(logging.ERROR, "leeward.chores"):
        chores.run_due(at=AT)

    assert ran == [AT]
    assert Chore.objects.get(name=f"{__name__}.break_down").next_at == AT + MINUTE
    assert [record.getMessage() for record in caplog.records] == ["chore failed"]
    assert CANARY not in caplog.text

"""How much one person looks at: the day's time, and the breaks that come by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.cases import wellbeing
from leeward.cases.models import Exposure
from leeward.cases.tests.desk import UNDONE, undone
from leeward.core.models import User

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _rules(settings: Any) -> None:
    """An hour a day, a break of ten minutes after twenty."""
    desk = replace(
        settings.LEEWARD.desk, exposure_minutes=60, exposure_break_after_minutes=20, exposure_break_minutes=10
    )
    settings.LEEWARD = replace(settings.LEEWARD, desk=desk)


def look(person: User, minutes: float, *, ends: datetime) -> datetime | None:
    wellbeing.seen(person, seconds=int(minutes * 60), at=ends)
    return wellbeing.on_break(person, at=ends)


def test_who_looked_at_nothing_has_no_break(cem: User) -> None:
    assert wellbeing.on_break(cem, at=AT) is None


def test_a_break_comes_by_itself_after_so_long_in_a_row_and_ends_by_itself(cem: User, dan: User) -> None:
    assert look(cem, 15, ends=AT) is None
    assert look(cem, 5, ends=AT + 6 * MINUTE) == AT + 16 * MINUTE

    assert wellbeing.on_break(dan, at=AT + 6 * MINUTE) is None
    assert wellbeing.on_break(cem, at=AT + 15 * MINUTE) == AT + 16 * MINUTE
    assert wellbeing.on_break(cem, at=AT + 16 * MINUTE) is None
    assert look(cem, 15, ends=AT + 40 * MINUTE) is None


def test_a_pause_as_long_as_a_break_counts_as_one(cem: User) -> None:
    look(cem, 15, ends=AT)

    assert look(cem, 15, ends=AT + 25 * MINUTE) is None
    assert look(cem, 5, ends=AT + 34 * MINUTE) == AT + 44 * MINUTE


def test_a_pause_that_is_shorter_does_not(cem: User) -> None:
    look(cem, 15, ends=AT)

    assert look(cem, 15, ends=AT + 24 * MINUTE) is not None


def test_when_the_time_of_the_day_is_used_the_break_lasts_until_the_next(cem: User) -> None:
    for number in range(4):
        assert look(cem, 14, ends=AT + number * 30 * MINUTE) is None

    assert look(cem, 4, ends=AT + 150 * MINUTE) == MIDNIGHT
    assert wellbeing.on_break(cem, at=MIDNIGHT - MINUTE) == MIDNIGHT
    assert wellbeing.on_break(cem, at=MIDNIGHT) is None


def test_midnight_is_no_break(cem: User) -> None:
    look(cem, 15, ends=MIDNIGHT - MINUTE)

    assert look(cem, 5, ends=MIDNIGHT + 5 * MINUTE) == MIDNIGHT + 15 * MINUTE


def test_a_break_goes_on_over_midnight(cem: User) -> None:
    assert look(cem, 20, ends=MIDNIGHT - MINUTE) == MIDNIGHT + 9 * MINUTE

    assert wellbeing.on_break(cem, at=MIDNIGHT + MINUTE) == MIDNIGHT + 9 * MINUTE


def test_breaks_in_a_row_can_be_switched_off_and_the_time_of_the_day_cannot(cem: User, settings: Any) -> None:
    settings.LEEWARD = replace(settings.LEEWARD, desk=replace(settings.LEEWARD.desk, exposure_break_after_minutes=0))

    assert look(cem, 59, ends=AT) is None
    assert look(cem, 1, ends=AT + MINUTE) == MIDNIGHT


def test_the_supervisor_has_numbers_the_most_first(cem: User, dan: User) -> None:
    look(cem, 10, ends=AT)
    look(dan, 30, ends=AT)
    look(dan, 1, ends=AT - 24 * 60 * MINUTE)

    first, second = wellbeing.loads(at=AT + MINUTE)

    assert (first.person, first.minutes, first.views, first.percent) == (dan, 30, 1, 50)
    assert first.break_until == AT + 10 * MINUTE
    assert (second.person, second.minutes, second.percent, second.break_until) == (cem, 10, 16, None)


@settings(max_examples=40, suppress_health_check=UNDONE)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 900)), max_size=25))
def test_nobody_who_heeds_the_breaks_looks_longer_than_allowed(cem: User, looks: list[tuple[int, int]]) -> None:
    with undone():
        now, row_s = AT, 0
        for pause_min, seconds in looks:
            now += pause_min * MINUTE
            row_s = 0 if pause_min >= 10 else row_s
            if until := wellbeing.on_break(cem, at=now):
                now, row_s = until, 0
            now += timedelta(seconds=seconds)
            wellbeing.seen(cem, seconds=seconds, at=now)
            row_s += seconds
            assert (wellbeing.on_break(cem, at=now) is not None) == (row_s >= 1200 or _day_s(cem, now) >= 3600)

        # One look is never cut short, so the last one may go over.
        assert all(day.seconds < 3600 + 900 for day in Exposure.objects.all())


def _day_s(person: User, now: datetime) -> int:
    return Exposure.objects.get(person=person, day_date=now.date()).seconds

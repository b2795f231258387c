"""A desk is open in its shifts, in its own time zone, but for the days that are different."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from leeward.helplines.conversations.models import Desk
from leeward.helplines.shifts import hours, services
from leeward.helplines.shifts.models import Shift, SpecialDay

MONDAY, SUNDAY = 0, 6
WEEK = range(7)


@pytest.fixture
def ulaanbaatar(desk: Desk) -> Desk:
    """A desk eight hours ahead of UTC, all year."""
    desk.time_zone = "Asia/Ulaanbaatar"
    desk.save()
    return desk


@pytest.fixture
def berlin(desk: Desk) -> Desk:
    """A desk in a place with summer time: forward on 28 March 2027 at 2:00, back on 31 October 2027 at 3:00."""
    desk.time_zone = "Europe/Berlin"
    desk.save()
    return desk


def plan(desk: Desk, start: int, end: int, days: range | list[int] = WEEK) -> None:
    services.plan(desk, weekdays=days, hours=services.Hours(start * 60, end * 60), seat=None)


def utc(month: int, day: int, hour: int, minute: int = 0, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_the_hours_are_those_of_the_place(ulaanbaatar: Desk) -> None:
    plan(ulaanbaatar, 15, 21)

    assert not hours.is_open(ulaanbaatar, at=utc(11, 23, 6, 59))
    assert hours.is_open(ulaanbaatar, at=utc(11, 23, 7, 0))
    assert hours.is_open(ulaanbaatar, at=utc(11, 23, 12, 59))
    assert not hours.is_open(ulaanbaatar, at=utc(11, 23, 13, 0))


def test_a_closed_desk_says_when_it_opens(ulaanbaatar: Desk) -> None:
    plan(ulaanbaatar, 15, 21)

    assert hours.opens_at(ulaanbaatar, at=utc(11, 23, 6)) == utc(11, 23, 7)
    assert hours.opens_at(ulaanbaatar, at=utc(11, 23, 14)) == utc(11, 24, 7)
    assert hours.opens_at(ulaanbaatar, at=utc(11, 23, 8)) is None


def test_a_night_shift_runs_past_midnight(ulaanbaatar: Desk) -> None:
    plan(ulaanbaatar, 22, 6, [SUNDAY])

    assert hours.is_open(ulaanbaatar, at=utc(11, 22, 21))  # Monday 5:00 there.
    assert not hours.is_open(ulaanbaatar, at=utc(11, 22, 22))


def test_a_desk_that_never_closes_is_open_at_every_minute(desk: Desk) -> None:
    services.plan(desk, weekdays=WEEK, hours=services.Hours(0, 1440), seat=None)

    assert all(hours.is_open(desk, at=utc(11, 23, 0) + timedelta(minutes=minute)) for minute in range(0, 10_080, 61))
    assert hours.opens_at(desk, at=utc(11, 23, 12)) is None


def test_shifts_that_touch_are_one_stretch(desk: Desk) -> None:
    plan(desk, 9, 13, [MONDAY])
    plan(desk, 13, 17, [MONDAY])
    plan(desk, 12, 15, [MONDAY])

    assert hours.stretches(desk, since=utc(11, 23, 0), until=utc(11, 24, 0)) == [(utc(11, 23, 9), utc(11, 23, 17))]


def test_stretches_are_cut_to_what_was_asked(desk: Desk) -> None:
    plan(desk, 9, 17)

    assert hours.stretches(desk, since=utc(11, 23, 12), until=utc(11, 24, 10)) == [
        (utc(11, 23, 12), utc(11, 23, 17)),
        (utc(11, 24, 9), utc(11, 24, 10)),
    ]


def test_a_holiday_closes_the_desk(desk: Desk) -> None:
    plan(desk, 9, 17)
    services.set_special_day(desk, day=date(2026, 11, 24), name="Feast", hours=None)

    assert not hours.is_open(desk, at=utc(11, 24, 12))
    assert hours.is_open(desk, at=utc(11, 25, 12))
    assert hours.opens_at(desk, at=utc(11, 23, 18)) == utc(11, 25, 9)


def test_other_hours_stand_in_place_of_those_of_the_week(desk: Desk) -> None:
    plan(desk, 9, 17)
    services.set_special_day(desk, day=date(2026, 11, 24), name="", hours=services.Hours(20 * 60, 2 * 60))

    assert not hours.is_open(desk, at=utc(11, 24, 12))
    assert hours.is_open(desk, at=utc(11, 25, 1))


def test_a_night_before_a_holiday_ends_as_planned(desk: Desk) -> None:
    plan(desk, 22, 6)
    services.set_special_day(desk, day=date(2026, 11, 24), name="Feast", hours=None)

    assert hours.is_open(desk, at=utc(11, 24, 5))
    assert not hours.is_open(desk, at=utc(11, 24, 23))


def test_the_desk_opens_at_the_same_time_of_the_clock_in_summer_and_winter(berlin: Desk) -> None:
    plan(berlin, 15, 20)

    assert hours.is_open(berlin, at=utc(3, 27, 14, year=2027))
    assert not hours.is_open(berlin, at=utc(3, 27, 13, year=2027))
    assert hours.is_open(berlin, at=utc(3, 28, 13, year=2027))


def test_an_hour_that_the_clock_shows_twice_is_open_twice(berlin: Desk) -> None:
    plan(berlin, 2, 3)

    assert hours.stretches(berlin, since=utc(10, 30, 12, year=2027), until=utc(10, 31, 12, year=2027)) == [
        (utc(10, 31, 0, year=2027), utc(10, 31, 2, year=2027))
    ]


def test_an_hour_that_the_clock_leaves_out_closes_nothing_else(berlin: Desk) -> None:
    plan(berlin, 1, 4)

    assert hours.stretches(berlin, since=utc(3, 27, 12, year=2027), until=utc(3, 28, 12, year=2027)) == [
        (utc(3, 28, 0, year=2027), utc(3, 28, 2, year=2027))
    ]


def test_a_desk_without_shifts_and_one_closed_for_good_are_never_open(desk: Desk) -> None:
    assert not hours.is_open(desk, at=utc(11, 23, 12))
    assert hours.opens_at(desk, at=utc(11, 23, 12)) is None

    plan(desk, 0, 24)
    desk.closed_at = utc(11, 1, 0)

    assert not hours.is_open(desk, at=utc(11, 23, 12))
    assert hours.opens_at(desk, at=utc(11, 23, 12)) is None


def test_hours_of_another_desk_open_nothing_here(desk: Desk) -> None:
    other = Desk.objects.create(name="Other desk", made_at=utc(11, 1, 0))
    plan(other, 0, 24)

    assert not hours.is_open(desk, at=utc(11, 23, 12))


def test_the_same_hours_stand_once(desk: Desk) -> None:
    plan(desk, 9, 17)
    plan(desk, 9, 17)

    assert Shift.objects.count() == 7


def test_a_week_cannot_be_filled_without_end(desk: Desk) -> None:
    for start in range(services.MOST_SHIFTS // 7):
        services.plan(desk, weekdays=WEEK, hours=services.Hours(start, start + 1), seat=None)

    with pytest.raises(services.TooManyShifts):
        plan(desk, 20, 21)


def test_a_special_day_is_said_anew_and_taken_back(desk: Desk) -> None:
    plan(desk, 9, 17)
    services.set_special_day(desk, day=date(2026, 11, 24), name="Feast", hours=None)
    services.set_special_day(desk, day=date(2026, 11, 24), name="Half a feast", hours=services.Hours(540, 600))

    assert hours.is_open(desk, at=utc(11, 24, 9, 30))

    services.unset_special_day(SpecialDay.objects.get())

    assert hours.is_open(desk, at=utc(11, 24, 16))

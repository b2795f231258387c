"""Bedtime and homework: several a day, past midnight, and none that changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from leeward.core.models import User
from leeward.engines.policy import family
from leeward.engines.policy._entries import ALLOWED, Verdict
from leeward.families.models import Household
from leeward.families.tests.conftest import AT
from leeward.limits import profiles, services, windows
from leeward.limits.choices import Purpose, Why
from leeward.limits.models import Limits

pytestmark = pytest.mark.django_db

EVERY_DAY = tuple(range(7))
NIGHT = services.WindowDraft(EVERY_DAY, 21 * 60, 7 * 60)
MONDAY = date(2026, 11, 23)


class _Nobody:
    """A world in which nothing is kept away from everybody."""

    def decide(self, name: str, /) -> Verdict:
        return ALLOWED


def rule(limits: Limits, at: datetime) -> family.Rule:
    """Return which rule decides at a moment about a name on no list."""
    profile = profiles.profile(limits, at=at)
    return family.decide("www.school.example", listed=family.Names({}), world=_Nobody(), profile=profile, at=at).rule


def local(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a moment of a day in Ulaanbaatar, eight hours ahead of UTC all year."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def test_a_bedtime_past_midnight_is_in_force_until_the_morning(home: Household, limits: Limits, bea: User) -> None:
    services.set_zone(home, "Asia/Ulaanbaatar", by=bea, at=AT)

    services.set_windows(limits, Purpose.BEDTIME, [services.WindowDraft((0,), 21 * 60, 7 * 60)], by=bea, at=AT)

    tuesday = MONDAY + timedelta(days=1)
    moments = [(MONDAY, 20, 59), (MONDAY, 21, 0), (tuesday, 6, 59), (tuesday, 7, 0), (tuesday, 21, 0)]
    assert [rule(limits, local(*moment)) == family.Rule.BEDTIME for moment in moments] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_on_a_free_day_no_bedtime_begins_but_the_one_of_the_night_before_ends(
    home: Household, limits: Limits, bea: User
) -> None:
    services.set_zone(home, "Asia/Ulaanbaatar", by=bea, at=AT)
    services.set_windows(limits, Purpose.BEDTIME, [NIGHT], by=bea, at=AT)
    tuesday = MONDAY + timedelta(days=1)

    free = services.add_free_days(home, tuesday, tuesday, by=bea, at=AT)

    assert rule(limits, local(tuesday, 6)) == family.Rule.BEDTIME
    assert rule(limits, local(tuesday, 22)) == family.Rule.OPEN
    services.drop_free_days(free, by=bea, at=AT)
    assert rule(limits, local(tuesday, 22)) == family.Rule.BEDTIME


def test_more_time_lets_bedtime_wait(limits: Limits, bea: User) -> None:
    services.set_windows(limits, Purpose.BEDTIME, [NIGHT], by=bea, at=AT)
    late = AT.replace(hour=21, minute=30)
    assert rule(limits, late) == family.Rule.BEDTIME

    services.give_time(limits, minutes=60, why=Why.READ, by=bea, at=late)

    assert rule(limits, late + timedelta(minutes=59)) == family.Rule.OPEN
    assert rule(limits, late + timedelta(minutes=60)) == family.Rule.BEDTIME


def test_a_purpose_has_several_windows_a_day_and_the_other_one_keeps_its_own(limits: Limits, bea: User) -> None:
    homework = [services.WindowDraft((0, 2), 15 * 60, 16 * 60), services.WindowDraft((0, 2), 17 * 60, 18 * 60)]
    services.set_windows(limits, Purpose.BEDTIME, [NIGHT], by=bea, at=AT)

    services.set_windows(limits, Purpose.HOMEWORK, homework, by=bea, at=AT)
    services.set_windows(limits, Purpose.BEDTIME, [], by=bea, at=AT)

    profile = profiles.profile(limits, at=AT)
    assert profile.bedtime == ()
    assert [(sorted(one.days), one.start, one.end) for one in profile.homework] == [
        ([0, 2], 900, 960),
        ([0, 2], 1020, 1080),
    ]


@pytest.mark.parametrize(
    ("days", "start", "end"),
    [((), 0, 60), ((7,), 0, 60), ((0,), 5, 60), ((0,), 0, 1441), ((0,), 1440, 60), ((0,), -15, 60)],
)
def test_what_is_no_window_is_refused(days: tuple[int, ...], start: int, end: int, limits: Limits, bea: User) -> None:
    with pytest.raises(family.ProfileRefused):
        services.set_windows(limits, Purpose.BEDTIME, [services.WindowDraft(days, start, end)], by=bea, at=AT)

    assert not limits.windows.exists()


def test_there_is_an_end_to_how_many_windows_there_can_be(limits: Limits, bea: User) -> None:
    drafts = [services.WindowDraft((day,), 60 * hour, 60 * hour + 15) for day in range(7) for hour in (8, 10, 12)]
    services.set_windows(limits, Purpose.HOMEWORK, drafts, by=bea, at=AT)

    with pytest.raises(services.TooManyWindows):
        services.set_windows(limits, Purpose.HOMEWORK, [*drafts, services.WindowDraft((0,), 0, 15)], by=bea, at=AT)
    assert limits.windows.count() == windows.MOST_WINDOWS


@pytest.mark.parametrize(
    "inside",
    [
        NIGHT,
        services.WindowDraft((0,), 22 * 60, 23 * 60),
        services.WindowDraft((6,), 1 * 60, 2 * 60),
        services.WindowDraft((6,), 23 * 60, 1440),
        services.WindowDraft((2, 3), 0, 7 * 60),
    ],
)
def test_a_window_inside_the_others_is_refused_by_its_number(
    inside: services.WindowDraft, limits: Limits, bea: User
) -> None:
    with pytest.raises(services.ChangesNothing) as refused:
        services.set_windows(limits, Purpose.BEDTIME, [inside, NIGHT], by=bea, at=AT)

    assert refused.value.number == 0


@pytest.mark.parametrize(
    "beside",
    [
        services.WindowDraft((0,), 20 * 60, 22 * 60),
        services.WindowDraft(EVERY_DAY, 6 * 60, 8 * 60),
        services.WindowDraft((6,), 7 * 60, 7 * 60 + 15),
        services.WindowDraft((5, 6), 21 * 60, 9 * 60),
    ],
)
def test_windows_may_overlap_where_each_adds_something(beside: services.WindowDraft, limits: Limits, bea: User) -> None:
    services.set_windows(limits, Purpose.BEDTIME, [NIGHT, beside], by=bea, at=AT)

    assert limits.windows.count() == 2


def test_homework_wholly_in_bedtime_is_refused_whichever_comes_second(limits: Limits, bea: User) -> None:
    late, evening = services.WindowDraft((0,), 22 * 60, 23 * 60), services.WindowDraft((0,), 20 * 60, 22 * 60)
    services.set_windows(limits, Purpose.BEDTIME, [NIGHT], by=bea, at=AT)
    with pytest.raises(services.HomeworkInBedtime):
        services.set_windows(limits, Purpose.HOMEWORK, [late], by=bea, at=AT)

    services.set_windows(limits, Purpose.HOMEWORK, [evening], by=bea, at=AT)

    with pytest.raises(services.HomeworkInBedtime):
        services.set_windows(limits, Purpose.BEDTIME, [services.WindowDraft((0,), 19 * 60, 22 * 60)], by=bea, at=AT)
    assert limits.windows.count() == 2


def test_a_window_takes_the_quarters_of_the_week_in_which_the_engine_has_it_in_force() -> None:
    taken = [
        family.Window(frozenset({6, 2}), 23 * 60 + 30, 45),
        family.Window(frozenset({0}), 0, 1440),
        family.Window(frozenset({4}), 600, 600),
    ]
    monday = datetime(2026, 11, 23, tzinfo=UTC)

    for window in taken:
        quarters = [monday + timedelta(minutes=15 * slot) for slot in range(7 * 96)]
        in_force = [family.is_within([window], zone="UTC", free_days=frozenset(), at=quarter) for quarter in quarters]
        assert [bool(windows.slots(window) >> slot & 1) for slot in range(7 * 96)] == in_force

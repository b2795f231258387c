"""Pause now, and more time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from leeward.core.models import User
from leeward.families.tests.conftest import AT
from leeward.limits import profiles, services, steps, times
from leeward.limits.choices import Why
from leeward.limits.models import Limits, Reward

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def test_a_pause_ends_by_itself_or_with_one_press(limits: Limits, bea: User) -> None:
    services.pause(limits, until=AT + HOUR, by=bea, at=AT)
    assert profiles.profile(limits, at=AT).paused_until == AT + HOUR
    assert profiles.profile(limits, at=AT + HOUR).paused_until is None

    services.resume(limits, by=bea, at=AT)

    assert profiles.profile(limits, at=AT).paused_until is None


@pytest.mark.parametrize(
    "until", [AT, AT - HOUR, AT + steps.LONGEST + timedelta(seconds=1), datetime(2026, 11, 22, 20, 0)]
)
def test_a_pause_until_no_moment_of_the_coming_year_is_refused(until: datetime, limits: Limits, bea: User) -> None:
    with pytest.raises(services.MomentRefused):
        services.pause(limits, until=until, by=bea, at=AT)
    with pytest.raises(services.MomentRefused):
        services.close_name(limits, "shut.example.org", until=until, by=bea, at=AT)

    assert Limits.objects.get(pk=limits.pk).paused_until is None
    assert not limits.own_names.exists()


def test_more_time_adds_to_what_is_left_and_says_until_when(limits: Limits, bea: User) -> None:
    first = services.give_time(limits, minutes=30, why=Why.HOMEWORK, by=bea, at=AT)
    second = services.give_time(limits, minutes=15, why=Why.KIND, by=bea, at=AT + timedelta(minutes=10))

    assert (first, second) == (AT + timedelta(minutes=30), AT + timedelta(minutes=45))
    assert profiles.profile(limits, at=AT).extra_until == second
    given = [(one.minutes, one.why, one.given_by) for one in Reward.objects.all()]
    assert given == [(30, "homework", bea), (15, "kind", bea)]


def test_more_time_that_is_over_does_not_count(limits: Limits, bea: User) -> None:
    services.give_time(limits, minutes=30, why=Why.OTHER, by=bea, at=AT)

    assert services.give_time(limits, minutes=30, why=Why.OTHER, by=bea, at=AT + 5 * HOUR) == AT + 5.5 * HOUR


def test_time_can_be_taken_back(limits: Limits, bea: User) -> None:
    services.give_time(limits, minutes=30, why=Why.OTHER, by=bea, at=AT)

    services.take_time_back(limits, by=bea, at=AT)

    assert profiles.profile(limits, at=AT).extra_until is None


@pytest.mark.parametrize("minutes", [times.LEAST_TIME - 1, 0, -30, times.MOST_TIME + 1])
def test_no_time_and_too_much_time_are_refused(minutes: int, limits: Limits, bea: User) -> None:
    with pytest.raises(services.MinutesRefused):
        services.give_time(limits, minutes=minutes, why=Why.OTHER, by=bea, at=AT)

    assert not Reward.objects.exists()


def test_at_half_a_day_ahead_it_is_enough(limits: Limits, bea: User) -> None:
    for _ in range(3):
        services.give_time(limits, minutes=240, why=Why.OTHER, by=bea, at=AT)

    with pytest.raises(services.EnoughTime):
        services.give_time(limits, minutes=5, why=Why.OTHER, by=bea, at=AT)
    assert profiles.profile(limits, at=AT).extra_until == AT + times.MOST_AHEAD
    assert Reward.objects.count() == 3

"""What holds for everybody in a household, and what is forgotten."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from leeward.core.models import Record, User
from leeward.families import seats
from leeward.families.models import Household
from leeward.families.tests.conftest import AT
from leeward.limits import asks, house, profiles, services
from leeward.limits.choices import Why
from leeward.limits.models import Ask, FreeDays, Limits, OwnName, Reward

pytestmark = pytest.mark.django_db

TODAY = AT.date()
DAY = timedelta(days=1)


def test_a_zone_holds_for_all_limits_of_the_household(
    home: Household, limits: Limits, shared: Limits, bea: User
) -> None:
    assert services.zone_of(home) == "UTC"
    before = Record.objects.count()

    services.set_zone(home, "Asia/Ulaanbaatar", by=bea, at=AT)

    assert services.zone_of(home) == "Asia/Ulaanbaatar"
    assert {profiles.profile(one, at=AT).zone for one in (limits, shared)} == {"Asia/Ulaanbaatar"}
    announced = Record.objects.filter(pk__gt=before, kind="limits.LimitsChanged").values_list("facts", flat=True)
    assert {fact["limits_id"] for fact in announced} == {limits.pk, shared.pk}


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "localtime", "asia/ulaanbaatar"])
def test_a_zone_that_there_is_not_is_refused(zone: str, home: Household, bea: User) -> None:
    with pytest.raises(services.NoSuchZone):
        services.set_zone(home, zone, by=bea, at=AT)

    assert services.zone_of(home) == "UTC"


def test_every_zone_on_offer_is_one_that_a_profile_takes(home: Household, limits: Limits, bea: User) -> None:
    for zone in (services.zones()[0], services.zones()[-1], "UTC", "Asia/Kolkata"):
        services.set_zone(home, zone, by=bea, at=AT)

        assert profiles.profile(limits, at=AT).zone == zone


def test_free_days_are_all_days_from_the_first_to_the_last(home: Household, limits: Limits, bea: User) -> None:
    services.add_free_days(home, TODAY, TODAY + 2 * DAY, by=bea, at=AT)
    services.add_free_days(home, TODAY + 2 * DAY, TODAY + 3 * DAY, by=bea, at=AT)

    assert profiles.profile(limits, at=AT).free_days == {TODAY + number * DAY for number in range(4)}


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (TODAY, TODAY - DAY),
        (TODAY - 3 * DAY, TODAY - 2 * DAY),
        (TODAY, TODAY + house.LONGEST_FREE + DAY),
        (TODAY + 800 * DAY, TODAY + 801 * DAY),
        (date(1, 1, 1), TODAY),
        (TODAY, date.max),
        (date.max, date.max),
    ],
)
def test_days_that_are_no_holiday_to_come_are_refused(first: date, last: date, home: Household, bea: User) -> None:
    with pytest.raises(services.DaysRefused):
        services.add_free_days(home, first, last, by=bea, at=AT)

    assert not FreeDays.objects.exists()


def test_there_is_an_end_to_how_many_holidays_there_can_be(home: Household, bea: User) -> None:
    for number in range(house.MOST_FREE):
        services.add_free_days(home, TODAY + number * DAY, TODAY + number * DAY, by=bea, at=AT)

    with pytest.raises(seats.TooMany):
        services.add_free_days(home, TODAY, TODAY, by=bea, at=AT)


def test_free_days_are_dropped_once(home: Household, bea: User) -> None:
    free = services.add_free_days(home, TODAY, TODAY, by=bea, at=AT)

    services.drop_free_days(free, by=bea, at=AT)

    with pytest.raises(services.NoSuchDays):
        services.drop_free_days(free, by=bea, at=AT)


# What is forgotten.


def test_questions_are_forgotten_a_day_after_they_are_over(limits: Limits, bea: User) -> None:
    asks.ask_name(limits, "waits.example.org", at=AT)
    answered = asks.ask_time(limits, at=AT)
    asks.refuse(answered, by=bea, at=AT + timedelta(hours=20))

    services.forget(AT + asks.GOOD_FOR)
    assert list(Ask.objects.all()) == [answered]

    services.forget(AT + timedelta(hours=44))
    assert not Ask.objects.exists()


def test_what_is_over_is_forgotten_and_what_is_not_stays(home: Household, limits: Limits, bea: User) -> None:
    services.allow_name(limits, "today.example.org", until=AT + DAY, by=bea, at=AT)
    services.allow_name(limits, "always.example.org", until=None, by=bea, at=AT)
    services.give_time(limits, minutes=30, why=Why.READ, by=bea, at=AT)
    services.add_free_days(home, TODAY, TODAY, by=bea, at=AT)
    services.add_free_days(home, TODAY, TODAY + 50 * DAY, by=bea, at=AT)

    services.forget(AT + seats.UNDO_WITHIN / 2)
    assert Limits.objects.get().before
    services.forget(AT + seats.UNDO_WITHIN)
    assert not Limits.objects.get().before
    assert (OwnName.objects.count(), Reward.objects.count(), FreeDays.objects.count()) == (2, 1, 2)

    services.forget(AT + 40 * DAY)

    assert [own.name for own in OwnName.objects.all()] == ["always.example.org"]
    assert (Reward.objects.count(), FreeDays.objects.count()) == (0, 1)

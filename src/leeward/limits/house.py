"""What holds for everybody in a household: the time zone, and days on which no window begins."""

from __future__ import annotations

import zoneinfo
from datetime import date, datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import transaction

from leeward.core.models import User
from leeward.families import seats
from leeward.families.models import Household
from leeward.limits import steps
from leeward.limits.models import FreeDays, HouseRules

MOST_FREE = 24
LONGEST_FREE = timedelta(days=100)  # The longest school holidays that we know of last about three months.
_AHEAD = timedelta(days=2 * 366)


class NoSuchZone(Exception):
    """There is no such time zone: choose one of the list, such as Europe/Berlin."""


class DaysRefused(Exception):
    """The days are not in order, too many, over already or too far away: give a first and a last day of one holiday."""


class NoSuchDays(Exception):
    """The free days were dropped meanwhile: look at the page again."""


@cache
def zones() -> tuple[str, ...]:
    """Return the time zones that a household can choose, in the order of the alphabet."""
    return tuple(sorted(name for name in zoneinfo.available_timezones() if "/" in name or name == "UTC"))


def zone_of(household: Household) -> str:
    """Return the time zone of a household."""
    chosen = HouseRules.objects.filter(household=household).values_list("zone", flat=True).first()
    return chosen or settings.TIME_ZONE


@transaction.atomic
def set_zone(household: Household, zone: str, *, by: User, at: datetime) -> None:
    """Tell times of the week in a zone of the IANA list. Raises `NoGuardian`, `NotYourFamily` and `NoSuchZone`."""
    seats.check(by, household)
    if zone not in zones():
        raise NoSuchZone
    HouseRules.objects.update_or_create(household=household, defaults={"zone": zone})
    _announce(household, by=by, at=at)


@transaction.atomic
def add_free_days(household: Household, first: date, last: date, *, by: User, at: datetime) -> FreeDays:
    """Let no window begin on the days from `first` to `last`. Raises `NoGuardian`, `NotYourFamily`, `DaysRefused`, `TooMany`."""
    seats.check(by, household)
    # A day less, because it is still yesterday somewhere.
    is_ahead = at.date() - timedelta(days=1) <= last <= at.date() + _AHEAD
    if not timedelta(0) <= last - first <= LONGEST_FREE or not is_ahead:
        raise DaysRefused
    if household.free_days.count() >= MOST_FREE:
        raise seats.TooMany(MOST_FREE)
    free = FreeDays.objects.create(household=household, first=first, last=last)
    _announce(household, by=by, at=at)
    return free


@transaction.atomic
def drop_free_days(free: FreeDays, *, by: User, at: datetime) -> None:
    """Let windows begin on these days again. Raises `NoGuardian`, `NotYourFamily` and `NoSuchDays`."""
    seats.check(by, free.household)
    dropped, _ = FreeDays.objects.filter(pk=free.pk, household=free.household).delete()
    if not dropped:
        raise NoSuchDays
    _announce(free.household, by=by, at=at)


def _announce(household: Household, *, by: User, at: datetime) -> None:
    for row in household.limits.select_related("household"):
        steps.announce(row, actor=f"user:{by.pk}", at=at)

"""Say when a child grows older, tell it in time, and let it grow older: without a date of birth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from leeward.core import facts
from leeward.core.models import User
from leeward.engines.reading import Band
from leeward.families import seats
from leeward.families.birthdays import events, months
from leeward.families.birthdays.models import NextAge
from leeward.families.birthdays.months import Month
from leeward.families.models import Child
from leeward.families.services import NoSuchChild

TELL_DAYS = (30, 7)
CIVIL_AGE = 18


@dataclass(frozen=True)
class Coming:
    """The next threshold of a child, and the month from which it counts."""

    age: int
    month: Month


@transaction.atomic
def say(child: Child, born: Month, *, by: User, at: datetime) -> None:
    """Keep the month of the next threshold and the band that fits; the month of birth itself is forgotten.

    Raises `NoGuardian`, `NotYourFamily`, `NoSuchChild` and `NotAChild`.
    """
    seats.check(by, child.household)
    found = months.next_threshold(born, at=at)
    if not Child.objects.filter(pk=child.pk, removed_at=None).update(band=_band(found.age)):
        raise NoSuchChild
    values = {
        "reached": str(found.reached),
        "coming": _written(Coming(found.age, found.month)),
        "said_at": at,
        "told_days": None,
        "crossed_at": None,
    }
    NextAge.objects.update_or_create(child=child, defaults=values)
    facts.announce(events.BirthdaySaid(str(child.uid)), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def forget_month(child: Child, *, by: User, at: datetime) -> None:
    """Keep no month of a child any more, which also undoes `say`. Raises `NoGuardian` and `NotYourFamily`."""
    seats.check(by, child.household)
    NextAge.objects.filter(child=child).delete()
    facts.announce(events.BirthdaySaid(str(child.uid)), actor=f"user:{by.pk}", at=at)


def _band(coming: int) -> Band:
    return Band.SMALL if coming <= 10 else Band.MIDDLE if coming <= 13 else Band.TEEN  # the bands of `months`


def coming(child: Child) -> Coming | None:
    """Return the next threshold of a child, or None where nobody said it."""
    row = NextAge.objects.filter(child=child).first()
    return _read(row) if row else None


def known(child: Child, *, at: datetime) -> Mapping[int, bool]:
    """Return of which ages it is known that a child is over or under them. Nobody counts as older before the month begins."""
    row = NextAge.objects.filter(child=child).first()
    if row is None:
        return months.over(Band(child.band), reached=None, following=None)
    found = _read(row)
    if found is not None and at < found.month.begins_at:
        return months.over(Band(child.band), reached=int(row.reached), following=found.age)
    # Crossed: when the next threshold comes, nobody said yet.
    crossed_at = row.crossed_at or at
    reached = int(row.reached)
    if found is not None:
        crossed_at, reached = found.month.begins_at, found.age
    return months.over(Band(child.band), reached=reached, following=None, since=at - crossed_at)


def nears_days(child: Child) -> int | None:
    """Return how near the next threshold is, 30 or 7 days, once both are told of it; None before."""
    return NextAge.objects.filter(child=child).values_list("told_days", flat=True).first()


def asks_again(child: Child) -> bool:
    """True where a child crossed a threshold and nobody said yet when the next one comes."""
    return NextAge.objects.filter(child=child, coming="", crossed_at__isnull=False).exists()


def move_on(at: datetime) -> None:
    """Tell what nears, and let children cross whose month has begun everywhere. For the clock."""
    for row in NextAge.objects.filter(child__removed_at=None).exclude(coming="").select_related("child").iterator():
        found = _read(row)
        if found is None:
            continue
        left = found.month.begins_at - at
        if left <= timedelta(0):
            _cross(row, found, at=at)
        else:
            _tell(row, left, at=at)


@transaction.atomic
def _tell(row: NextAge, left: timedelta, *, at: datetime) -> None:
    near = min((days for days in TELL_DAYS if left <= timedelta(days=days)), default=None)
    if near is None or (row.told_days is not None and row.told_days <= near):
        return
    if NextAge.objects.filter(pk=row.pk, told_days=row.told_days).update(told_days=near):
        facts.announce(events.BirthdayNears(str(row.child.uid), near), actor="system", at=at)


@transaction.atomic
def _cross(row: NextAge, found: Coming, *, at: datetime) -> None:
    crossed = NextAge.objects.filter(pk=row.pk, said_at=row.said_at, crossed_at=None)
    if not crossed.update(reached=str(found.age), coming="", told_days=None, crossed_at=at):
        return
    band = months.band_from(found.age)
    if band is not None:
        Child.objects.filter(pk=row.child.pk).update(band=band)
    facts.announce(events.BirthdayCrossed(str(row.child.uid)), actor="system", at=at)


def _written(found: Coming) -> str:
    return f"{found.age} {found.month}"


def _read(row: NextAge) -> Coming | None:
    age, _space, month = row.coming.partition(" ")
    return Coming(int(age), Month.read(month)) if age else None

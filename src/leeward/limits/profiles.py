"""The rows of a family as the profiles that the engines and the data planes follow."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import batched

from django.conf import settings

from leeward.engines.policy import family
from leeward.limits import steps, windows
from leeward.limits.choices import Purpose
from leeward.limits.models import FreeDays, HouseRules, Limits, OwnName, Window

log = logging.getLogger("leeward.limits")
# So many at once: each time costs the same few queries, and the rows of so many fit into memory easily.
AT_ONCE = 500
_DAY = timedelta(days=1)


@dataclass
class _Rows:
    """What hangs on some limits, by the key of the limits or of the household."""

    windows: dict[int, list[Window]] = field(default_factory=lambda: defaultdict(list))
    owns: dict[int, list[OwnName]] = field(default_factory=lambda: defaultdict(list))
    free: dict[int, list[FreeDays]] = field(default_factory=lambda: defaultdict(list))
    zones: dict[int, str] = field(default_factory=dict)


def profile(limits: Limits, *, at: datetime) -> family.Profile:
    """Return the profile of limits as they stand in the database. Raises `NoSuchLimits`."""
    found = next(of_numbers([limits.pk], at=at), None)
    if found is None:
        raise steps.NoSuchLimits
    return found


def of_numbers(numbers: Iterable[int], *, at: datetime) -> Iterator[family.Profile]:
    """Yield the profiles with these numbers, in no order. One that is missing has no profile: take it off the data plane.

    That is so where a child was taken off or a household is closed. What is over at `at` is left out: a pause, more time,
    own names, free days. Five queries for `AT_ONCE` of them.
    """
    for some in batched(numbers, AT_ONCE, strict=False):
        found = list(Limits.objects.here().filter(pk__in=some))
        rows = _rows(found, at=at)
        yield from (_profile(limits, rows, at=at) for limits in found)


def _rows(found: list[Limits], *, at: datetime) -> _Rows:
    rows, households = _Rows(), {limits.household_id for limits in found}
    for window in Window.objects.filter(limits__in=found).order_by("pk"):
        rows.windows[window.limits_id].append(window)
    for own in OwnName.objects.filter(limits__in=found).order_by("pk"):
        if own.until is None or own.until > at:
            rows.owns[own.limits_id].append(own)
    # A window that began yesterday may still be in force, and somewhere it is another day than in UTC.
    for free in FreeDays.objects.filter(household__in=households, last__gte=at.date() - 3 * _DAY):
        rows.free[free.household_id].append(free)
    rows.zones.update(HouseRules.objects.filter(household__in=households).values_list("household", "zone"))
    return rows


def _profile(limits: Limits, rows: _Rows, *, at: datetime) -> family.Profile:
    return family.Profile(
        number=limits.pk,
        blocked=_marks(limits.blocked),
        bedtime=_windows(limits, rows, Purpose.BEDTIME),
        homework=_windows(limits, rows, Purpose.HOMEWORK),
        homework_blocked=_marks(limits.homework_blocked),
        free_days=frozenset(day for free in rows.free[limits.household_id] for day in _days(free)),
        zone=rows.zones.get(limits.household_id, settings.TIME_ZONE),
        paused_until=_ahead(limits.paused_until, at),
        extra_until=_ahead(limits.extra_until, at),
        safe=_marks(limits.safe),
        owns=tuple(_owns(rows.owns[limits.pk])),
        shows_names=limits.shows_names,
    )


def _owns(rows: list[OwnName]) -> Iterator[family.Own]:
    """Yield the exceptions that can be used: one that cannot must not take everything else of a child's limits away."""
    for row in rows:
        try:
            yield family.Own(row.name, row.allows, row.until)
        except family.ProfileRefused as refused:
            log.error("own name %s is left out: %s", row.pk, refused)


def _marks(slugs: list[str]) -> int:
    # A slug that a later catalogue no longer has stands for no name, and must not stop the profiles of everybody.
    return sum(_marks_of_slugs().get(slug, 0) for slug in set(slugs))


@cache
def _marks_of_slugs() -> dict[str, int]:
    return {entry.slug: entry.mark for entry in family.catalogue().entries}


def _windows(limits: Limits, rows: _Rows, purpose: Purpose) -> tuple[family.Window, ...]:
    return tuple(windows.read(one) for one in rows.windows[limits.pk] if one.purpose == purpose)


def _days(free: FreeDays) -> Iterator[date]:
    day = free.first
    while day <= free.last:
        yield day
        day += _DAY


def _ahead(until: datetime | None, at: datetime) -> datetime | None:
    return until if until is not None and until > at else None

"""What the database says of the families, as the tables want it: profiles by number, and whose identity is whose."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import QuerySet

from leeward.engines.policy import family
from leeward.families import devices
from leeward.families.choices import Use
from leeward.families.models import Device, Household
from leeward.filtering.lists.models import ListSource
from leeward.filtering.subscribers import services as subscribers
from leeward.limits import profiles
from leeward.limits import services as limits
from leeward.limits.choices import Whose
from leeward.limits.models import Limits

log = logging.getLogger("leeward.filtering")
AT_ONCE = 500
_WHOSE = {Use.CHILD: Whose.CHILD, Use.SHARED: Whose.SHARED, Use.GUEST: Whose.GUEST}

type Owned = tuple[bytes, int | None]


def is_anything() -> bool:
    """Tell whether there is a household or a list: before that nobody needs tables."""
    return Household.objects.exists() or ListSource.objects.exclude(last_good="").exists()


def numbers() -> Iterator[int]:
    """Yield the numbers of all profiles."""
    return Limits.objects.here().order_by("pk").values_list("pk", flat=True).iterator(AT_ONCE)


def numbers_of(households: Iterable[str]) -> list[int]:
    """Return the number of every profile that households have, or had until it was taken off."""
    return list(Limits.objects.filter(household__uid__in=[*households]).values_list("pk", flat=True))


def profiles_of(wanted: list[int], *, at: datetime) -> Iterator[tuple[int, family.Profile | None]]:
    """Yield each number with its profile, or with None where there is none any more.

    One that cannot be used is left out and told of by its number: what the tables have of it stays.
    """
    try:
        found = {profile.number: profile for profile in profiles.of_numbers(wanted, at=at)}
    except family.ProfileRefused as refused:
        if len(wanted) == 1:
            log.error("profile %d cannot be used: %s", wanted[0], refused)
            return
        for number in wanted:
            yield from profiles_of([number], at=at)
        return
    for number in wanted:
        yield number, found.get(number)


def devices_of(households: Iterable[str], *, at: datetime) -> Iterator[Owned]:
    """Yield the identity of each device that joined one of these households, with its profile's number or None."""
    yield from _owned(Device.objects.filter(household__uid__in=[*households]), at=at)


def all_devices(*, at: datetime) -> Iterator[Owned]:
    """Yield the same for every household."""
    yield from _owned(Device.objects.here(), at=at)


def _owned(found: QuerySet[Device], *, at: datetime) -> Iterator[Owned]:
    joined = found.filter(joined_at__isnull=False).order_by("pk").select_related("household", "child")
    last = 0
    # Page by page and not through an open cursor: limits may be made on the way.
    while some := list(joined.filter(pk__gt=last)[:AT_ONCE]):
        last, known = some[-1].pk, _known({device.household_id for device in some})
        for device in some:
            yield b"t" + devices.dns_token(device).encode("ascii"), _number(device, known, at=at)


def _known(households: set[int]) -> dict[tuple[int, str, int | None], int]:
    rows = Limits.objects.here().filter(household__in=households)
    return {
        (home, whose, child): pk for home, whose, child, pk in rows.values_list("household", "whose", "child", "pk")
    }


def _number(device: Device, known: dict[tuple[int, str, int | None], int], *, at: datetime) -> int | None:
    if device.removed_at is not None or device.household.closed_at is not None:
        return None
    key = (device.household_id, _WHOSE[Use(device.use)].value, device.child_id)
    if key not in known:
        try:
            # A device is sheltered from the moment at which it joins, also where nobody opened the page of its limits.
            known[key] = limits.of_device(device, at=at).pk
        except limits.NoSuchLimits:
            return None
    return known[key]


def lines_of(households: Iterable[str]) -> Iterator[Owned]:
    """Yield the identities of the lines of these households, with the number of the profile of everybody on the line."""
    for household in Household.objects.filter(uid__in=[*households]):
        number = (
            Limits.objects.here().filter(household=household, whose=Whose.LINE).values_list("pk", flat=True).first()
        )
        yield from ((identity, number) for identity in subscribers.identities_of(household))


def all_lines() -> Iterator[Owned]:
    """Yield the same for every household, as far as there is a profile."""
    yield from subscribers.everything()


def lines_moved_since(moment: datetime) -> Iterator[Owned]:
    """Yield the identities of lines that came, went or changed hands since a moment; some may come twice."""
    yield from subscribers.moved_since(moment)

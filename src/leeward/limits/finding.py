"""Find the limits of a child, of a device, or of what belongs to nobody; the first who looks makes them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from leeward.families import seats
from leeward.families.choices import AgeBand, Use
from leeward.families.models import Child, Device, Household
from leeward.limits import presets, steps
from leeward.limits.choices import Whose
from leeward.limits.models import Limits
from leeward.limits.presets import Preset

_OF_USE = {Use.SHARED: Whose.SHARED, Use.GUEST: Whose.GUEST}


def of_child(child: Child, *, at: datetime) -> Limits:
    """Return the limits of a child, made with the preset of its age where there are none. Raises `NoSuchLimits`."""
    found = Limits.objects.here().filter(child=child).select_related("household", "child").first()
    return found or _make(child.household, Whose.CHILD, presets.of(AgeBand(child.band)), child=child, at=at)


def of_household(household: Household, whose: Whose, *, at: datetime) -> Limits:
    """Return the limits of what belongs to nobody alone, made with a preset where there are none.

    `whose` is anything but `CHILD`. Raises `NoSuchLimits`.
    """
    if whose == Whose.CHILD:
        raise steps.NoSuchLimits
    found = household.limits.here().filter(whose=whose).select_related("household").first()
    return found or _make(household, whose, _preset(household, whose), child=None, at=at)


def of_device(device: Device, *, at: datetime) -> Limits:
    """Return the limits of whoever uses a device. Raises `NoSuchLimits`."""
    if device.child is not None:
        return of_child(device.child, at=at)
    return of_household(device.household, _OF_USE[Use(device.use)], at=at)


def is_usual(limits: Limits) -> bool:
    """Tell whether everything stands as it is proposed for this age or use, so that nobody at home has chosen anything."""
    child = limits.child
    usual = presets.of(AgeBand(child.band)) if child else _preset(limits.household, Whose(limits.whose))
    chosen = (limits.blocked, limits.homework_blocked, limits.safe)
    proposed = (usual.blocked, usual.homework_blocked, usual.safe)
    is_other = [sorted(slugs) for slugs in chosen] != [sorted(slugs) for slugs in proposed]
    return not (is_other or limits.windows.exists() or limits.own_names.exists())


def _preset(household: Household, whose: Whose) -> Preset:
    if whose != Whose.SHARED:
        return presets.HARMFUL_ONLY
    bands = {AgeBand(band) for band in Child.objects.here().filter(household=household).values_list("band", flat=True)}
    # Without any child yet, the strictest: a guardian opens more with one press.
    return presets.of(next((band for band in AgeBand if band in bands), AgeBand.SMALL))


@transaction.atomic
def _make(household: Household, whose: Whose, preset: Preset, *, child: Child | None, at: datetime) -> Limits:
    seats.hold(household)
    fresh = {"blocked": [*preset.blocked], "homework_blocked": [*preset.homework_blocked], "safe": [*preset.safe]}
    limits, is_new = Limits.objects.get_or_create(
        household=household, whose=whose, child=child, defaults=fresh | {"changed_at": at}
    )
    # Asked of the database, because the caller may hold a child that was taken off meanwhile.
    if not Limits.objects.here().filter(pk=limits.pk).exists():
        raise steps.NoSuchLimits
    if is_new:
        steps.announce(limits, actor="system", at=at)
    return limits

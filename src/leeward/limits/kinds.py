"""What is kept away always, what in homework time, and which searches are made safe: by hand, by a preset, or as for another."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from leeward.core.models import User
from leeward.engines.policy import family
from leeward.families import seats
from leeward.families.choices import AgeBand
from leeward.limits import presets, steps
from leeward.limits.models import Limits, OwnName, Window


class NotOnOffer(Exception):
    """One of the slugs is no entry of the catalogue, or one of another kind: take those that the page offers."""


@transaction.atomic
def set_blocked(limits: Limits, slugs: Iterable[str], *, by: User, at: datetime) -> None:
    """Keep these kinds, ways around and services away always, and no others.

    Raises `NoGuardian`, `NotYourFamily`, `NoSuchLimits` and `NotOnOffer`.
    """
    row = steps.begin(limits, by=by, at=at)
    row.blocked = _in_order(slugs, of=family.BLOCKABLE)
    steps.end(row, by=by, at=at)


@transaction.atomic
def set_homework_blocked(limits: Limits, slugs: Iterable[str], *, by: User, at: datetime) -> None:
    """Keep these away in homework time, beside what is kept away always; raises what `set_blocked` raises."""
    row = steps.begin(limits, by=by, at=at)
    row.homework_blocked = _in_order(slugs, of=family.BLOCKABLE)
    steps.end(row, by=by, at=at)


@transaction.atomic
def set_safe(limits: Limits, slugs: Iterable[str], *, by: User, at: datetime) -> None:
    """Answer these search engines in their safe form, and no others; raises what `set_blocked` raises."""
    row = steps.begin(limits, by=by, at=at)
    row.safe = _in_order(slugs, of=family.SAFE_SEARCHES)
    steps.end(row, by=by, at=at)


@transaction.atomic
def take_preset(limits: Limits, band: AgeBand, *, by: User, at: datetime) -> None:
    """Take what is proposed for an age: kinds and safe search. Windows and own names stay as they are.

    Raises `NoGuardian`, `NotYourFamily` and `NoSuchLimits`.
    """
    row, preset = steps.begin(limits, by=by, at=at), presets.of(band)
    row.blocked, row.homework_blocked, row.safe = [*preset.blocked], [*preset.homework_blocked], [*preset.safe]
    steps.end(row, by=by, at=at)


@transaction.atomic
def copy_from(limits: Limits, other: Limits, *, by: User, at: datetime) -> None:
    """Make limits as others of the household are: kinds, safe search, windows, and own names that are for good.

    What is for today only is not copied: a pause, more time, a name until a moment. Raises `NoGuardian`,
    `NotYourFamily` and `NoSuchLimits`.
    """
    row = steps.begin(limits, by=by, at=at)
    # Compared before it is read, so that nothing is learnt of another household.
    if other.household_id != row.household_id:
        raise seats.NotYourFamily
    if other.pk == row.pk:
        return
    model = Limits.objects.here().filter(pk=other.pk).first()
    if model is None:
        raise steps.NoSuchLimits
    row.blocked, row.homework_blocked, row.safe = model.blocked, model.homework_blocked, model.safe
    _copy_rows(row, model, at=at)
    steps.end(row, by=by, at=at)


def _copy_rows(row: Limits, model: Limits, *, at: datetime) -> None:
    row.windows.all().delete()
    Window.objects.bulk_create(
        Window(limits=row, purpose=one.purpose, days=one.days, start=one.start, end=one.end)
        for one in model.windows.order_by("pk")
    )
    row.own_names.all().delete()
    OwnName.objects.bulk_create(
        OwnName(limits=row, name=own.name, allows=own.allows, made_at=at)
        for own in model.own_names.filter(until=None).order_by("pk")
    )


def _in_order(slugs: Iterable[str], *, of: int) -> list[str]:
    catalogue = family.catalogue()
    try:
        marks = catalogue.marks(slugs)
    except family.UnknownSlug:
        raise NotOnOffer from None
    if marks & ~of:
        raise NotOnOffer
    return [entry.slug for entry in catalogue.of_marks(marks)]

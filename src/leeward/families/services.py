"""What families can be asked to do about a household and its children. Devices and guardians have modules of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from leeward.core import facts
from leeward.core.models import User
from leeward.families import events, seats
from leeward.families.choices import AgeBand, Picture, Standing
from leeward.families.models import Child, Device, Guardian, Household, Invitation

MOST_CHILDREN = 12


class HasFamily(Exception):
    """The person looks after a household already: go there, or leave it first."""


class NoSuchChild(Exception):
    """The child was taken off meanwhile, or belongs to another household: look at the family page again."""


@dataclass(frozen=True)
class ChildDraft:
    """What a guardian says of a child."""

    nickname: str
    picture: Picture
    band: AgeBand


@transaction.atomic
def make_household(*, by: User, at: datetime) -> Household:
    """Begin a household that this person owns; raises `NoGuardian` and `HasFamily`."""
    seats.check_role(by)
    household = Household.objects.create(made_at=at)
    take_seat(household, user=by, role=Standing.OWNER, at=at)
    facts.announce(events.HouseholdMade(str(household.uid)), actor=f"user:{by.pk}", at=at)
    return household


def take_seat(household: Household, *, user: User, role: Standing, at: datetime) -> Guardian:
    """Make somebody a guardian, inside the transaction of a service; raises `HasFamily`."""
    try:
        with transaction.atomic():
            return Guardian.objects.create(household=household, user=user, role=role, joined_at=at)
    except IntegrityError:
        raise HasFamily from None


@transaction.atomic
def add_child(household: Household, draft: ChildDraft, *, by: User, at: datetime) -> Child:
    """Add a child; raises `NoGuardian`, `NotYourFamily` and `TooMany`."""
    seats.check(by, household)
    if household.children.filter(removed_at=None).count() >= MOST_CHILDREN:
        raise seats.TooMany(MOST_CHILDREN)
    child = Child.objects.create(
        household=household, nickname=draft.nickname, picture=draft.picture, band=draft.band, added_at=at
    )
    facts.announce(_child(events.ChildAdded, child), actor=f"user:{by.pk}", at=at)
    return child


@transaction.atomic
def change_child(child: Child, draft: ChildDraft, *, by: User, at: datetime) -> None:
    """Change what a child is called, its picture or its band; raises `NoGuardian`, `NotYourFamily` and `NoSuchChild`."""
    seats.check(by, child.household)
    changed = Child.objects.filter(pk=child.pk, removed_at=None).update(
        nickname=draft.nickname, picture=draft.picture, band=draft.band
    )
    if not changed:
        raise NoSuchChild
    facts.announce(_child(events.ChildChanged, child), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def remove_child(child: Child, *, by: User, at: datetime) -> None:
    """Take a child off with its devices; raises `NoGuardian`, `NotYourFamily` and `NoSuchChild`."""
    seats.check(by, child.household)
    if not Child.objects.filter(pk=child.pk, removed_at=None).update(removed_at=at):
        raise NoSuchChild
    Device.objects.filter(child=child, removed_at=None).update(removed_at=at)
    facts.announce(_child(events.ChildRemoved, child), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def restore_child(child: Child, *, by: User, at: datetime) -> None:
    """Undo `remove_child`, with the devices that went with the child; raises `NoGuardian`, `NotYourFamily` and `TooLate`."""
    seats.check(by, child.household)
    removed_at = Child.objects.values_list("removed_at", flat=True).get(pk=child.pk)
    kept = Child.objects.filter(pk=child.pk, removed_at__gt=at - seats.UNDO_WITHIN)
    if not kept.update(removed_at=None):
        raise seats.TooLate
    # Those that were taken off one by one before stay off.
    Device.objects.filter(child=child, removed_at=removed_at).update(removed_at=None)
    facts.announce(_child(events.ChildAdded, child), actor=f"user:{by.pk}", at=at)


def _child[Fact](fact: type[Fact], child: Child) -> Fact:
    return fact(str(child.household.uid), str(child.uid))  # type: ignore[call-arg]  # each of them has these two fields


def forget(at: datetime) -> None:
    """Erase what was taken off and can no longer be undone, households that everybody left, and codes that are over."""
    before = at - seats.UNDO_WITHIN
    Household.objects.filter(closed_at__lte=before).delete()
    Device.objects.filter(removed_at__lte=before).delete()
    Child.objects.filter(removed_at__lte=before).delete()
    Guardian.objects.filter(left_at__lte=before).delete()
    Invitation.objects.filter(expires_at__lte=before).delete()

"""What families can be asked to do about guardians: invite another one, take that back, join, leave, come back."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from leeward.core import facts
from leeward.core.models import User
from leeward.families import codes, events, seats
from leeward.families.choices import Standing
from leeward.families.models import Guardian, Household, Invitation
from leeward.families.services import HasFamily, take_seat

MOST_GUARDIANS = 4
CODE_GOOD_FOR = timedelta(days=2)


class OwnerOnly(Exception):
    """Only who began the household invites others: ask that person."""


class CodeOver(Exception):
    """The code was used, taken back, is too old, or never was one: ask for a new one."""


@transaction.atomic
def invite(household: Household, *, by: User, at: datetime) -> Invitation:
    """Make a code for one more guardian; one that waits is over then.

    Raises `NoGuardian`, `NotYourFamily`, `OwnerOnly` and `TooMany`.
    """
    _check_owner(household, by=by)
    if household.guardians.filter(left_at=None).count() >= MOST_GUARDIANS:
        raise seats.TooMany(MOST_GUARDIANS)
    household.invitations.filter(used_at=None, withdrawn_at=None).update(withdrawn_at=at)
    uid = uuid.uuid4()
    invitation = Invitation.objects.create(
        uid=uid,
        household=household,
        invited_by=by,
        code=codes.code_digest(codes.invitation_code(uid)),
        made_at=at,
        expires_at=at + CODE_GOOD_FOR,
    )
    facts.announce(events.GuardianInvited(str(household.uid), str(uid)), actor=f"user:{by.pk}", at=at)
    return invitation


def _check_owner(household: Household, *, by: User) -> None:
    if seats.check(by, household).role != Standing.OWNER:
        raise OwnerOnly


@transaction.atomic
def withdraw(invitation: Invitation, *, by: User, at: datetime) -> None:
    """Take a code back; raises `NoGuardian`, `NotYourFamily`, `OwnerOnly`, and `CodeOver` where somebody used it already."""
    household = invitation.household
    _check_owner(household, by=by)
    if not Invitation.objects.filter(pk=invitation.pk, used_at=None, withdrawn_at=None).update(withdrawn_at=at):
        raise CodeOver
    fact = events.InvitationWithdrawn(str(household.uid), str(invitation.uid))
    facts.announce(fact, actor=f"user:{by.pk}", at=at)


def waiting(household: Household, *, at: datetime) -> Invitation | None:
    """Return the invitation that somebody can still use, or None."""
    return household.invitations.filter(used_at=None, withdrawn_at=None, expires_at__gt=at).first()


@transaction.atomic
def join(typed: str, *, by: User, at: datetime) -> Guardian:
    """Become a guardian by a code, once for each code. Raises `NoGuardian`, `CodeOver`, `HasFamily` and `TooMany`."""
    seats.check_role(by)
    digest = codes.code_digest(codes.read_code(typed))
    found = Invitation.objects.filter(
        code=digest, used_at=None, withdrawn_at=None, expires_at__gt=at, household__closed_at=None
    )
    invitation = found.select_related("household").first()
    # The second question is the one that counts: of two people with one code, one finds it used.
    if invitation is None or not found.update(used_at=at):
        raise CodeOver
    household = invitation.household
    seats.hold(household)
    if household.guardians.filter(left_at=None).count() >= MOST_GUARDIANS:
        raise seats.TooMany(MOST_GUARDIANS)
    seat = take_seat(household, user=by, role=Standing.GUARDIAN, at=at)
    facts.announce(events.GuardianJoined(str(household.uid), str(seat.uid)), actor=f"user:{by.pk}", at=at)
    return seat


@transaction.atomic
def leave(household: Household, *, by: User, at: datetime) -> None:
    """Leave a household. Who has been there longest owns it then; after the last one it is closed.

    Raises `NoGuardian` and `NotYourFamily`.
    """
    seat = seats.check(by, household)
    if not Guardian.objects.filter(pk=seat.pk, left_at=None).update(left_at=at):
        raise seats.NotYourFamily
    household.invitations.filter(invited_by=by, used_at=None, withdrawn_at=None).update(withdrawn_at=at)
    heir = household.guardians.filter(left_at=None).first()
    if heir is None:
        Household.objects.filter(pk=household.pk).update(closed_at=at)
    elif seat.role == Standing.OWNER:
        Guardian.objects.filter(pk=heir.pk).update(role=Standing.OWNER)
    facts.announce(events.GuardianLeft(str(household.uid), str(seat.uid)), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def come_back(household: Household, *, by: User, at: datetime) -> None:
    """Undo `leave`, with the household where that was closed by it.

    Raises `NoGuardian`, `HasFamily`, `TooMany`, and `TooLate` where the person did not leave just now.
    """
    seats.check_role(by)
    seats.hold(household)
    seat = household.guardians.filter(user=by, left_at__gt=at - seats.UNDO_WITHIN).last()
    if seat is None:
        raise seats.TooLate
    if seats.of(by) is not None:
        raise HasFamily
    there = household.guardians.filter(left_at=None)
    if there.count() >= MOST_GUARDIANS:
        raise seats.TooMany(MOST_GUARDIANS)
    if seat.role == Standing.OWNER:
        there.update(role=Standing.GUARDIAN)
    if not Guardian.objects.filter(pk=seat.pk, left_at=seat.left_at).update(left_at=None):
        raise seats.TooLate
    Household.objects.filter(pk=household.pk).update(closed_at=None)
    facts.announce(events.GuardianJoined(str(household.uid), str(seat.uid)), actor=f"user:{by.pk}", at=at)

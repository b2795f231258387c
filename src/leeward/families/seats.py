"""Who looks after which household: every service asks here first."""

from __future__ import annotations

from datetime import timedelta

from leeward.core.models import Role, User
from leeward.families.models import Guardian, Household

# So long a step can be undone; what was taken off is forgotten afterwards.
UNDO_WITHIN = timedelta(minutes=30)


class NotYourFamily(Exception):
    """The person does not look after this household: ask its owner for a code."""


class NoGuardian(Exception):
    """The account is not one of a guardian: ask the operator for that role."""


class TooLate(Exception):
    """The step cannot be undone any more: do it again by hand."""


class TooMany(Exception):
    """The household is full: take something off first. The message says how many there can be."""


def of(person: User) -> Guardian | None:
    """Return where the person looks after a household, or None."""
    if Role.GUARDIAN not in person.roles:
        return None
    seats = Guardian.objects.filter(user=person, left_at=None, household__closed_at=None)
    return seats.select_related("household").first()


def check(person: User, household: Household) -> Guardian:
    """Return the person's seat in this household, and hold the household until the transaction ends.

    Raises `NoGuardian` and `NotYourFamily`.
    """
    check_role(person)
    hold(household)
    seat = Guardian.objects.filter(household=household, user=person, left_at=None, household__closed_at=None).first()
    if seat is None:
        raise NotYourFamily
    return seat


def hold(household: Household) -> None:
    """Let nobody else change this household until the transaction ends: two who act at once must not both count the same rows."""
    Household.objects.select_for_update().filter(pk=household.pk).first()


def check_role(person: User) -> None:
    """Raise `NoGuardian` where the account is not one of a guardian."""
    if Role.GUARDIAN not in person.roles:
        raise NoGuardian

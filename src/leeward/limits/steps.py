"""How every change of limits goes: who may, what was before, and what is announced."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from leeward.core import facts
from leeward.core.models import User
from leeward.families import seats
from leeward.limits import events, snapshots
from leeward.limits.choices import Answer
from leeward.limits.models import Limits, Reward

# Whoever wants something for longer wants it for good, and the data planes count seconds in 32 bits.
LONGEST = timedelta(days=366)


class NoSuchLimits(Exception):
    """The child was taken off meanwhile, or the household is closed: look at the family page again."""


class MomentRefused(Exception):
    """The moment is over, too far away, or has no time zone: choose one within a year from now."""


def begin(limits: Limits, *, by: User, at: datetime) -> Limits:
    """Return the limits as they stand, with what can be undone later, held until the transaction ends.

    Raises `NoGuardian`, `NotYourFamily` and `NoSuchLimits`.
    """
    seats.check(by, limits.household)
    row = Limits.objects.here().select_related("household").filter(pk=limits.pk).first()
    if row is None:
        raise NoSuchLimits
    row.before, row.changed_at = snapshots.taken(row), at
    return row


def end(row: Limits, *, by: User, at: datetime) -> None:
    """Keep a change and announce it. Where nothing is other than before, the last step stays the one that can be undone."""
    if snapshots.taken(row) == row.before:
        return
    row.save()
    announce(row, actor=f"user:{by.pk}", at=at)


def announce(row: Limits, *, actor: str, at: datetime) -> None:
    """Say that limits are other than before, or new."""
    facts.announce(events.LimitsChanged(str(row.household.uid), row.pk), actor=actor, at=at)


def can_undo(limits: Limits, *, at: datetime) -> bool:
    """Tell whether there is a last step that can still be undone."""
    return bool(limits.before) and limits.changed_at > at - seats.UNDO_WITHIN


@transaction.atomic
def undo(limits: Limits, *, by: User, at: datetime) -> None:
    """Go one step back, and no further. Raises `NoGuardian`, `NotYourFamily`, `NoSuchLimits` and `TooLate`."""
    seats.check(by, limits.household)
    row = Limits.objects.here().select_related("household").filter(pk=limits.pk).first()
    if row is None:
        raise NoSuchLimits
    if not can_undo(row, at=at):
        raise seats.TooLate
    snapshots.put_back(row, row.before)
    Reward.objects.filter(limits=row, at__gte=row.changed_at).delete()
    # A question whose yes is undone waits again.
    said_yes = row.asks.filter(state=Answer.ALLOWED, answered_at__gte=row.changed_at)
    said_yes.update(state=Answer.WAITING, answered_by=None, answered_at=None, until=None)
    row.before, row.changed_at = "", at
    row.save()
    announce(row, actor=f"user:{by.pk}", at=at)


def check_ahead(until: datetime, *, at: datetime) -> None:
    """Raise `MomentRefused` for what is no moment of the coming year."""
    if until.utcoffset() is None or not at < until <= at + LONGEST:
        raise MomentRefused

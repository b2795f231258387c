"""The last step of a visit that can be undone. It stands in the session: a verb and an id, never a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase

from leeward.core.models import User
from leeward.families import devices, guardians, seats, services
from leeward.families.models import Child, Device, Household, Invitation

_KEY = "family_undo"


class Done(StrEnum):
    """What was done and can be undone."""

    CHILD_ADDED = "child added"
    CHILD_REMOVED = "child removed"
    DEVICE_ADDED = "device added"
    DEVICE_REMOVED = "device removed"
    INVITED = "invited"
    LEFT = "left"


@dataclass(frozen=True)
class Step:
    """One step, what it was done to, and when."""

    done: Done
    uid: UUID
    at: datetime


class NothingToUndo(Exception):
    """There is no step of this visit that can still be undone: do it again by hand."""


def offer(session: SessionBase, done: Done, uid: UUID, *, at: datetime) -> None:
    """Keep a step, to be undone; it takes the place of the one before."""
    session[_KEY] = [done.value, str(uid), at.isoformat()]


def offered(session: SessionBase, *, at: datetime) -> Step | None:
    """Return the step that can still be undone, or None."""
    if (kept := session.get(_KEY)) is None:
        return None
    step = Step(Done(kept[0]), UUID(kept[1]), datetime.fromisoformat(kept[2]))
    return step if at < step.at + seats.UNDO_WITHIN else None


def withdraw(session: SessionBase) -> None:
    """Offer nothing any more."""
    session.pop(_KEY, None)


def undo(step: Step, *, by: User, at: datetime) -> None:
    """Undo a step; raises `NothingToUndo` where its thing is gone, and what the service raises."""
    _WAYS[step.done](step.uid, by, at)


def _child(uid: UUID) -> Child:
    child = Child.objects.filter(uid=uid).select_related("household").first()
    if child is None:
        raise NothingToUndo
    return child


def _device(uid: UUID) -> Device:
    device = Device.objects.filter(uid=uid).select_related("household").first()
    if device is None:
        raise NothingToUndo
    return device


def _invited(uid: UUID, by: User, at: datetime) -> None:
    invitation = Invitation.objects.filter(uid=uid).select_related("household").first()
    if invitation is None:
        raise NothingToUndo
    guardians.withdraw(invitation, by=by, at=at)


def _left(uid: UUID, by: User, at: datetime) -> None:
    household = Household.objects.filter(uid=uid).first()
    if household is None:
        raise NothingToUndo
    guardians.come_back(household, by=by, at=at)


_WAYS: Mapping[Done, Callable[[UUID, User, datetime], None]] = {
    Done.CHILD_ADDED: lambda uid, by, at: services.remove_child(_child(uid), by=by, at=at),
    Done.CHILD_REMOVED: lambda uid, by, at: services.restore_child(_child(uid), by=by, at=at),
    Done.DEVICE_ADDED: lambda uid, by, at: devices.remove_device(_device(uid), by=by, at=at),
    Done.DEVICE_REMOVED: lambda uid, by, at: devices.restore_device(_device(uid), by=by, at=at),
    Done.INVITED: _invited,
    Done.LEFT: _left,
}

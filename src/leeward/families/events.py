"""What families announce: ids only, so that no name and no age of a child stands in the chain of records."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HouseholdMade:
    """A guardian began a household."""

    household_uid: str


@dataclass(frozen=True)
class ChildAdded:
    """A child belongs to a household, for the first time or again."""

    household_uid: str
    child_uid: str


@dataclass(frozen=True)
class ChildChanged:
    """A guardian changed what a child is called, its picture or its band."""

    household_uid: str
    child_uid: str


@dataclass(frozen=True)
class ChildRemoved:
    """A child was taken off a household, and its devices with it."""

    household_uid: str
    child_uid: str


@dataclass(frozen=True)
class DeviceAdded:
    """A guardian added or restored a device that has not joined yet."""

    household_uid: str
    device_uid: str


@dataclass(frozen=True)
class DeviceChanged:
    """A guardian changed a device, or who uses it."""

    household_uid: str
    device_uid: str


@dataclass(frozen=True)
class DeviceJoined:
    """A device joined its household by its address, or one that had joined was restored."""

    household_uid: str
    device_uid: str


@dataclass(frozen=True)
class DeviceRemoved:
    """A device was taken off a household."""

    household_uid: str
    device_uid: str


@dataclass(frozen=True)
class GuardianInvited:
    """The owner of a household made a code for another guardian."""

    household_uid: str
    invitation_uid: str


@dataclass(frozen=True)
class InvitationWithdrawn:
    """The owner took a code back before anybody used it."""

    household_uid: str
    invitation_uid: str


@dataclass(frozen=True)
class GuardianJoined:
    """Another guardian came by a code, or one who had left came back."""

    household_uid: str
    guardian_uid: str


@dataclass(frozen=True)
class GuardianLeft:
    """A guardian left. Where it was the last one, the household is closed."""

    household_uid: str
    guardian_uid: str

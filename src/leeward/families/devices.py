"""What families can be asked to do about devices: add, change, show a new address, join, take off, restore."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from leeward.core import config, facts
from leeward.core.models import User
from leeward.families import codes, events, seats
from leeward.families.choices import Kind, Sticker, Use
from leeward.families.models import Child, Device, Household

MOST_DEVICES = 40
ADDRESS_GOOD_FOR = timedelta(days=2)


class NoSuchDevice(Exception):
    """The device was taken off meanwhile, or belongs to another household: look at the family page again."""


class AddressOver(Exception):
    """The address of the device was used, is too old, or never was one: let a guardian make a new one."""


class HasJoined(Exception):
    """The device has joined already, so it needs no address: take it off and add it again where it was set back."""


@dataclass(frozen=True)
class DeviceDraft:
    """What a guardian says of a device; `child` where one child uses it, None with `Use.SHARED` and `Use.GUEST`."""

    kind: Kind
    picture: Sticker
    use: Use
    child: Child | None = None


@transaction.atomic
def add_device(household: Household, draft: DeviceDraft, *, by: User, at: datetime) -> Device:
    """Add a device, which waits for somebody to open its address on it.

    Raises `NoGuardian`, `NotYourFamily`, and `TooMany`.
    """
    seats.check(by, household)
    _check_child(household, draft)
    if household.devices.filter(removed_at=None).count() >= MOST_DEVICES:
        raise seats.TooMany(MOST_DEVICES)
    token_uid = uuid.uuid4()
    device = Device.objects.create(
        household=household,
        kind=draft.kind,
        picture=draft.picture,
        use=draft.use,
        child=draft.child,
        token_uid=token_uid,
        token=_digest(token_uid),
        token_until=at + ADDRESS_GOOD_FOR,
        added_at=at,
    )
    facts.announce(_device(events.DeviceAdded, device), actor=f"user:{by.pk}", at=at)
    return device


def _check_child(household: Household, draft: DeviceDraft) -> None:
    if draft.child is None:
        return
    if not Child.objects.here().filter(pk=draft.child.pk, household=household).exists():
        raise seats.NotYourFamily


@transaction.atomic
def change_device(device: Device, draft: DeviceDraft, *, by: User, at: datetime) -> None:
    """Change what a device is or who uses it; raises `NoGuardian`, `NotYourFamily` and `NoSuchDevice`."""
    seats.check(by, device.household)
    _check_child(device.household, draft)
    changed = Device.objects.filter(pk=device.pk, removed_at=None).update(
        kind=draft.kind, picture=draft.picture, use=draft.use, child=draft.child
    )
    if not changed:
        raise NoSuchDevice
    facts.announce(_device(events.DeviceChanged, device), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def renew_address(device: Device, *, by: User, at: datetime) -> None:
    """Give a device that waits a new address; the old one is over. Raises `NoGuardian`, `NotYourFamily` and `HasJoined`."""
    seats.check(by, device.household)
    token_uid = uuid.uuid4()
    changed = Device.objects.filter(pk=device.pk, removed_at=None, joined_at=None).update(
        token_uid=token_uid, token=_digest(token_uid), token_until=at + ADDRESS_GOOD_FOR
    )
    if not changed:
        raise HasJoined
    facts.announce(_device(events.DeviceChanged, device), actor=f"user:{by.pk}", at=at)


def address(device: Device) -> str:
    """Return the address to open on the device while it waits."""
    token = codes.grouped(codes.device_token(device.token_uid), between="-")
    return f"{config.current().server.site_url}/family/device/{token}/"


def dns_token(device: Device) -> str:
    """Return the token by which the device shows the resolver who asks; good from `joined_at` until it is taken off."""
    return codes.dns_token(device.token_uid)


def waiting(typed: str, *, at: datetime) -> Device:
    """Return the device that waits under a token, as somebody opened or typed it; raises `AddressOver`."""
    token = codes.token_digest(codes.read_token(typed))
    device = (
        Device.objects.here()
        .filter(token=token, joined_at=None, token_until__gt=at)
        .select_related("household")
        .first()
    )
    if device is None:
        raise AddressOver
    return device


@transaction.atomic
def join_device(typed: str, *, at: datetime) -> Device:
    """Let the device that waits under a token join, once. Whoever holds the address may do it. Raises `AddressOver`."""
    device = waiting(typed, at=at)
    still = Device.objects.filter(pk=device.pk, token=bytes(device.token), joined_at=None, removed_at=None)
    if not still.update(joined_at=at):
        raise AddressOver
    device.joined_at = at
    facts.announce(_device(events.DeviceJoined, device), actor="device", at=at)
    return device


@transaction.atomic
def remove_device(device: Device, *, by: User, at: datetime) -> None:
    """Take a device off; raises `NoGuardian`, `NotYourFamily` and `NoSuchDevice`."""
    seats.check(by, device.household)
    if not Device.objects.filter(pk=device.pk, removed_at=None).update(removed_at=at):
        raise NoSuchDevice
    facts.announce(_device(events.DeviceRemoved, device), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def restore_device(device: Device, *, by: User, at: datetime) -> None:
    """Undo `remove_device`; raises `NoGuardian`, `NotYourFamily`, and `TooLate`, also where its child is gone since."""
    seats.check(by, device.household)
    kept = Device.objects.filter(pk=device.pk, removed_at__gt=at - seats.UNDO_WITHIN, child__removed_at=None)
    if not kept.update(removed_at=None):
        raise seats.TooLate
    has_joined = Device.objects.filter(pk=device.pk, joined_at__isnull=False).exists()
    again = events.DeviceJoined if has_joined else events.DeviceAdded
    facts.announce(_device(again, device), actor=f"user:{by.pk}", at=at)


def _digest(token_uid: uuid.UUID) -> bytes:
    return codes.token_digest(codes.device_token(token_uid))


def _device[Fact](fact: type[Fact], device: Device) -> Fact:
    return fact(str(device.household.uid), str(device.uid))  # type: ignore[call-arg]  # each of them has these two fields

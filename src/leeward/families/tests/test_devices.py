"""Devices: each waits for its address to be opened on it, once and not for long."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from leeward.core import config
from leeward.core.models import Record, User
from leeward.families import codes, devices, seats, services
from leeward.families.choices import Use
from leeward.families.models import Child, Device, Household
from leeward.families.tests.conftest import ANA, AT, NICKNAME, SOFA, SignIn, phone_of

pytestmark = pytest.mark.django_db


def token_of(device: Device) -> str:
    return codes.device_token(Device.objects.get(pk=device.pk).token_uid)


def last_kind() -> str:
    return Record.objects.order_by("pk").values_list("kind", flat=True).last() or ""


def test_a_device_joins_by_its_address_once(phone: Device) -> None:
    joined = devices.join_device(token_of(phone), at=AT)

    assert joined == phone
    assert Device.objects.get(pk=phone.pk).joined_at == AT
    assert last_kind() == "families.DeviceJoined"
    with pytest.raises(devices.AddressOver):
        devices.join_device(token_of(phone), at=AT)


def test_a_token_may_be_typed_as_people_type(phone: Device) -> None:
    typed = codes.grouped(token_of(phone), between="-").upper().replace("1", "I").replace("0", "O")

    assert devices.join_device(f" {typed} ", at=AT) == phone


def test_an_address_is_over_after_two_days(home: Household, ana: Child, bea: User) -> None:
    waits = devices.add_device(home, phone_of(ana), by=bea, at=AT)

    with pytest.raises(devices.AddressOver):
        devices.join_device(token_of(waits), at=AT + devices.ADDRESS_GOOD_FOR)


def test_a_new_address_ends_the_old_one(phone: Device, bea: User) -> None:
    old = token_of(phone)
    later = AT + devices.ADDRESS_GOOD_FOR

    devices.renew_address(phone, by=bea, at=later)

    with pytest.raises(devices.AddressOver):
        devices.join_device(old, at=later)
    assert devices.join_device(token_of(phone), at=later) == phone
    with pytest.raises(devices.HasJoined):
        devices.renew_address(phone, by=bea, at=later)


def test_a_token_stands_in_the_database_as_a_digest_only(phone: Device) -> None:
    token = token_of(phone)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM families_device")
        row = cursor.fetchone()

    values = [bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode() for value in row]
    assert not any(token.encode() in value for value in values)
    assert codes.token_digest(token) in values


@pytest.mark.parametrize("typed", ["", "nothing", "0" * 12, "ÄÖÜ", "\x00"])
def test_a_token_that_nobody_has_opens_nothing(typed: str, phone: Device) -> None:
    with pytest.raises(devices.AddressOver):
        devices.join_device(typed, at=AT)


def test_a_device_that_was_taken_off_joins_nothing(phone: Device, bea: User) -> None:
    devices.remove_device(phone, by=bea, at=AT)

    with pytest.raises(devices.AddressOver):
        devices.join_device(token_of(phone), at=AT)
    with pytest.raises(devices.NoSuchDevice):
        devices.remove_device(phone, by=bea, at=AT)
    with pytest.raises(devices.NoSuchDevice):
        devices.change_device(phone, SOFA, by=bea, at=AT)


def test_a_device_comes_back_as_it_was(phone: Device, bea: User) -> None:
    devices.remove_device(phone, by=bea, at=AT)
    devices.restore_device(phone, by=bea, at=AT)
    assert last_kind() == "families.DeviceAdded"
    devices.join_device(token_of(phone), at=AT)
    devices.remove_device(phone, by=bea, at=AT)

    devices.restore_device(phone, by=bea, at=AT)

    assert last_kind() == "families.DeviceJoined"
    assert Device.objects.here().get().joined_at == AT
    with pytest.raises(seats.TooLate):
        devices.restore_device(phone, by=bea, at=AT)


def test_a_device_comes_back_for_half_an_hour_only(phone: Device, bea: User) -> None:
    devices.remove_device(phone, by=bea, at=AT)

    with pytest.raises(seats.TooLate):
        devices.restore_device(phone, by=bea, at=AT + seats.UNDO_WITHIN)


def test_a_device_of_everybody_comes_back(home: Household, bea: User) -> None:
    sofa = devices.add_device(home, SOFA, by=bea, at=AT)
    devices.remove_device(sofa, by=bea, at=AT)

    devices.restore_device(sofa, by=bea, at=AT)

    assert list(Device.objects.here()) == [sofa]


def test_a_device_does_not_come_back_to_a_child_that_is_gone(ana: Child, phone: Device, bea: User) -> None:
    devices.remove_device(phone, by=bea, at=AT)
    services.remove_child(ana, by=bea, at=AT)

    with pytest.raises(seats.TooLate):
        devices.restore_device(phone, by=bea, at=AT)


def test_a_device_goes_from_a_child_to_everybody_and_back(phone: Device, ana: Child, bea: User) -> None:
    devices.change_device(phone, SOFA, by=bea, at=AT)
    changed = Device.objects.get(pk=phone.pk)
    assert (changed.kind, changed.use, changed.child) == ("television", "shared", None)

    devices.change_device(phone, phone_of(ana), by=bea, at=AT)

    assert Device.objects.get(pk=phone.pk).child == ana
    assert last_kind() == "families.DeviceChanged"


@pytest.mark.parametrize("use", list(Use))
def test_the_database_keeps_no_device_of_half_a_child(use: Use, phone: Device, ana: Child) -> None:
    child = None if use == Use.CHILD else ana

    with pytest.raises(IntegrityError), transaction.atomic():
        Device.objects.filter(pk=phone.pk).update(use=use, child=child)


def test_there_is_an_end_to_how_many_devices_there_can_be(home: Household, bea: User) -> None:
    for _ in range(devices.MOST_DEVICES):
        devices.add_device(home, SOFA, by=bea, at=AT)

    with pytest.raises(seats.TooMany):
        devices.add_device(home, SOFA, by=bea, at=AT)


# The pages.


def place(device: Device) -> str:
    """Return the path of the address that a device is given."""
    return devices.address(device).removeprefix(config.current().server.site_url)


def add(browser: Client, user: str) -> str:
    sent = {"kind": "phone", "picture": "boat", "user": user}
    answer = browser.post("/family/devices/add", sent, follow=True)
    return str(answer.content.decode())


def test_the_address_of_the_form_chooses_a_child_of_the_same_family_only(
    signed_in: SignIn, ana: Child, bea: User, fay: User
) -> None:
    theirs = services.add_child(Household.objects.get(guardians__user=fay), ANA, by=fay, at=AT)
    browser = signed_in(bea)

    chosen = {
        uid: browser.get("/family/devices/add", {"child": uid}).content.decode().count(" checked")
        for uid in (str(ana.uid), str(theirs.uid), "shared", "no-uid")
    }

    assert chosen == {str(ana.uid): 1, str(theirs.uid): 0, "shared": 0, "no-uid": 0}


def test_a_guardian_adds_a_device_and_it_joins_on_the_page_that_its_address_opens(
    signed_in: SignIn, client: Client, ana: Child, bea: User
) -> None:
    browser = signed_in(bea)
    page = add(browser, str(ana.uid))
    device = Device.objects.get()
    assert devices.address(device) in page
    assert device.child == ana

    asked = client.get(place(device)).content.decode()
    assert "Does this device belong to your family?" in asked
    assert Device.objects.get().joined_at is None
    joined = client.post(place(device), follow=True).content.decode()

    assert "This device has joined" in joined
    assert NICKNAME not in asked + joined
    assert "bea" not in asked + joined
    again = client.get(place(device))
    assert again.status_code == 404
    assert "Ask whoever looks after your family for a new one." in again.content.decode()
    page = browser.get(f"/family/devices/{device.uid}/").content.decode()
    assert "This device has joined." in page
    assert devices.address(device) not in page


@pytest.mark.parametrize("use", ["shared", "guest"])
def test_a_device_may_be_everybodys_or_the_guests(use: str, signed_in: SignIn, home: Household, bea: User) -> None:
    add(signed_in(bea), use)

    assert (Device.objects.get().use, Device.objects.get().child) == (use, None)


@pytest.mark.parametrize("user", ["", "child", "00000000-0000-4000-8000-000000000007"])
def test_a_device_of_nobody_is_not_added(user: str, signed_in: SignIn, ana: Child, bea: User) -> None:
    assert "Choose one of them." in add(signed_in(bea), user)
    assert not Device.objects.exists()


def test_an_address_that_is_too_old_is_not_shown_and_a_new_one_is(signed_in: SignIn, phone: Device, bea: User) -> None:
    Device.objects.update(token_until=AT)
    browser = signed_in(bea)
    assert "Its address is too old." in browser.get(f"/family/devices/{phone.uid}/").content.decode()

    page = browser.post(f"/family/devices/{phone.uid}/address", follow=True).content.decode()

    assert devices.address(Device.objects.get()) in page


def test_a_guardian_changes_a_device_on_the_page(signed_in: SignIn, phone: Device, bea: User) -> None:
    browser, path = signed_in(bea), f"/family/devices/{phone.uid}/change"
    assert browser.get(path).content.decode().count("checked") == 3

    browser.post(path, {"kind": "tablet", "picture": "kite", "user": "guest"})

    changed = Device.objects.get()
    assert (changed.kind, changed.picture, changed.use) == ("tablet", "kite", "guest")

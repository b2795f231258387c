"""A browser in which somebody pressed «Join» is known as that device, until the device is taken off."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from leeward.core import config
from leeward.core.models import User
from leeward.families import codes, devices, this_device
from leeward.families.models import Device
from leeward.families.tests.conftest import AT

pytestmark = pytest.mark.django_db


def place(device: Device) -> str:
    return devices.address(device).removeprefix(config.current().server.site_url)


def known(browser: Client) -> Device | None:
    """Return as which device the browser is known."""
    request = RequestFactory().get("/")
    request.COOKIES = {name: morsel.value for name, morsel in browser.cookies.items()}
    return this_device.this_device(request)


@pytest.fixture
def joined(client: Client, phone: Device) -> Client:
    """The browser of Ana's phone, in which somebody pressed «Join» a moment ago."""
    Device.objects.update(token_until="2999-01-01T00:00Z")
    client.post(place(phone))
    return client


def test_who_pressed_join_is_known_as_the_device(joined: Client, phone: Device) -> None:
    assert known(joined) == phone


def test_opening_the_address_is_not_joining(client: Client, phone: Device) -> None:
    client.get(place(phone))

    assert this_device.COOKIE not in client.cookies
    assert known(client) is None


def test_an_address_that_is_over_names_no_device(client: Client, phone: Device, bea: User) -> None:
    devices.remove_device(phone, by=bea, at=AT)

    client.post(place(phone))

    assert this_device.COOKIE not in client.cookies


def test_a_device_that_was_taken_off_is_nobody_and_one_that_came_back_is_known(
    joined: Client, phone: Device, bea: User
) -> None:
    devices.remove_device(phone, by=bea, at=AT)
    assert known(joined) is None

    devices.restore_device(phone, by=bea, at=AT)

    assert known(joined) == phone


def test_a_device_that_did_not_join_is_nobody_with_a_good_signature(client: Client, phone: Device) -> None:
    answer = HttpResponse()
    this_device.remember(answer, phone)
    client.cookies = answer.cookies

    assert known(client) is None


@pytest.mark.parametrize("change", [lambda signed: signed[:-1], lambda signed: f"{uuid4().hex}:{signed}", lambda _: ""])
def test_a_cookie_that_was_changed_names_no_device(change: object, joined: Client) -> None:
    assert callable(change)
    joined.cookies[this_device.COOKIE] = change(joined.cookies[this_device.COOKIE].value)

    assert known(joined) is None


def test_no_script_reads_the_cookie_and_no_other_site_sends_it(joined: Client, phone: Device) -> None:
    cookie = joined.cookies[this_device.COOKIE]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 400 * 24 * 3600
    assert devices.dns_token(phone) not in cookie.value


def test_the_token_for_the_resolver_is_a_label_of_its_own(phone: Device) -> None:
    token = devices.dns_token(phone)

    assert re.fullmatch(r"[0-9a-hjkmnp-tv-z]{16}", token)
    assert codes.device_token(phone.token_uid) not in token
    assert token == codes.dns_token(Device.objects.get(pk=phone.pk).token_uid)

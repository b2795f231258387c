"""What a family writes into its devices: it follows from what the operator has switched on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from leeward.core import config
from leeward.core.config import Dnsdist, Network
from leeward.core.models import User
from leeward.families import devices, setup, this_device
from leeward.families.choices import Kind
from leeward.families.models import Device
from leeward.families.setup import System
from leeward.families.tests.conftest import NICKNAME, SignIn, phone_of

OFF = setup.ways(Network(), Dnsdist())
NAME = "dns.isp.example"
TOKEN = "0123456789abcdef"

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1"
IPAD = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari"
PIXEL = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"
LAPTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"
DESK = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
SOFA = "Mozilla/5.0 (Linux; Android 12; BRAVIA 4K) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"
BOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) AppleWebKit/537.36 Edge/44"


def test_nothing_is_open_by_itself() -> None:
    assert (OFF.name, OFF.https_port, OFF.tls_port, OFF.plain_addresses) == ("", None, None, ())
    assert (OFF.https_address(TOKEN), OFF.tls_name(TOKEN), OFF.is_for_apple, OFF.is_for_android) == (
        "",
        "",
        False,
        False,
    )


def test_the_embedded_resolver_opens_what_its_ports_say() -> None:
    network = Network(
        dns_name="DNS.isp.example.", dns_https_port=443, dns_tls_port=853, dns_host="192.0.2.1", dns_port=53
    )

    ways = setup.ways(network, Dnsdist())

    assert ways.https_address(TOKEN) == f"https://{NAME}/dns-query/{TOKEN}"
    assert ways.tls_name(TOKEN) == f"{TOKEN}.{NAME}"
    assert (ways.plain_addresses, ways.encrypted_addresses) == (("192.0.2.1",), ("192.0.2.1",))
    assert ways.is_for_apple
    assert ways.is_for_android


def test_an_unusual_port_stands_in_the_address_and_closes_what_cannot_say_it() -> None:
    ways = setup.ways(Network(dns_name=NAME, dns_https_port=8443, dns_tls_port=8853), Dnsdist())

    assert ways.https_address(TOKEN) == f"https://{NAME}:8443/dns-query/{TOKEN}"
    assert ways.is_for_apple
    assert not ways.is_for_android
    assert not setup.ways(Network(dns_name=NAME, dns_tls_port=8853), Dnsdist()).is_for_apple


def test_dnsdist_stands_before_the_resolver() -> None:
    network = Network(dns_name=NAME, dns_https_port=8443, dns_host="127.0.0.1")
    dnsdist = Dnsdist(
        dnsdist_listen=("198.51.100.7:53", "[2001:db8::7]:53", "127.0.0.1:53", "0.0.0.0:53", "198.51.100.8:5353"),
        dnsdist_dot=("198.51.100.7:853",),
        dnsdist_doh=("198.51.100.7:443", "[2001:db8::7]:443"),
    )

    ways = setup.ways(network, dnsdist)

    assert ways.https_address(TOKEN) == f"https://{NAME}/dns-query/{TOKEN}"
    assert ways.is_for_android
    assert ways.plain_addresses == ("198.51.100.7", "2001:db8::7")
    assert ways.encrypted_addresses == ("198.51.100.7", "2001:db8::7")


def test_a_port_without_a_name_opens_nothing_encrypted() -> None:
    ways = setup.ways(Network(dns_https_port=443, dns_tls_port=853), Dnsdist())

    assert (ways.name, ways.https_address(TOKEN), ways.tls_name(TOKEN)) == ("", "", "")


def test_a_name_without_a_port_opens_nothing() -> None:
    assert setup.ways(Network(dns_name=NAME), Dnsdist()) == OFF


@pytest.mark.parametrize("place", ["localhost:53", "192.0.2.1", "192.0.2.1:", ":53", "", "no address:53"])
def test_a_place_that_is_none_is_left_out(place: str) -> None:
    assert setup.ways(Network(), Dnsdist(dnsdist_listen=(place,))).plain_addresses == ()


@pytest.mark.parametrize(
    ("told", "system"),
    [
        (IPHONE, System.APPLE),
        (IPAD, System.APPLE),
        (PIXEL, System.ANDROID),
        (LAPTOP, System.WINDOWS),
        (DESK, System.BROWSER),
        (SOFA, System.HOME),
        (BOX, System.HOME),
        ("", None),
        ("made-up", None),
    ],
)
def test_the_page_guesses_what_it_is_opened_on(told: str, system: System | None) -> None:
    assert setup.guessed(told) == system


def test_the_kind_tells_of_what_takes_no_setting_only() -> None:
    home = {kind for kind in Kind if setup.of_kind(kind) == System.HOME}

    assert home == {Kind.CONSOLE, Kind.TELEVISION, Kind.WATCH}
    assert all(setup.of_kind(kind) is None for kind in set(Kind) - home)


# The pages.

pytestmark = pytest.mark.django_db


def open_ways(settings: Settings, **network: object) -> None:
    kept = django_settings.LEEWARD
    said = replace(kept.network, dns_name=NAME, **network)  # type: ignore[arg-type]  # fields of Network, by name
    settings.LEEWARD = replace(kept, network=said)


@pytest.fixture
def joined(phone: Device) -> Device:
    Device.objects.update(token_until="2999-01-01T00:00Z")
    found = devices.join_device(devices.address(phone).rstrip("/").rpartition("/")[2], at=timezone.now())
    return Device.objects.select_related("household").get(pk=found.pk)


@pytest.fixture
def on_it(client: Client, phone: Device) -> Client:
    """The browser of the phone, in which somebody has just pressed «Join»."""
    Device.objects.update(token_until="2999-01-01T00:00Z")
    place = devices.address(phone).removeprefix(config.current().server.site_url)
    assert client.post(place)["Location"] == "/family/device/"
    return client


def opened(page: str) -> list[str]:
    """Return the kinds of devices whose steps stand open."""
    return [part.partition("systems/")[0] and part for part in page.split('<details class="how" open>')[1:]]


def test_after_join_the_device_says_how_it_uses_the_shelter(settings: Settings, on_it: Client, phone: Device) -> None:
    open_ways(settings, dns_https_port=443, dns_tls_port=853)

    page = on_it.get("/family/device/", headers={"user-agent": PIXEL}).content.decode()

    token = devices.dns_token(phone)
    assert f"https://{NAME}/dns-query/{token}" in page
    assert f"{token}.{NAME}" in page
    assert [part.partition("<span>")[2].partition("<")[0] for part in opened(page)] == ["Android phone or tablet"]
    assert NICKNAME not in page
    assert "bea" not in page


def test_who_opens_the_address_again_finds_the_way_on(on_it: Client, phone: Device) -> None:
    place = devices.address(phone).removeprefix(config.current().server.site_url)
    stranger = Client(headers={"host": "localhost"})

    assert 'href="/family/device/"' in on_it.get(place).content.decode()
    assert 'href="/family/device/"' not in stranger.get(place).content.decode()


def test_without_a_way_for_devices_the_page_says_that_nothing_is_kept_away(on_it: Client) -> None:
    page = on_it.get("/family/device/", headers={"user-agent": PIXEL}).content.decode()

    assert "Until then nothing is kept away on this device." in page
    assert "One more step" not in page
    assert "/dns-query/" not in page
    assert "mobileconfig" not in page
    assert "Television, console, and everything else at home" in page


def test_a_name_alone_with_a_door_that_no_device_knows_is_no_way(settings: Settings, on_it: Client) -> None:
    open_ways(settings, dns_tls_port=8853)

    assert "One more step" not in on_it.get("/family/device/").content.decode()


def test_a_computer_is_told_of_the_extension_and_a_phone_is_not(on_it: Client) -> None:
    place = 'href="/family/extension/"'
    assert place not in on_it.get("/family/device/").content.decode()

    Device.objects.update(kind=Kind.COMPUTER)

    assert place in on_it.get("/family/device/").content.decode()


def test_where_android_cannot_ask_the_page_says_so(settings: Settings, on_it: Client) -> None:
    open_ways(settings, dns_https_port=443, dns_tls_port=8853)

    page = on_it.get("/family/device/").content.decode()

    assert "Android asks over one way only" in page
    assert "Private DNS provider hostname" not in page


def test_a_browser_that_did_not_join_learns_no_token(settings: Settings, client: Client, joined: Device) -> None:
    open_ways(settings, dns_https_port=443)

    answer = client.get("/family/device/")

    assert answer.status_code == 404
    assert "This device has not joined" in answer.content.decode()
    assert devices.dns_token(joined) not in answer.content.decode()


def test_a_device_that_was_taken_off_learns_nothing_more(
    settings: Settings, on_it: Client, phone: Device, bea: User
) -> None:
    open_ways(settings, dns_https_port=443)
    devices.remove_device(phone, by=bea, at=timezone.now())

    assert [on_it.get(place).status_code for place in ("/family/device/", PROFILE)] == [404, 404]

    devices.restore_device(phone, by=bea, at=timezone.now())

    assert [on_it.get(place).status_code for place in ("/family/device/", PROFILE)] == [200, 200]


PROFILE = "/family/device/leeward.mobileconfig"


def test_a_guardian_reads_how_to_set_up_each_device(
    settings: Settings, signed_in: SignIn, joined: Device, bea: User
) -> None:
    open_ways(settings, dns_https_port=443, dns_tls_port=853)
    browser = signed_in(bea)
    assert f"/family/devices/{joined.uid}/setup/" in browser.get(f"/family/devices/{joined.uid}/").content.decode()

    page = browser.get(f"/family/devices/{joined.uid}/setup/").content.decode()

    assert f"https://{NAME}/dns-query/{devices.dns_token(joined)}" in page
    assert f"{config.current().server.site_url}/family/device/" in page
    assert f"/family/devices/{joined.uid}/setup/leeward.mobileconfig" in page


def test_a_device_that_waits_is_not_set_up(settings: Settings, signed_in: SignIn, phone: Device, bea: User) -> None:
    open_ways(settings, dns_https_port=443)
    browser = signed_in(bea)

    answer = browser.get(f"/family/devices/{phone.uid}/setup/")

    assert (answer.status_code, answer["Location"]) == (302, f"/family/devices/{phone.uid}/")
    assert browser.get(f"/family/devices/{phone.uid}/setup/leeward.mobileconfig").status_code == 404


@pytest.mark.parametrize(("name", "status"), [("fay", 404), ("eve", 403), ("cem", 403)])
def test_nobody_else_reads_the_token(
    name: str, status: int, request: pytest.FixtureRequest, settings: Settings, signed_in: SignIn, joined: Device
) -> None:
    open_ways(settings, dns_https_port=443)
    browser = signed_in(request.getfixturevalue(name))

    for path in ("setup/", "setup/leeward.mobileconfig"):
        answer = browser.get(f"/family/devices/{joined.uid}/{path}")

        assert answer.status_code == status
        assert devices.dns_token(joined).encode() not in answer.content


def test_a_device_that_is_added_again_has_another_token(joined: Device, bea: User) -> None:
    assert joined.child is not None
    draft = phone_of(joined.child)
    devices.remove_device(joined, by=bea, at=timezone.now())

    again = devices.add_device(joined.household, draft, by=bea, at=timezone.now())

    assert devices.dns_token(again) != devices.dns_token(joined)


def test_a_page_with_a_token_is_kept_by_nobody_on_the_way(settings: Settings, on_it: Client) -> None:
    open_ways(settings, dns_https_port=443)

    assert all("no-store" in on_it.get(place)["Cache-Control"] for place in ("/family/device/", PROFILE))
    assert this_device.COOKIE in on_it.cookies

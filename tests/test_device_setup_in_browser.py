"""A device joins and reads how it uses the shelter, by its guardian's page and on itself, in every look."""

from __future__ import annotations

import plistlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stage.browser import DESKTOP, Device, axe, new_page
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.people import overflow_px, sign_in

pytestmark = pytest.mark.browser

PHONE = Device(width_px=320, height_px=800, has_touch=True)
PASSWORD, NAME = "quiet harbour lamp", "dns.isp.example"
ENCRYPTED = {"LEEWARD_DNS_NAME": NAME, "LEEWARD_DNS_HTTPS_PORT": "443", "LEEWARD_DNS_TLS_PORT": "853"}
ENCRYPTED |= {"LEEWARD_DNSDIST_LISTEN": "192.0.2.53:53", "LEEWARD_GUARDIAN_SIGN_UP": "true"}
MAKE_FAMILY = """
from django.utils import timezone
from leeward.core.models import Membership, Organisation, Role, User
from leeward.families import devices, services
from leeward.families.choices import Kind, Sticker, Use
harbour = Organisation.objects.create(slug="harbour", name="Harbour", kind=Organisation.Kind.PROVIDER)
mother = User.objects.create_user(username="mother", password={password!r})
Membership.objects.create(user=mother, organisation=harbour, role=Role.GUARDIAN)
home = services.make_household(by=mother, at=timezone.now())
draft = devices.DeviceDraft(Kind.PHONE, Sticker.STAR, Use.SHARED)
print(devices.add_device(home, draft, by=mother, at=timezone.now()).uid)
"""


@pytest.fixture(scope="module")
def house(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Leeward with every way opened, and a family with one phone that waits: its address and the phone's number."""
    data_dir = tmp_path_factory.mktemp("house")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir, env=ENCRYPTED)
    phone = leeward.python(MAKE_FAMILY.format(password=PASSWORD)).strip()
    leeward.start(Role.WEB)
    yield leeward.base_url, phone
    leeward.stop()


def faults(page: Page) -> list[str]:
    sticks_out = [f"{px} px stick out"] if (px := overflow_px(page)) else []
    return [*axe(page), *sticks_out]


def looks(browser: Browser, page: Page) -> dict[str, list[str]]:
    """Return what is wrong with an open page on a desktop, and on a small phone in Arabic."""
    found = {"desktop": faults(page)}
    small = replace(PHONE, locale="ar")
    with new_page(browser, small, cookies=page.context.storage_state()) as other:
        other.emulate_media(color_scheme="dark")
        other.goto(page.url)
        found["320 px, Arabic, dark"] = faults(other)
    return {look: fault for look, fault in found.items() if fault}


def test_a_phone_joins_by_its_code_and_is_set_up(browser: Browser, house: tuple[str, str], tmp_path: Path) -> None:
    url, uid = house
    with new_page(browser) as page:
        sign_in(page, url, username="mother", password=PASSWORD)
        assert page.url == f"{url}/family/"
        page.goto(f"{url}/family/devices/{uid}/")
        expect(page.get_by_role("img", name="QR code of the address")).to_be_visible()
        assert looks(browser, page) == {}
        address = page.get_by_text(re.compile(r"^http\S+/family/device/")).inner_text()

        with new_page(browser, replace(PHONE, runs_scripts=False)) as phone:
            phone.goto(address)
            phone.get_by_role("button", name="Join").click()
            expect(phone.get_by_role("heading", name="This device has joined")).to_be_visible()
            assert phone.url == f"{url}/family/device/"
            phone.get_by_text("iPhone, iPad or Mac").click()
            with phone.expect_download() as download:
                phone.get_by_role("link", name="Get the profile").click()
            download.value.save_as(tmp_path / "leeward.mobileconfig")
            kept = phone.context.storage_state()
        profile = plistlib.loads((tmp_path / "leeward.mobileconfig").read_bytes())
        server = profile["PayloadContent"][0]["DNSSettings"]["ServerURL"]
        assert server.startswith(f"https://{NAME}/dns-query/")

        with new_page(browser, cookies=kept) as phone:
            phone.goto(f"{url}/family/device/")
            for kind in ("iPhone, iPad or Mac", "Android phone", "Windows", "Only a browser", "Television"):
                section = phone.locator("details").filter(has_text=kind).first
                if section.get_attribute("open") is None:
                    section.locator("summary").click()
            expect(phone.get_by_text(server).first).to_be_visible()
            assert looks(browser, phone) == {}

        page.goto(f"{url}/family/devices/{uid}/")
        page.get_by_role("link", name="Let it use the shelter").click()
        assert looks(browser, page) == {}


def test_a_parent_makes_an_account(browser: Browser, house: tuple[str, str]) -> None:
    url, _ = house
    with new_page(browser, DESKTOP) as page:
        page.goto(f"{url}/account/login/")
        page.get_by_role("link", name="Make an account").click()
        assert looks(browser, page) == {}
        page.get_by_label("User name").fill("father")
        page.get_by_label("Password", exact=True).fill("short")
        page.get_by_label("The same password again").fill("shorter")
        page.get_by_role("button", name="Make an account").click()
        assert faults(page) == []
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("The same password again").fill(PASSWORD)
        page.get_by_role("button", name="Make an account").click()

        expect(page.get_by_role("button", name="Begin our family page")).to_be_visible()

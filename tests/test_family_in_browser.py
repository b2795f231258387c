"""A parent in a real browser: children and devices as pictures, a device that joins, a step undone, a second grown-up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stage.browser import DESKTOP, Device, axe, new_page
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.people import overflow_px, press_enter_on, sign_in, tab_to, type_into

pytestmark = pytest.mark.browser

PHONE = Device(width_px=320, height_px=800, has_touch=True)
WITHOUT_SCRIPT = replace(PHONE, runs_scripts=False)


@dataclass(frozen=True)
class House:
    """Where Leeward's pages are."""

    url: str


PASSWORD = "quiet harbour lamp"
GUARDIANS = ("mother", "keys", "first", "second", "looks-en-GB", "looks-ar")
MAKE_GUARDIANS = """
from leeward.core.models import Membership, Organisation, Role, User
harbour = Organisation.objects.create(slug="harbour", name="Harbour", kind=Organisation.Kind.PROVIDER)
for username in {usernames!r}:
    person = User.objects.create_user(username=username, password={password!r})
    Membership.objects.create(user=person, organisation=harbour, role=Role.GUARDIAN)
"""


@pytest.fixture(scope="module")
def house(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Leeward's pages, without the rest of the town, and accounts of guardians."""
    data_dir = tmp_path_factory.mktemp("house")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir)
    leeward.python(MAKE_GUARDIANS.format(usernames=GUARDIANS, password=PASSWORD))
    leeward.start(Role.WEB)
    yield House(leeward.base_url)
    leeward.stop()


@contextmanager
def guardian(browser: Browser, house: House, username: str, device: Device = DESKTOP) -> Iterator[Page]:
    """Sign in as somebody who has the role of a guardian."""
    with new_page(browser, device) as page:
        sign_in(page, house.url, username=username, password=PASSWORD)
        yield page


def begin(page: Page, house: House) -> None:
    page.goto(f"{house.url}/family/")
    page.get_by_role("button", name="Begin our family page").click()


def add_child(page: Page, nickname: str, picture: str) -> None:
    page.get_by_role("link", name="Add a child").click()
    page.get_by_label("Nickname").fill(nickname)
    page.get_by_label(picture, exact=True).check()
    page.get_by_label("10 to 12 years").check()
    page.get_by_role("button", name="Add", exact=True).click()


def add_device(page: Page, kind: str, user: str) -> str:
    """Add a device and return the address that its page shows."""
    page.get_by_role("link", name="Add a device", exact=True).click()
    page.get_by_label(kind, exact=True).check()
    page.get_by_label(user, exact=True).check()
    page.get_by_label("Kite", exact=True).check()
    page.get_by_role("button", name="Add", exact=True).click()
    return page.get_by_text(re.compile(r"^http\S+/family/device/")).inner_text()


def test_a_parent_adds_a_child_and_its_phone_which_joins(browser: Browser, house: House) -> None:
    with guardian(browser, house, "mother") as page:
        page.goto(house.url)
        page.get_by_role("link", name="Family").click()
        begin(page, house)
        expect(page.get_by_text("No child is here yet.")).to_be_visible()
        add_child(page, "Mia", "Fox")
        address = add_device(page, "Phone", "Mia")
        expect(page.get_by_role("button", name="Undo")).to_be_visible()

        with new_page(browser, WITHOUT_SCRIPT) as phone:
            phone.goto(address)
            expect(phone.get_by_role("main")).not_to_contain_text("Mia")
            phone.get_by_role("button", name="Join").click()
            expect(phone.get_by_role("heading", name="This device has joined")).to_be_visible()
            phone.goto(address)
            expect(phone.get_by_role("heading", name="This address does not work any more")).to_be_visible()

        page.goto(f"{house.url}/family/")
        child = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Mia"))
        expect(child.get_by_role("link", name="Phone, Kite")).to_be_visible()
        expect(page.get_by_text("Not joined yet")).to_have_count(0)


def test_with_keys_alone_a_child_is_added_taken_off_and_brought_back(browser: Browser, house: House) -> None:
    with guardian(browser, house, "keys") as page:
        begin(page, house)
        press_enter_on(page.get_by_role("link", name="Add a child"))
        type_into(page.get_by_label("Nickname"), "Noor")
        tab_to(page.get_by_label("Fox", exact=True))
        page.keyboard.press("ArrowRight")
        expect(page.get_by_label("Owl", exact=True)).to_be_checked()
        tab_to(page.get_by_label("6 to 9 years"))
        page.keyboard.press("Space")
        press_enter_on(page.get_by_role("button", name="Add", exact=True))
        press_enter_on(page.get_by_role("link", name="Change: Noor"))
        press_enter_on(page.get_by_role("button", name="Take off"))
        expect(page.get_by_role("heading", name="Noor")).to_have_count(0)

        press_enter_on(page.get_by_role("button", name="Undo"))

        expect(page.get_by_text("Undone: «")).to_be_visible()
        expect(page.get_by_role("heading", name="Noor")).to_be_visible()


def test_on_a_phone_without_script_a_second_grown_up_comes_by_a_code(browser: Browser, house: House) -> None:
    with guardian(browser, house, "first", WITHOUT_SCRIPT) as page:
        begin(page, house)
        add_child(page, "Ida", "Whale")
        page.get_by_role("button", name="Invite another grown-up").click()
        code = page.get_by_text(re.compile(r"^(\d{4}\s?){4}$")).inner_text()
        assert overflow_px(page) == 0

    with guardian(browser, house, "second", WITHOUT_SCRIPT) as page:
        page.goto(f"{house.url}/family/")
        page.get_by_role("link", name="I have a code").click()
        page.get_by_label("Your code").fill(code)
        page.get_by_role("button", name="Join").click()

        expect(page.get_by_text("You look after this family now, too.")).to_be_visible()
        expect(page.get_by_role("heading", name="Ida")).to_be_visible()


@pytest.mark.parametrize(("locale", "width_px", "scheme"), [("en-GB", 1280, "light"), ("ar", 320, "dark")])
def test_every_page_of_a_family_has_no_fault(
    locale: str, width_px: int, scheme: str, browser: Browser, house: House
) -> None:
    with guardian(browser, house, f"looks-{locale}") as page:
        begin(page, house)
        add_child(page, "Nicknameasongasathirtylettersx", "Bear")
        child = page.get_by_role("link", name="Change: ").get_attribute("href") or ""
        address = add_device(page, "Television", "Guests")
        device = page.url
        page.goto(f"{house.url}/family/")
        page.get_by_role("button", name="Invite another grown-up").click()
        cookies = page.context.storage_state()
    paths = ["", "leave/", "join/", "children/add", "devices/add"]
    places = [*(f"{house.url}/family/{path}" for path in paths), house.url + child, device, f"{device}change", address]

    with new_page(browser, replace(DESKTOP, width_px=width_px, locale=locale), cookies=cookies) as page:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        found = {place: faults(page, place) for place in places}

    assert {place: fault for place, fault in found.items() if fault} == {}


def faults(page: Page, place: str) -> list[str]:
    page.goto(place)
    sticks_out = [f"{px} px stick out"] if (px := overflow_px(page)) else []
    headings = page.get_by_role("heading", level=1).count()
    return [*axe(page), *sticks_out, *([f"{headings} headings of level 1"] if headings != 1 else [])]

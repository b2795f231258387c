"""A child in a real browser meets a closed door, asks with one press, and reads the answer; its parent answers with one press."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.stage.browser import DESKTOP, Device, axe, new_page
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.people import overflow_px, press_enter_on

pytestmark = pytest.mark.browser

PHONE = Device(width_px=320, height_px=800, has_touch=True)
WITHOUT_SCRIPT = replace(PHONE, runs_scripts=False)
APP = "roblox.com"  # One of the catalogue's own names: no list is needed.
LONG = "a-name-that-is-very-long-and-has-no-place-to-break-it-in-two.example"

MAKE_HOME = """
from django.utils import timezone
from leeward.core.models import Membership, Organisation, Role, User
from leeward.families import devices, services
from leeward.families.choices import AgeBand, Kind, Picture, Sticker, Use
from leeward.limits import asks, services as limits
from leeward.limits.choices import Purpose, Why
harbour = Organisation.objects.create(slug="harbour", name="Harbour", kind=Organisation.Kind.PROVIDER)
bea, at = User.objects.create_user(username="bea"), timezone.now()
Membership.objects.create(user=bea, organisation=harbour, role=Role.GUARDIAN)
home = services.make_household(by=bea, at=at)
for name, picture, band in (("Ida", Picture.FOX, AgeBand.SMALL), ("Ana", Picture.OWL, AgeBand.MIDDLE)):
    child = services.add_child(home, services.ChildDraft(name, picture, band), by=bea, at=at)
    mine = limits.of_child(child, at=at)
    limits.set_blocked(mine, ["adult", "gambling", "violence", "social", "roblox"], by=bea, at=at)
    limits.set_homework_blocked(mine, ["video", "games"], by=bea, at=at)
    for purpose, days, start, end in ((Purpose.BEDTIME, range(7), 1260, 390), (Purpose.HOMEWORK, range(5), 900, 960)):
        limits.set_windows(mine, purpose, [limits.WindowDraft(days, start, end)], by=bea, at=at)
    limits.give_time(mine, minutes=30, why=Why.READ, by=bea, at=at)
    limits.give_time(mine, minutes=240, why=Why.HELPED, by=bea, at=at)
    limits.close_name(mine, {long!r}, until=None, by=bea, at=at)
    asks.refuse(asks.ask_name(mine, "facebook.com", at=at), by=bea, at=at)
    draft = devices.DeviceDraft(Kind.PHONE, Sticker.STAR, Use.CHILD, child)
    print("device", devices.address(devices.add_device(home, draft, by=bea, at=at)).partition("/family/")[2])
"""
ANSWER = """
from django.utils import timezone
from leeward.core.models import User
from leeward.limits import asks
from leeward.families.choices import AgeBand
from leeward.limits.models import Ask
at, bea = timezone.now(), User.objects.get(username="bea")
for ask in Ask.objects.filter(state="waiting", limits__child__band=AgeBand.SMALL):
    asks.allow(ask, until=None, by=bea, at=at)
"""


@dataclass(frozen=True)
class House:
    """Where Leeward's pages are, and the addresses at which the phones of two children join."""

    leeward: Leeward
    phones: tuple[str, ...]

    @property
    def url(self) -> str:
        return self.leeward.base_url


@pytest.fixture(scope="module")
def house(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Leeward's pages and one family: Ida is 7 and Ana is 11."""
    data_dir = tmp_path_factory.mktemp("house")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir)
    said = leeward.python(MAKE_HOME.format(long=LONG))
    leeward.start(Role.WEB)
    yield House(leeward, tuple(re.findall(r"^device (\S+)$", said, re.MULTILINE)))
    leeward.stop()


@pytest.fixture(scope="module")
def cookies(browser: Browser, house: House) -> tuple[StorageState, ...]:
    """What the browsers of both phones carry once they have joined: Ida's, then Ana's."""
    found = []
    for path in house.phones:
        with new_page(browser, WITHOUT_SCRIPT) as page:
            page.goto(f"{house.url}/family/{path}")
            page.get_by_role("button", name="Join").click()
            page.wait_for_load_state()
            found.append(page.context.storage_state())
    return tuple(found)


def test_on_a_phone_without_script_a_child_of_seven_asks_with_one_press_and_reads_the_yes(
    browser: Browser, house: House, cookies: tuple[StorageState, ...]
) -> None:
    with new_page(browser, WITHOUT_SCRIPT, cookies=cookies[0]) as page:
        page.goto(f"{house.url}/door?name={APP}")
        expect(page.get_by_role("heading", name="This page is not for you yet")).to_be_visible()
        expect(page.get_by_role("listitem").filter(has_text="Roblox")).to_be_visible()
        page.get_by_role("button", name="Ask for this page").click()
        expect(page.get_by_role("heading", name="You asked")).to_be_visible()
        expect(page.get_by_text("No answer yet.")).to_be_visible()

        house.leeward.python(ANSWER)
        page.get_by_role("link", name="Look again").click()

        expect(page.get_by_text("Your family said yes.")).to_be_visible()
        page.get_by_role("link", name="See my rules").click()
        expect(page.get_by_role("heading", name="My rules")).to_be_visible()
        expect(page.get_by_text("Your family said yes.")).to_be_visible()
        app = page.get_by_text("Roblox", exact=True)
        expect(app).to_be_hidden()
        page.get_by_text("Apps and sites").click()
        expect(app).to_be_visible()
        page.goto(f"{house.url}/door?name={APP}")
        expect(page.get_by_role("heading", name="This page is open for you")).to_be_visible()


def test_with_keys_alone_a_child_asks_and_takes_it_back(
    browser: Browser, house: House, cookies: tuple[StorageState, ...]
) -> None:
    with new_page(browser, DESKTOP, cookies=cookies[1]) as page:
        page.goto(f"{house.url}/door?name={APP}")
        press_enter_on(page.get_by_role("button", name="Ask for this page"))
        press_enter_on(page.get_by_role("button", name="Take it back"))

        expect(page.get_by_text("You took it back.")).to_be_visible()


@pytest.mark.parametrize(
    ("locale", "width_px", "scheme"), [("en-GB", 320, "light"), ("mn", 320, "dark"), ("ar", 320, "light")]
)
def test_no_page_that_a_child_meets_has_a_fault(
    locale: str, width_px: int, scheme: str, browser: Browser, house: House, cookies: tuple[StorageState, ...]
) -> None:
    paths = [f"door?name={LONG}", "door?name=harmless.example", "door", "door?name=two%20words", "door/mine"]
    with new_page(browser, replace(DESKTOP, width_px=width_px, locale=locale), cookies=cookies[1]) as page:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        found = {path: faults(page, f"{house.url}/{path}") for path in paths}
        page.goto(f"{house.url}/door?name={LONG}")
        # In the second language the child has asked already, and the page leads to its question.
        page.locator("form[action='/door/ask'] button, a[href^='/door/asked/']").click()
        found["asked"] = faults(page, page.url)

    assert {path: fault for path, fault in found.items() if fault} == {}


def faults(page: Page, place: str) -> list[str]:
    """Return what is wrong with a page on which everything is unfolded."""
    page.goto(place)
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    sticks_out = [f"{px} px stick out"] if (px := overflow_px(page)) else []
    headings = page.get_by_role("heading", level=1).count()
    return [*axe(page), *sticks_out, *([f"{headings} headings of level 1"] if headings != 1 else [])]

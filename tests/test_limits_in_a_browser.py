"""A parent sets limits in a real browser: by mouse, on a phone without script, and in three languages without a fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.stage.browser import DESKTOP, Device, axe, new_page
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.people import overflow_px, sign_in

pytestmark = pytest.mark.browser

PASSWORD = "quiet harbour lamp"
PHONE_WITHOUT_SCRIPT = Device(width_px=320, height_px=800, has_touch=True, runs_scripts=False)
LOCALES = ("en-GB", "mn", "ar")
# Bea looks after Mia, whose phone has joined and who asks for a site, and after Tom, who is paused and asks for time.
PREPARE = """
import json
from datetime import timedelta
from django.utils import timezone
from leeward.core.models import Membership, Organisation, Role, User
from leeward.families import codes, devices, services as families
from leeward.families.choices import AgeBand, Kind, Picture, Sticker, Use
from leeward.limits import asks, services
from leeward.limits.choices import Purpose, Why
at = timezone.now()
harbour = Organisation.objects.create(slug="harbour", name="Harbour", kind=Organisation.Kind.PROVIDER)
Membership.objects.create(
    user=User.objects.create_user(username="bea", password={password!r}), organisation=harbour, role=Role.GUARDIAN)
bea = User.objects.get(username="bea")
home = families.make_household(by=bea, at=at)
mia = families.add_child(home, families.ChildDraft("Mia", Picture.FOX, AgeBand.MIDDLE), by=bea, at=at)
tom = families.add_child(home, families.ChildDraft("Tomasongasathirtylettersofitxx", Picture.OWL, AgeBand.SMALL), by=bea, at=at)
phone = devices.add_device(home, devices.DeviceDraft(Kind.PHONE, Sticker.STAR, Use.CHILD, mia), by=bea, at=at)
devices.join_device(codes.device_token(phone.token_uid), at=at)
of_mia, of_tom = services.of_child(mia, at=at), services.of_child(tom, at=at)
school = [services.WindowDraft((0, 1, 2, 3, 4), 900, 1020)]
night = [services.WindowDraft((6, 0, 1, 2, 3), 1230, 420), services.WindowDraft((4, 5), 1290, 420)]
services.set_windows(of_tom, Purpose.HOMEWORK, school, by=bea, at=at)
services.set_windows(of_tom, Purpose.BEDTIME, night, by=bea, at=at)
services.give_time(of_tom, minutes=30, why=Why.READ, by=bea, at=at)
services.close_name(of_tom, "{name}", until=at + timedelta(hours=1), by=bea, at=at)
services.add_free_days(home, at.date(), at.date(), by=bea, at=at)
services.pause(of_tom, until=at + timedelta(hours=1), by=bea, at=at)
asks.ask_name(of_mia, "puzzles.example", at=at)
asks.ask_time(of_tom, at=at)
print(json.dumps([str(of_mia.uid), str(of_tom.uid)]))
"""
LONG_NAME = "a-rather-long-host-name-that-nobody-has-ever-seen.example"
PAGES = ("", "times/", "kept/", "apps/", "names/", "start/")


@dataclass(frozen=True)
class House:
    """Where Leeward's pages are, where the limits of two children are, and a browser's cookies of their mother."""

    url: str
    of_mia: str
    of_tom: str
    bea: StorageState


@pytest.fixture(scope="module")
def house(blank: Blank, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Leeward's pages with a family, without the rest of the town."""
    data_dir = tmp_path_factory.mktemp("limits")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir)
    printed = leeward.python(PREPARE.format(password=PASSWORD, name=LONG_NAME))
    of_mia, of_tom = (f"{leeward.base_url}/family/limits/{uid}/" for uid in json.loads(printed.splitlines()[-1]))
    leeward.start(Role.WEB)
    with new_page(browser) as page:
        sign_in(page, leeward.base_url, username="bea", password=PASSWORD)
        cookies = page.context.storage_state()
    yield House(leeward.base_url, of_mia, of_tom, cookies)
    leeward.stop()


@contextmanager
def mother(browser: Browser, house: House, device: Device = DESKTOP) -> Iterator[Page]:
    """Open a page as the children's mother."""
    with new_page(browser, device, cookies=house.bea) as page:
        yield page


@pytest.mark.parametrize("locale", LOCALES)
def test_no_page_has_a_fault_in_any_direction_wide_and_narrow(locale: str, browser: Browser, house: House) -> None:
    places = [f"{house.url}/family/", *(house.of_tom + page for page in PAGES)]

    with mother(browser, house, replace(DESKTOP, locale=locale)) as page:
        page.emulate_media(reduced_motion="reduce")
        found = {place: faults(page, place, in_the_dark=locale == "ar") for place in places}

    assert {place: fault for place, fault in found.items() if fault} == {}


def faults(page: Page, place: str, *, in_the_dark: bool) -> list[str]:
    """Return what is wrong with a page on which everything is unfolded."""
    page.set_viewport_size({"width": 320, "height": 800})
    page.emulate_media(color_scheme="dark" if in_the_dark else "light")
    page.goto(place)
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    headings = page.get_by_role("heading", level=1).count()
    narrow = [f"{px} px stick out" for px in [overflow_px(page)] if px]
    narrow += [f"{headings} headings of level 1"] if headings != 1 else []
    page.set_viewport_size({"width": 1280, "height": 800})
    wide = [f"{px} px stick out when wide" for px in [overflow_px(page)] if px]
    return [*narrow, *wide, *axe(page)]


def test_on_a_phone_without_script_a_question_is_answered_and_a_pause_made(browser: Browser, house: House) -> None:
    with mother(browser, house, PHONE_WITHOUT_SCRIPT) as page:
        page.goto(f"{house.url}/family/")
        page.get_by_role("button", name="Allow until tomorrow, 18:00: puzzles.example").click()
        expect(page.get_by_text("puzzles.example")).to_have_count(0)
        mia = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Mia"))

        mia.get_by_text("Pause now").click()
        mia.get_by_role("button", name="15 minutes").click()

        expect(mia.get_by_text("Paused until")).to_be_visible()
        assert overflow_px(page) == 0
        mia.get_by_role("button", name="End the pause").click()
        expect(mia.get_by_text("Open now")).to_be_visible()


def test_a_parent_keeps_a_kind_away_and_undoes_it(browser: Browser, house: House) -> None:
    with mother(browser, house) as page:
        page.goto(house.of_mia)
        page.get_by_role("link", name="What is kept away", exact=True).click()
        page.get_by_text("Fun and pastime").first.click()
        page.get_by_label("News", exact=True).first.check()
        page.get_by_role("button", name="Keep it as ticked: Fun and pastime").first.click()
        expect(page.get_by_text("Kept. It holds from now on.")).to_be_visible()
        page.get_by_text("Fun and pastime").first.click()
        expect(page.get_by_label("News", exact=True).first).to_be_checked()

        page.get_by_role("button", name="Undo").click()

        expect(page.get_by_text("Undone. Everything is as it was.")).to_be_visible()
        page.get_by_role("link", name="What is kept away", exact=True).click()
        page.get_by_text("Fun and pastime").first.click()
        expect(page.get_by_label("News", exact=True).first).not_to_be_checked()


def test_a_parent_takes_the_suggested_nights_and_sees_them_drawn(browser: Browser, house: House) -> None:
    with mother(browser, house) as page:
        page.goto(f"{house.of_mia}times/")
        assert page.locator(".week__bedtime").count() == 0

        page.get_by_role("button", name="Take this: Bedtime").click()

        expect(page.get_by_text("20:30 until 7:00 the next day")).to_be_visible()
        # Each of seven nights is drawn on two days.
        assert page.locator(".week__bedtime").count() == 14

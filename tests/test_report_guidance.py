"""The guidance on a good report in a real browser: for three readers, on their own devices, and reached from where it is needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from leeward.core import texts
from leeward.engines.reading import Band
from tests.stage.browser import DESKTOP, Device, new_page
from tests.stage.people import overflow_px, press_enter_on
from tests.stage.town import Town

pytestmark = pytest.mark.browser

NO_SCRIPT = replace(DESKTOP, runs_scripts=False)
PHONE = Device(width_px=320, height_px=640, has_touch=True)
CHILD, ADULT = (texts.read("reports", language="en", band=band) for band in (Band.MIDDLE, Band.ADULT))
TITLE = CHILD["guide.title"]


@pytest.fixture
def without_script(browser: Browser) -> Iterator[Page]:
    with new_page(browser, NO_SCRIPT) as page:
        yield page


@pytest.mark.parametrize("device", [DESKTOP, NO_SCRIPT, PHONE], ids=["desktop", "no script", "phone"])
def test_a_parent_finds_the_way_from_help_to_what_to_say(device: Device, browser: Browser, town: Town) -> None:
    with new_page(browser, device) as page:
        page.goto(f"{town.url}/h/")
        page.get_by_role("main").get_by_role("link", name=TITLE).click()
        page.get_by_role("link", name=CHILD["guide.how.parent"]).click()

        part = page.get_by_role("region", name=ADULT["guide.parent.talk"])
        expect(part).to_contain_text(ADULT["guide.parent.blame"])
        expect(part).to_contain_text(ADULT["guide.not_your_fault"])
        assert overflow_px(page) == 0


def test_a_teacher_reads_everything_by_keyboard_alone(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/report/how/")

    press_enter_on(page.get_by_role("link", name=CHILD["guide.how.teacher"]))
    expect(page.get_by_role("region", name=ADULT["guide.teacher.school"])).to_be_visible()
    others = page.locator("summary", has_text=ADULT["guide.screen.others"])
    press_enter_on(others)

    expect(page.get_by_text(ADULT["guide.screen.android"])).to_be_visible()


def test_without_script_every_device_can_be_opened(without_script: Page, town: Town) -> None:
    page = without_script
    page.goto(f"{town.url}/report/how/")

    page.locator("summary", has_text=CHILD["guide.screen.others"]).click()

    for name in ("windows", "mac", "ios", "android", "chromeos", "linux"):
        expect(page.get_by_text(CHILD[f"guide.screen.{name}"])).to_be_visible()


@pytest.mark.parametrize("address", ["/report/how/", "/report/how/parent/", "/report/how/teacher/"])
def test_each_idea_has_a_picture_and_what_must_never_be_copied_is_said(address: str, page: Page, town: Town) -> None:
    page.goto(town.url + address)
    words = CHILD if address == "/report/how/" else ADULT

    parts = page.locator("main section")

    assert parts.count() >= 7
    assert parts.locator(":scope > svg").count() == parts.count()
    expect(page.get_by_role("region", name=words["guide.not.title"])).to_contain_text(words["guide.never"])


def test_in_arabic_the_pictures_stand_on_the_right(browser: Browser, town: Town) -> None:
    with new_page(browser, replace(DESKTOP, locale="ar")) as page:
        page.goto(f"{town.url}/report/how/")
        picture = page.locator("main section > svg").first.bounding_box()
        words = page.locator("main section > div").first.bounding_box()

        assert picture is not None
        assert words is not None
        assert picture["x"] > words["x"] + words["width"] / 2


def test_the_report_begins_from_the_guidance(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/report/how/")

    page.get_by_role("main").get_by_role("link", name="Tell us about something").click()

    expect(page.get_by_role("heading", name=CHILD["reason.title"])).to_be_visible()

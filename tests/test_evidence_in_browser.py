"""Evidence at the desk, in a real browser: covered first, uncovered step by step by keyboard, covered again by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from tests.stage.browser import DESKTOP, axe, new_page
from tests.stage.people import overflow_px, press_enter_on, sign_in, type_into
from tests.stage.town import Town
from tests.stage.waiting import until

pytestmark = pytest.mark.browser

SETTLE_S = 15.0
NARROW_PX = 320
ADDRESS = """
from django.urls import reverse
from leeward.cases.models import Evidence
for piece in Evidence.objects.filter(case__subject__item_id="coffee"):
    print(reverse("cases:evidence", args=[piece.case.uid, piece.sha256]))
"""
PURPOSE = "Is it the cup of the report?"
FILTER = "element => getComputedStyle(element).filter"
NATURAL_PX = "element => element.naturalWidth"
# What a browser says when somebody goes to another tab.
LEAVE = """() => {
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture(scope="module")
def address(town: Town) -> str:
    town.report("coffee")
    until(lambda: bool(town.leeward.python(ADDRESS).strip()), within_s=SETTLE_S, what="the photograph is sealed")
    return town.url + town.leeward.python(ADDRESS).splitlines()[-1]


@pytest.fixture(scope="module")
def cookies(browser: Browser, town: Town) -> StorageState:
    with new_page(browser) as page:
        sign_in(page, town.url, username="reviewer", password=town.keys.password)
        return page.context.storage_state()


@pytest.fixture
def desk(browser: Browser, cookies: StorageState) -> Iterator[Page]:
    """A page of a reviewer that fails the test where the browser's console shows an error."""
    faults: list[str] = []
    with new_page(browser, cookies=cookies) as page:
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        yield page
    assert faults == []


def say_what_for(page: Page, address: str) -> Locator:
    """Open the page of the evidence, say with keys alone what it must be seen for, and return the component."""
    page.goto(address)
    type_into(page.get_by_label("What must you see it for?"), PURPOSE)
    press_enter_on(page.get_by_role("button", name="Show it covered"))
    component = page.locator("blurred-evidence")
    expect(component.get_by_role("status")).to_have_text("It is covered: small, blurred, grey and silent.")
    return component


def pictures(component: Locator) -> Locator:
    return component.locator("img:visible")


def views(town: Town, form: str) -> int:
    return town.count("cases_view", where=f"form = '{form}'")


def test_the_browser_has_only_the_covered_copy_until_somebody_asks(desk: Page, town: Town, address: str) -> None:
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url.partition("?")[0].rpartition("/")[2]))

    component = say_what_for(desk, address)

    picture = pictures(component)
    expect(picture).to_have_count(1)
    assert picture.evaluate(NATURAL_PX) <= 160
    assert "covered" in asked
    assert "clear" not in asked


def test_with_keys_alone_it_is_uncovered_step_by_step_and_covered_again(desk: Page, town: Town, address: str) -> None:
    component = say_what_for(desk, address)
    before, status, picture = views(town, "clear"), component.get_by_role("status"), pictures(component)
    small_px = picture.bounding_box()["width"]  # type: ignore[index]  # it is visible

    desk.keyboard.press("b")
    expect(status).to_have_text("Still a little blurred.")
    strong = picture.evaluate(FILTER)
    desk.keyboard.press("b")
    light = picture.evaluate(FILTER)
    desk.keyboard.press("b")
    expect(status).to_have_text("It is shown. It covers itself after 30 seconds.")
    sharp = picture.evaluate(FILTER)
    desk.keyboard.press("c")
    coloured = picture.evaluate(FILTER)
    desk.keyboard.press("l")
    desk.keyboard.press("l")

    assert picture.evaluate(NATURAL_PX) > 160
    assert ["blur" in one for one in (strong, light, sharp)] == [True, True, False]
    assert strong != light
    assert ["grayscale" in one for one in (strong, light, sharp, coloured)] == [True, True, True, False]
    assert picture.bounding_box()["width"] > 2 * small_px  # type: ignore[index]
    assert views(town, "clear") == before + 1

    with desk.expect_response("**/desk/seen") as counted:
        desk.keyboard.press("Escape")
    assert counted.value.status == 204
    expect(status).to_contain_text("It is covered")
    assert picture.evaluate(NATURAL_PX) <= 160
    assert picture.bounding_box()["width"] == small_px  # type: ignore[index]
    expect(component.locator("img")).to_have_count(1)

    desk.keyboard.press("b")
    expect(status).to_have_text("Still a little blurred.")
    assert views(town, "clear") == before + 2, "each look is asked for, and noted"


@pytest.mark.parametrize("width_px", [1280, NARROW_PX])
def test_however_large_it_is_shown_the_way_to_cover_it_stays_in_sight(desk: Page, address: str, width_px: int) -> None:
    # So low that the largest size does not fit.
    desk.set_viewport_size({"width": width_px, "height": 560})
    component = say_what_for(desk, address)
    for key in "bll":
        desk.keyboard.press(key)
    expect(component.get_by_role("status")).to_have_text("Still a little blurred.")
    component.locator("img:visible").evaluate("picture => scrollTo(0, picture.getBoundingClientRect().top + scrollY)")

    expect(component.get_by_role("button", name="Cover it")).to_be_in_viewport(ratio=1)
    # A key does it also after somebody pressed elsewhere on the page.
    desk.get_by_role("heading", level=1).click()
    desk.keyboard.press("h")

    expect(component.get_by_role("status")).to_contain_text("It is covered")


def test_it_covers_itself_when_the_tab_is_left(desk: Page, address: str) -> None:
    component = say_what_for(desk, address)
    desk.keyboard.press("b")
    expect(component.locator("img")).to_have_count(2)

    with desk.expect_response("**/desk/seen"):
        desk.evaluate(LEAVE)

    expect(component.locator("img")).to_have_count(1)


def test_it_covers_itself_after_half_a_minute_and_the_time_is_counted(desk: Page, town: Town, address: str) -> None:
    desk.clock.install()
    component = say_what_for(desk, address)
    desk.keyboard.press("b")
    expect(component.locator("img")).to_have_count(2)

    desk.clock.fast_forward(29_000)
    expect(component.locator("img")).to_have_count(2)
    with desk.expect_request("**/desk/seen") as counted:
        desk.clock.fast_forward(2_000)

    expect(component.locator("img")).to_have_count(1)
    seconds = int(str(counted.value.post_data).partition("=")[2])
    assert 29 <= seconds <= 32


def test_a_copy_that_is_refused_says_so_and_stays_covered(
    browser: Browser, cookies: StorageState, address: str
) -> None:
    with new_page(browser, cookies=cookies) as page:
        component = say_what_for(page, address)
        component.evaluate("element => { element.dataset.clear = element.dataset.clear.slice(0, -9); }")

        page.keyboard.press("b")

        expect(component.get_by_role("status")).to_have_text("It cannot be shown now. Load this page again.")
        expect(component.locator("img")).to_have_count(1)


@pytest.mark.parametrize(("width_px", "scheme"), [(1280, "light"), (NARROW_PX, "light"), (NARROW_PX, "dark")])
def test_axe_finds_nothing_covered_or_clear(desk: Page, address: str, width_px: int, scheme: str) -> None:
    desk.set_viewport_size({"width": width_px, "height": 800})
    desk.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    desk.goto(address)
    assert axe(desk) == []

    component = say_what_for(desk, address)
    assert axe(desk) == []
    for key in "bbbcll":
        desk.keyboard.press(key)
    expect(component.get_by_role("status")).to_contain_text("It is shown.")

    assert axe(desk) == []
    assert overflow_px(desk) == 0


def test_without_script_a_button_shows_it_clear_and_another_covers_it(
    browser: Browser, cookies: StorageState, town: Town, address: str
) -> None:
    with new_page(browser, replace(DESKTOP, runs_scripts=False), cookies=cookies) as page:
        page.goto(address)
        page.get_by_label("What must you see it for?").fill(PURPOSE)
        page.get_by_role("button", name="Show it covered").click()
        expect(page.get_by_role("img", name="The evidence, covered")).to_be_visible()
        page.get_by_role("button", name="Show it clear").click()
        expect(page.get_by_role("img", name="The evidence, clear")).to_be_visible()
        page.get_by_role("button", name="Cover it").click()
        expect(page.get_by_role("img", name="The evidence, covered")).to_be_visible()

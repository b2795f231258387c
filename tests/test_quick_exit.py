"""The quick exit in a real browser: by a press, by Shift three times, and without script. What stays is the page before Leeward."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from leeward.site.leaving import NEUTRAL
from tests.stage.browser import DESKTOP, Device, new_page
from tests.stage.people import code_on, overflow_px
from tests.stage.town import Town

pytestmark = pytest.mark.browser

NO_SCRIPT = replace(DESKTOP, runs_scripts=False)
PHONE = Device(width_px=320, height_px=640, has_touch=True)
EXIT = "Leave this page quickly"
STORED = """async () => [
    document.cookie, localStorage.length, sessionStorage.length, (await caches.keys()).length,
    (await indexedDB.databases()).length, (await navigator.serviceWorker.getRegistrations()).length,
]"""
LEAVE_TRACES = """async () => {
    document.cookie = "planted=1; path=/";
    localStorage.setItem("planted", "1");
    sessionStorage.setItem("planted", "1");
    await (await caches.open("planted")).put("/planted", new Response("planted"));
    await new Promise((done) => { indexedDB.open("planted").onsuccess = done; });
}"""

type Exit = Callable[[Page], None]
"""How somebody leaves."""


def press(page: Page) -> None:
    page.get_by_role("link", name=EXIT).click()


def shift_three_times(page: Page) -> None:
    for _ in range(3):
        page.keyboard.press("Shift")


def first_tab(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


@pytest.fixture
def without_script(browser: Browser) -> Iterator[Page]:
    with new_page(browser, NO_SCRIPT) as page:
        yield page


def read_three_steps(page: Page, town: Town) -> str:
    """Come from another page, go three steps at Leeward, and return the address of that other page."""
    earlier = town.photo_page("coffee")
    page.goto(earlier)
    page.goto(f"{town.url}/h/")
    page.get_by_role("main").get_by_role("link", name="How to make a good report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How to make a good report")
    page.get_by_role("link", name="For parents").click()
    expect(page.get_by_role("link", name="For parents")).to_have_attribute("aria-current", "page")
    page.get_by_role("main").get_by_role("link", name="See what happened").click()
    expect(page.get_by_role("main").get_by_role("textbox")).to_be_visible()
    return earlier


def leave(page: Page, way: Exit) -> None:
    """Leave and see the neutral page.

    Nothing goes out of this machine: Playwright answers no redirect, so the browser finds nobody under that name, tries
    again by itself, and is then answered here.
    """
    page.route(NEUTRAL["en"], lambda route: route.fulfill(body="<h1>Anything</h1>", content_type="text/html"))
    way(page)
    expect(page.get_by_role("heading", name="Anything")).to_be_visible()
    assert page.url == NEUTRAL["en"]


@pytest.mark.parametrize("way", [press, shift_three_times, first_tab], ids=["press", "Shift", "keyboard"])
def test_behind_back_is_only_the_page_before_leeward_and_nothing_is_kept(way: Exit, page: Page, town: Town) -> None:
    earlier = read_three_steps(page, town)
    page.evaluate(LEAVE_TRACES)
    assert page.context.cookies()

    leave(page, way)

    assert page.context.cookies() == []
    page.go_back()
    assert page.url == earlier
    page.goto(f"{town.url}/h/")
    assert page.evaluate(STORED) == ["", 0, 0, 0, 0, 0]


def test_a_form_that_was_sent_is_no_step_behind_back_either(page: Page, town: Town) -> None:
    earlier = read_three_steps(page, town)
    steps = page.evaluate("history.length")
    page.get_by_role("main").get_by_role("textbox").fill("1234 5678 1234 5678")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("We do not know this code.")
    assert page.evaluate("history.length") == steps

    leave(page, shift_three_times)

    page.go_back()
    assert page.url == earlier


def test_after_a_whole_report_behind_back_is_only_the_page_that_was_reported(page: Page, town: Town) -> None:
    reported = town.photo_page("coffee")
    page.goto(reported)
    page.goto(f"{town.url}/report/?url=https://bad.example/photos/coffee")
    steps = page.evaluate("history.length")
    page.get_by_role("button", name="Something here scares me").click()
    page.get_by_role("button", name="Send it now").click()
    code_on(page)
    assert page.evaluate("history.length") == steps

    leave(page, press)

    assert page.context.cookies() == []
    page.go_back()
    assert page.url == reported


def test_without_script_the_exit_is_a_link_that_clears_and_the_guidance_says_how_to_close(
    without_script: Page, town: Town
) -> None:
    page = without_script
    read_three_steps(page, town)
    assert page.context.cookies()

    leave(page, press)

    assert page.context.cookies() == []
    page.goto(f"{town.url}/report/how/")
    expect(page.get_by_role("main")).to_contain_text("Does the Back button still show us? Close the tab.")


def test_the_page_is_empty_from_the_press_on(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/h/")
    page.route("**/exit/", lambda route: route.fulfill(status=204))  # As if the way out took for ever.

    shift_three_times(page)

    expect(page).to_have_title("…")
    assert page.locator("body").inner_text() == ""


def test_capital_letters_and_other_keys_do_not_leave(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/r/")
    field = page.get_by_role("main").get_by_role("textbox")
    field.click()

    for key in ("Shift+A", "Shift+B", "Shift+C", "Shift", "Shift", "x", "Shift", "Shift"):
        page.keyboard.press(key)

    expect(field).to_have_value("ABCx")
    expect(page.get_by_role("status").first).to_have_text("Press Shift once more to leave.")


def test_a_step_says_where_it_led_to_whoever_cannot_see_it(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/r/")
    page.get_by_role("main").get_by_role("textbox").fill("nothing")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("We do not know this code.")

    focused = page.evaluate("document.querySelector('main').contains(document.activeElement)")

    assert focused
    assert "look again" in page.title().lower()


def test_words_stay_where_the_network_is_gone(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/r/")
    page.route("**/r/", lambda route: route.abort("connectionrefused"))
    field = page.get_by_role("main").get_by_role("textbox")
    field.fill("1234 5678 1234 5678")

    page.keyboard.press("Enter")

    expect(page.get_by_role("main")).to_contain_text("We could not send it. Your words are still here.")
    expect(field).to_have_value("1234 5678 1234 5678")


@pytest.mark.parametrize(
    "path", ["/", "/h/", "/report/", "/report/how/", "/r/", "/door", "/account/login/", "/nowhere"]
)
def test_it_is_the_first_stop_of_the_tab_key_and_stays_in_sight(path: str, page: Page, town: Town) -> None:
    page.goto(town.url + path)

    page.keyboard.press("Tab")

    expect(page.get_by_role("link", name=EXIT)).to_be_focused()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    box = page.get_by_role("link", name=EXIT).bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 20


def test_on_a_phone_it_is_large_enough_for_a_finger(browser: Browser, town: Town) -> None:
    with new_page(browser, PHONE) as page:
        page.goto(f"{town.url}/h/")
        box = page.get_by_role("link", name=EXIT).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44  # "at least 44 by 44 CSS pixels", WCAG 2.2, 2.5.5
        assert overflow_px(page) == 0

        leave(page, lambda one: one.get_by_role("link", name=EXIT).tap())

"""The whole desk by keyboard alone, in a real browser: from the queue to a decision, a colleague's agreement and its reversal.

Keys as a reviewer presses them: single ones where the page offers them, Tab and Enter everywhere else. Nothing is clicked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stage.browser import new_page
from tests.stage.people import press_enter_on, sign_in, type_into
from tests.stage.town import Town
from tests.stage.waiting import until

pytestmark = pytest.mark.browser

SETTLE_S = 20.0
ITEMS = ("hubble", "coffee", "rocket")
_HAS_FOCUS = "element => element.contains(document.activeElement) || element === document.activeElement"


@contextmanager
def at_the_desk(browser: Browser, town: Town, username: str) -> Iterator[Page]:
    with new_page(browser) as page:
        sign_in(page, town.url, username=username, password=town.keys.password)
        page.goto(f"{town.url}/desk/")
        yield page


@pytest.fixture(scope="module")
def reported(town: Town) -> Town:
    """The town with three cases of which all evidence is there."""
    for item in ITEMS:
        town.report(item, reason="danger" if item == "coffee" else "scares")
    until(lambda: town.count("cases_evidence") >= len(ITEMS), within_s=SETTLE_S, what="the photographs are sealed")
    until(lambda: not town.count("core_delivery", where="state <> 'done'"), within_s=SETTLE_S, what="all is done")
    return town


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def go(page: Page, key: str) -> None:
    """Press a key that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def has_focus(page: Page, name: str) -> bool:
    within: bool = page.get_by_role("region", name=name).evaluate(_HAS_FOCUS)
    return within


def test_a_case_is_taken_judged_agreed_to_and_reversed_by_keys_alone(browser: Browser, reported: Town) -> None:
    with at_the_desk(browser, reported, "reviewer") as page:
        go(page, "t")  # The next case: danger is due first.
        case = page.url
        expect(page.get_by_role("main")).to_contain_text("Harbour Photos: coffee")
        expect(page.get_by_role("region", name="At a glance")).to_contain_text("You")

        press(page, "e")
        assert has_focus(page, "Evidence")
        press(page, "j")
        assert has_focus(page, "Reports")
        press(page, "d")
        assert has_focus(page, "Decide")

        press(page, "3")
        expect(page.get_by_label("Illegal", exact=True)).to_be_checked()
        type_into(page.get_by_label("Kind of harm"), "Violence")
        type_into(page.get_by_label("Ground"), "Penal code 1 to 4")
        expect(page.get_by_label("Illegal", exact=True)).to_be_checked()  # Figures in a field are figures.
        go(page, "Enter")
        expect(page.get_by_role("heading", name="This waits for a second person")).to_be_visible()

        go(page, "n")  # The next case comes by one key.
        assert page.url != case
        expect(page.get_by_role("region", name="At a glance")).to_contain_text("You")
        press(page, "1")
        go(page, "Enter")
        expect(page.get_by_role("region", name="Decisions")).to_contain_text("It may stay")

    with at_the_desk(browser, reported, "second-reviewer") as page:
        go(page, "t")
        assert page.url == case, "what waits for a second person is due first"
        press(page, "a")
        expect(page.get_by_role("button", name="Agree: it takes effect now")).to_be_focused()
        go(page, "Enter")
        expect(page.get_by_role("region", name="Decisions")).to_contain_text("In effect")

        press(page, "r")
        expect(page.get_by_role("button", name="Reverse")).to_be_focused()
        expect(page.get_by_role("region", name="Decisions")).not_to_contain_text("Reversed by")
        go(page, "Enter")
        expect(page.get_by_role("region", name="Decisions")).to_contain_text("Reversed by second-reviewer")


def test_evidence_is_opened_by_keys_alone(browser: Browser, reported: Town) -> None:
    with at_the_desk(browser, reported, "reviewer") as page:
        press(page, "j")
        go(page, "Enter")
        press(page, "e")
        go(page, "Enter")

        expect(page).to_have_url(re.compile(r"/evidence/[0-9a-f]{64}/$"))


def test_a_note_is_left_found_by_search_and_read_by_keys_alone(browser: Browser, reported: Town) -> None:
    with at_the_desk(browser, reported, "reviewer") as page:
        press(page, "j", "j", "k")
        go(page, "Enter")
        case = page.url
        press(page, "w")
        page.keyboard.type("Ask about the walrus, j k n t 1 2 3?")
        press(page, "Escape")
        press_enter_on(page.get_by_role("button", name="Leave the note"))
        expect(page.get_by_role("region", name="Notes of colleagues")).to_contain_text("walrus, j k n t 1 2 3?")
        done = "task = 'leeward.cases.search.index_case' and state = 'done'"
        until(lambda: reported.count("core_delivery", where=done), within_s=SETTLE_S, what="its words can be found")

        go(page, "/")
        expect(page.get_by_role("searchbox").or_(page.get_by_role("textbox"))).to_be_focused()
        page.keyboard.type("Walrus")
        go(page, "Enter")
        assert "alrus" not in page.url
        press(page, "Tab", "j")
        page.locator("body").evaluate("() => document.activeElement.blur()")
        press(page, "j")
        go(page, "Enter")
        assert page.url == case


def test_the_keys_of_a_page_are_listed_on_it(browser: Browser, reported: Town) -> None:
    with at_the_desk(browser, reported, "reviewer") as page:
        press(page, "?")
        listed = page.get_by_role("dialog", name="Keys of this page")
        expect(listed).to_be_visible()
        said = dict(zip(listed.locator("dt").all_inner_texts(), listed.locator("dd").all_inner_texts(), strict=True))
        assert said["t"] == said["n"] == "Take the next case"
        assert {"q", "/", "j", "k", "Enter", "Escape", "?"} <= said.keys()
        offered = page.locator("[data-key]").evaluate_all("all => all.flatMap(one => one.dataset.key.split(' '))")
        assert set(offered) <= said.keys()

        press(page, "t")  # Nothing happens behind it.
        expect(listed).to_be_visible()
        press(page, "Escape")
        expect(listed).to_be_hidden()


def test_who_wants_no_single_keys_switches_them_off(browser: Browser, reported: Town) -> None:
    with at_the_desk(browser, reported, "reviewer") as page:
        press(page, "?")
        press_enter_on(page.get_by_role("link", name="Switch them off"))
        expect(page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()
        press_enter_on(page.get_by_role("button", name="Switch the keys off in this browser"))
        expect(page.get_by_text("The keys are switched off in this browser.")).to_be_visible()

        page.goto(f"{reported.url}/desk/")
        press(page, "?", "t")
        expect(page.get_by_role("heading", name="Desk", exact=True)).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)

        page.goto(f"{reported.url}/desk/keys/")
        press_enter_on(page.get_by_role("button", name="Switch the keys on"))
        expect(page.get_by_role("button", name="Switch the keys off in this browser")).to_be_visible()
        page.goto(f"{reported.url}/desk/")
        press(page, "?")
        expect(page.get_by_role("dialog", name="Keys of this page")).to_be_visible()


_KEY = """([key, code, ctrlKey]) => document.body.dispatchEvent(
    new KeyboardEvent("keydown", {key, code, ctrlKey, bubbles: true, cancelable: true}))"""


def test_a_keyboard_of_another_script_works_and_keys_of_the_browser_are_left_alone(
    browser: Browser, reported: Town
) -> None:
    with at_the_desk(browser, reported, "reviewer") as page:
        left_alone = page.evaluate(_KEY, ["/", "Slash", True])
        assert left_alone is True

        with page.expect_navigation():
            page.evaluate(_KEY, ["й", "KeyQ", False])
        expect(page.get_by_role("heading", name="Desk", exact=True)).to_be_visible()

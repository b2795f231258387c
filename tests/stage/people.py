"""What people do in a browser, found by role and accessible name as they find it: sign in, press, tap, use keys only."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

_MOST_TABS = 60
_OWN_FOCUS = "element => element.getRootNode().activeElement === element"
_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


class OutOfReach(Exception):
    """Nobody who has only a keyboard gets there: the Tab key never led to it."""


def sign_in(page: Page, url: str, *, username: str, password: str) -> None:
    """Sign in on the sign-in page, and be let in."""
    page.goto(f"{url}/account/login/")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def tab_to(target: Locator) -> None:
    """Press Tab until `target` has the focus; raise `OutOfReach` where it never does."""
    expect(target).to_be_visible()
    for _ in range(_MOST_TABS):
        if target.evaluate(_OWN_FOCUS):
            return
        target.page.keyboard.press("Tab")
    raise OutOfReach(f"{target} was not reached by {_MOST_TABS} times Tab")


def press_enter_on(target: Locator) -> None:
    """Go to a button or a link by Tab and press Enter."""
    tab_to(target)
    target.page.keyboard.press("Enter")


def type_into(target: Locator, words: str) -> None:
    """Go to a field by Tab and type."""
    tab_to(target)
    target.page.keyboard.type(words)


def look_up(page: Page, url: str, receipt: str) -> None:
    """Come back with the receipt code and nothing else."""
    page.goto(f"{url}/r/")
    page.get_by_label("Your code").fill(receipt)
    page.get_by_role("button", name="Look").click()


def code_on(page: Page) -> str:
    """Return the receipt code that the page shows: 16 digits in groups of four."""
    shown = page.get_by_text(re.compile(r"^\s*(\d{4}\s*){4}$"))
    expect(shown).to_be_visible()
    return " ".join(re.findall(r"\d{4}", shown.inner_text()))


def overflow_px(page: Page) -> int:
    """Return by how many pixels a reader must scroll sideways, once the page is there; 0 where nothing sticks out."""
    page.wait_for_load_state()
    px: int = page.evaluate(_OVERFLOW)
    return px

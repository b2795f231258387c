"""What people do in a browser, found by role and accessible name as they find it: sign in, press, tap, use keys only."""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.stage.browser import axe

_MOST_TABS = 60
_OWN_FOCUS = "element => element.getRootNode().activeElement === element"
_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


# What somebody reads who sits down at this computer: the address, the title, the words, and what stands in fields.
_SHOWN = """() => [location.href, document.title, document.documentElement.textContent,
    ...[...document.querySelectorAll("input, textarea, select")].map((field) => field.value)].join("\\n")"""


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


def leave_quickly(page: Page, way: str, *, to: str) -> None:
    """Use the quick exit by "press", "Shift" or "keyboard", and arrive at the neutral page, which this machine cannot reach."""
    page.route(to, lambda route: route.fulfill(body="<h1>Anything</h1>", content_type="text/html"))
    leave = page.get_by_role("link", name="Leave this page quickly")
    if way == "press":
        leave.click()
    elif way == "Shift":
        for _ in range(3):
            page.keyboard.press("Shift")
    else:
        leave.focus()
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Anything")).to_be_visible()


def shown_behind(page: Page) -> str:
    """Press Back until the first page, then Forward as often, and return everything that was shown on the way.

    Before a browser sends a form again it asks. Playwright would say yes; here the question is what is shown.
    """
    asks = "<h1>Send again?</h1>"
    page.route(
        "**",
        lambda route: (
            route.fulfill(body=asks, content_type="text/html") if route.request.method == "POST" else route.fallback()
        ),
    )
    steps, shown = page.evaluate("history.length"), ""
    for go in (page.go_back, page.go_forward):
        for _ in range(steps):
            go()
            shown += str(page.evaluate(_SHOWN))
    return shown


def overflow_px(page: Page) -> int:
    """Return by how many pixels a reader must scroll sideways, once the page is there; 0 where nothing sticks out."""
    page.wait_for_load_state()
    px: int = page.evaluate(_OVERFLOW)
    return px


def faults(page: Page, name: str) -> list[str]:
    """Return what is wrong with the page that is open, narrow and wide; keep pictures where the environment names a folder."""
    page.emulate_media(reduced_motion="reduce", color_scheme="dark" if name.endswith("ar") else "light")
    found = []
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"{name}: {px} px stick out at {width}" for px in [overflow_px(page)] if px]
        if folder := os.environ.get("PICTURES_DIR"):
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    return found + [f"{name}: {fault}" for fault in axe(page)]

"""The misuse button on Harbour's page, in a real browser, under Harbour's strict content security policy."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from .conftest import RECEIPT, Harbour, LeewardStandIn

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
GROUPED = "4821 0937 5562 1804"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        say = "Chromium is missing; on Debian: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(say)
        pytest.skip(say)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, harbour: Harbour) -> Iterator[Callable[..., Page]]:
    """Open Chelsea's page; at the end nothing may have broken the page's policy or thrown."""
    context = browser.new_context(
        viewport={"width": 320, "height": 640}, reduced_motion="reduce", locale="en-GB", timezone_id="UTC"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)

    def open_it(*, lang: str = "") -> Page:
        page.goto(f"{harbour.url}/photos/chelsea")
        if lang:
            # A provider writes lang="..." itself; moving a copy in does the same for one test.
            page.evaluate(
                """lang => { const old = document.querySelector("leeward-report");
                const copy = old.cloneNode(true); copy.setAttribute("lang", lang); old.replaceWith(copy); }""",
                lang,
            )
        return page

    yield open_it
    assert complaints == []
    context.close()


def choose(page: Page, choice: str) -> None:
    page.get_by_role("button", name="Report", exact=True).click()
    page.get_by_role("button", name=choice).click()


def violations(page: Page) -> list[str]:
    return [violation["id"] for violation in Axe().run(page).response["violations"]]


def test_three_presses_lead_to_the_receipt(open_page: Callable[..., Page], leeward: LeewardStandIn) -> None:
    page = open_page()

    choose(page, "Something here scares me")
    page.get_by_role("button", name="Send it now").click()

    expect(page.locator("leeward-report .code")).to_have_text(GROUPED)
    expect(page.get_by_role("link", name="See what happened")).to_have_attribute("href", f"{leeward.url}/r/")
    [(key, report)] = leeward.reports
    assert re.fullmatch(r"[0-9a-f-]{36}", key)
    assert report["surroundings"].pop("browser")
    assert report["surroundings"].pop("seen_at")
    assert report == {
        "reason": "scares",
        "page_url": "https://bad.example/photos/chelsea",
        "item": {"provider": "harbour", "id": "chelsea", "kind": "photo", "author_id": "stefan"},
        "language": "en",
        "surroundings": {"time_zone": "UTC"},
        "code": RECEIPT,
    }


def test_a_failed_report_says_what_to_do_and_the_retry_is_the_same_report(
    open_page: Callable[..., Page], leeward: LeewardStandIn
) -> None:
    leeward.report_statuses = [503, 429]
    page = open_page()
    choose(page, "I think this is not allowed")
    page.get_by_role("button", name="Something else").click()
    page.get_by_role("textbox").fill("It was there yesterday too.")
    page.get_by_role("button", name="Send it now").click()

    expect(page.get_by_text("Your words are still here. Try again.")).to_be_visible()
    plain = f"{leeward.url}/report/?url=https%3A%2F%2Fbad.example%2Fphotos%2Fchelsea&provider=harbour&item=chelsea"
    expect(page.get_by_role("link", name="Use the simple page")).to_have_attribute("href", plain)
    assert violations(page) == []
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Wait one minute.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("leeward-report .code")).to_have_text(GROUPED)

    assert len({key for key, _ in leeward.reports}) == 1
    assert [report["words"] for _, report in leeward.reports] == ["It was there yesterday too."] * 3


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("lang", ["en", "ar", "mn"])
def test_the_dialog_is_accessible_and_fits(open_page: Callable[..., Page], width: int, lang: str) -> None:
    page = open_page(lang=lang)
    page.set_viewport_size({"width": width, "height": 640})

    page.locator("leeward-report .open").click()
    expect(page.get_by_role("dialog")).to_be_visible()

    assert violations(page) == []
    box = page.locator("leeward-report dialog").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    heights = page.locator("leeward-report dialog button").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert min(heights) >= 44


def test_the_button_stands_at_the_inline_end_in_both_directions(open_page: Callable[..., Page]) -> None:
    english = open_page().locator("leeward-report .open").bounding_box()
    arabic = open_page(lang="ar").locator("leeward-report .open").bounding_box()

    assert english is not None
    assert arabic is not None
    assert english["x"] + english["width"] == pytest.approx(320 - 16, abs=1)
    assert arabic["x"] == pytest.approx(16, abs=1)


def test_without_script_the_plain_link_is_shown(browser: Browser, harbour: Harbour, leeward: LeewardStandIn) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(f"{harbour.url}/photos/chelsea")

    link = page.get_by_role("link", name="Report this photograph")
    expect(link).to_be_visible()
    expect(link).to_have_attribute("href", re.compile(re.escape(f"{leeward.url}/report/?url=")))
    context.close()

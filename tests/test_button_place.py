"""The misuse button stands at one place, wherever somebody is: on a provider's pages and on Leeward's own."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

from tests.stage.browser import DESKTOP, Device, new_page
from tests.stage.town import Town

pytestmark = pytest.mark.browser

WITHIN_PX = 4.0
PAGES_AT_LEAST = 20
UPLOADS = 12
PHONE = Device(width_px=320, height_px=640, has_touch=True)
# On the report's own page the button would only cover its end; the provider's list of photographs shows no single item.
WITHOUT = {"/report/", "/"}
AWAY = {"/exit/"}


@dataclass(frozen=True)
class Place:
    """The four sides of the button, in pixels of the window."""

    left: float
    top: float
    right: float
    bottom: float


def drawn(number: int) -> bytes:
    """Return a photograph that nobody has seen: some bars, each time others."""
    picture, file = Image.new("RGB", (320, 240), (40 * number % 256, 120, 200)), io.BytesIO()
    pen = ImageDraw.Draw(picture)
    for bar in range(8):
        height = (number * 37 + bar * 61) % 200 + 20
        pen.rectangle((bar * 40, 240 - height, bar * 40 + 30, 240), fill=(bar * 30, 20 * number % 256, 90))
    picture.save(file, "JPEG")
    return file.getvalue()


@pytest.fixture(scope="module")
def busy_town(town: Town) -> Town:
    """The town after some people published photographs at the provider."""
    for number in range(UPLOADS):
        town.provider.upload(f"drawn-{number}", drawn(number)).raise_for_status()
    return town


def crawl(page: Page, start: str) -> Iterator[str]:
    """Open each page that links lead to from `start` on the same site, once, and yield its address while it is open."""
    site, seen, waiting = urlsplit(start).netloc, {start}, [start]
    while waiting:
        address = waiting.pop(0)
        page.goto(address)
        yield address
        links = page.eval_on_selector_all("a[href]", "links => links.map((link) => link.getAttribute('href'))")
        for link in links:
            there = urlsplit(urljoin(address, link))
            bare = there._replace(query="", fragment="").geturl()
            if there.netloc == site and bare not in seen and there.path not in AWAY:
                seen.add(bare)
                waiting.append(bare)


def place(page: Page) -> Place | None:
    """Return where the button is, or None where there is none."""
    ours = page.get_by_role("complementary").get_by_role("link", name="Report", exact=True)
    button = page.get_by_role("button", name="Report", exact=True).or_(ours)
    if page.locator("leeward-report").count():
        button.wait_for()  # Its module draws it.
    if not button.count():
        return None
    box = button.bounding_box()
    assert box is not None
    return Place(box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])


def places(page: Page, town: Town) -> Mapping[str, Place]:
    found = {}
    for start in (town.photo_page("").removesuffix("photos/"), f"{town.url}/", f"{town.url}/nowhere"):
        for address in crawl(page, start):
            where = place(page)
            if where is None:
                assert urlsplit(address).path in WITHOUT, f"{address} has no button"
            else:
                found[address] = where
    return found


def spread_px(found: Mapping[str, Place]) -> float:
    """Return by how much the side that differs most differs between two pages."""
    all_places = found.values()
    sides = (
        [one.left for one in all_places],
        [one.top for one in all_places],
        [one.right for one in all_places],
        [one.bottom for one in all_places],
    )
    return max(max(side) - min(side) for side in sides)


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_button_is_at_the_same_place_on_every_page(device: Device, browser: Browser, busy_town: Town) -> None:
    with new_page(browser, device) as page:
        found = places(page, busy_town)

    assert len(found) >= PAGES_AT_LEAST
    assert {urlsplit(address).netloc for address in found} == {
        urlsplit(busy_town.url).netloc,
        urlsplit(busy_town.photo_page("coffee")).netloc,
    }
    assert spread_px(found) <= WITHIN_PX, found


def test_a_button_that_moved_would_be_found(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/h/")
    before = place(page)
    page.evaluate("() => { document.querySelector('.report-button').style.insetBlockEnd = '23px'; }")
    after = place(page)

    assert before is not None
    assert after is not None
    assert spread_px({"before": before, "after": after}) > WITHIN_PX


# Which words can be seen beside the button or below it, wherever the page stands: those it would lie over, one scroll further.
SEEN_BESIDE_IT = """() => {
    const button = document.querySelector(".report-button").getBoundingClientRect(), found = new Set();
    for (let top = 0; top < document.documentElement.scrollHeight; top += 40) {
        scrollTo(0, top);
        const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const line = document.createRange();
            line.selectNodeContents(texts.currentNode);
            for (const box of line.getClientRects()) {
                const middle = (box.top + box.bottom) / 2;
                const seen = document.elementFromPoint((box.left + box.right) / 2, middle);
                if (middle > button.top && texts.currentNode.parentElement.contains(seen)) found.add(texts.currentNode.data);
            }
        }
    }
    return [...found];
}"""
NARROWER_THAN_THE_PAGE = """() => [...document.querySelectorAll("main > h2")].filter((heading) => {
    const style = getComputedStyle(heading);
    return parseFloat(style.paddingInlineStart) + parseFloat(style.paddingInlineEnd) > 0;
}).map((heading) => heading.textContent)"""


@pytest.mark.parametrize("locale", ["en", "ar", "ru"])
def test_on_a_narrow_phone_the_button_lies_over_no_word_for_a_child_and_headings_have_the_whole_line(
    locale: str, browser: Browser, town: Town
) -> None:
    with new_page(browser, replace(PHONE, locale=locale)) as page:
        for path in ("/h/", "/h/chat/", "/h/safety/"):
            page.goto(f"{town.url}{path}")

            assert page.evaluate(SEEN_BESIDE_IT) == []
            assert page.evaluate(NARROWER_THAN_THE_PAGE) == []


def test_a_button_without_its_strip_would_be_found(browser: Browser, town: Town) -> None:
    with new_page(browser, PHONE) as page:
        page.goto(f"{town.url}/h/")
        page.evaluate("() => document.querySelector('.report-strip').classList.remove('report-strip')")

        assert page.evaluate(SEEN_BESIDE_IT) != []

"""The button on a page of another origin, under the policy that its documentation asks for: what is asked, shown and never sent."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from leeward.core import texts
from leeward.engines.reading import Band
from leeward.reports import receipts
from tests.stage import host as hosts
from tests.stage.browser import DESKTOP, Device, PageComplains, axe, new_page
from tests.stage.host import ITEM, Host, Sent, press
from tests.stage.people import code_on, overflow_px, press_enter_on, type_into
from tests.stage.town import Town

pytestmark = pytest.mark.browser

PHONE = Device(width_px=320, height_px=640, has_touch=True)
FINGER_PX = 44  # "at least 44 by 44 CSS pixels", WCAG 2.2, 2.5.5.
LIMIT_BYTES = 5_000_000
TALK = "It was mean. مرحبا <b>bold</b>"
RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)
LOOK = "This is what we send. Look at it first."
CAPTURE = "Take a picture of this page"
NOISE = """() => {
    const canvas = document.body.appendChild(document.createElement("canvas"));
    [canvas.width, canvas.height] = [3200, 2200];
    const noise = new ImageData(canvas.width, canvas.height), words = new Uint32Array(noise.data.buffer);
    for (let i = 0, n = 1; i < words.length; i += 1) { n = (Math.imul(n, 1664525) + 1013904223) | 0; words[i] = n | 0xff000000; }
    canvas.getContext("2d").putImageData(noise, 0, 0);
}"""


@pytest.fixture(scope="module")
def host(town: Town) -> Iterator[Host]:
    with hosts.opened(town.url) as host:
        yield host


@pytest.fixture
def sent(page: Page) -> Sent:
    sent = Sent()
    page.on("request", sent.note)
    return sent


def test_three_presses_lead_to_a_receipt_and_only_leeward_hears_of_it(page: Page, host: Host, sent: Sent) -> None:
    address = host.page()
    page.goto(address)

    press(page, "Report", "Something here scares me", "Send it now")

    assert receipts.read(code_on(page))
    report = sent.report
    assert report["reason"] == "scares"
    assert report["page_url"] == address
    assert report["item"] == {"provider": "harbour", "id": "42", "kind": "photo"}
    assert set(report["surroundings"]) == {"time_zone", "browser", "seen_at"}
    assert {"words", "nature", "band", "pictures", "context"} & set(report) == set()
    assert all(one.startswith((f"{host.origin}/", f"{host.leeward}/")) for one in sent.addresses)
    assert page.context.cookies() == []


def test_nothing_is_loaded_before_somebody_presses_but_the_button(page: Page, host: Host, sent: Sent) -> None:
    page.goto(host.page())
    expect(page.get_by_role("button", name="Report", exact=True)).to_be_visible()

    assert [one for one in sent.addresses if one.startswith(host.leeward)] == [f"{host.leeward}/report.js"]


def test_the_whole_path_goes_by_keyboard_alone(page: Page, host: Host, sent: Sent) -> None:
    page.goto(host.page())
    names = ["Report", "Someone is bothering me", "They are mean to me or to others"]
    for name in names:
        press_enter_on(page.get_by_role("button", name=name, exact=True))
    type_into(page.get_by_role("textbox", name="Do you want to say more?"), TALK)
    for name in ("Next", "Next", "Send"):
        press_enter_on(page.get_by_role("button", name=name, exact=True))

    assert receipts.read(code_on(page))
    assert (sent.report["nature"], sent.report["words"]) == ("bullying", TALK)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Report", exact=True)).to_be_focused()


SCREENS = ("button.report", "reason.bothers", "nature.stalking", "button.next", "button.next", "button.send")


@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_screen_fits_a_phone_a_finger_and_axe(browser: Browser, host: Host, lang: str, scheme: str) -> None:
    said = texts.read("reports", language=lang, band=Band.MIDDLE)
    with new_page(browser, replace(PHONE, locale=lang)) as page:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        page.goto(host.page(lang=lang))
        for key in SCREENS:
            target = page.get_by_role("button", name=said[key], exact=True)
            target.scroll_into_view_if_needed()
            box = target.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= FINGER_PX
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE.width_px
            assert overflow_px(page) == 0
            assert axe(page) == [], key
            target.tap()

        assert receipts.read(code_on(page))
        assert axe(page) == []
        direction = page.get_by_role("dialog").evaluate("element => getComputedStyle(element).direction")
        assert direction == ("rtl" if lang == "ar" else "ltr")


def test_danger_shows_help_before_any_question(page: Page, host: Host, sent: Sent) -> None:
    page.goto(host.page(ITEM + ' data-emergency="112"'))

    press(page, "Report", "Someone is in danger")

    expect(page.get_by_role("heading", name="Get help first")).to_be_focused()
    expect(page.get_by_role("link", name="112")).to_have_attribute("href", "tel:112")
    expect(page.get_by_role("link", name="Find a helpline")).to_have_attribute("href", f"{host.leeward}/h/")
    assert axe(page) == []
    assert sent.posts == [], "nothing is sent of somebody who looks for help"
    press(page, "I want to report it too", "Send it now")
    assert receipts.read(code_on(page))
    assert sent.report["reason"] == "danger"


def test_sexual_content_that_shows_a_child_is_never_captured_and_the_form_says_why(
    page: Page, host: Host, sent: Sent
) -> None:
    page.goto(host.page())
    press(page, "Report", "I think this is not allowed", "It shows a child without clothes")

    expect(page.get_by_text("We do not take a picture of this.")).to_be_visible()
    assert axe(page) == []
    press(page, "Next", "Next")
    expect(page.get_by_role("heading", name="This goes to us")).to_be_visible()
    press(page, "Send")

    assert receipts.read(code_on(page))
    assert sent.report["nature"] == "sexual_child"
    assert "pictures" not in sent.report
    assert [one for one in sent.addresses if "/parts/pictures" in one or "screenshot" in one] == []


def test_a_picture_that_was_added_before_is_forgotten_when_it_turns_out_to_show_a_child(
    page: Page, host: Host, sent: Sent, tmp_path: Path
) -> None:
    page.goto(host.page())
    press(page, "Report", "I think this is not allowed", "It is about sex", "Next")
    page.get_by_label("Choose a picture").set_input_files(drawn(tmp_path))
    expect(page.get_by_text(LOOK)).to_be_visible()
    press(page, "Back", "Back", "It shows a child without clothes", "Send it now")

    assert receipts.read(code_on(page))
    assert "pictures" not in sent.report


def pixels(picture: bytes) -> Any:
    """Return height x width x 3 values of 0 to 255."""
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), dtype=int)


def is_like(shown: Any, colour: tuple[int, int, int]) -> Any:
    """Say of each pixel whether it has this colour, but for what a JPEG changes."""
    return (np.abs(shown - colour) < 60).all(axis=-1)


def drawn(folder: Path) -> Path:
    """Draw a small picture."""
    Image.new("RGB", (60, 40), (10, 120, 90)).save(folder / "drawn.png")
    return folder / "drawn.png"


def test_a_picture_from_the_device_is_shown_and_sent_as_it_is(
    page: Page, host: Host, sent: Sent, tmp_path: Path
) -> None:
    page.goto(host.page())
    press(page, "Report", "Something here scares me", "Something else", "Next")
    page.get_by_label("Choose a picture").set_input_files(drawn(tmp_path))
    expect(page.get_by_role("dialog").locator("canvas")).to_be_visible()
    assert axe(page) == []
    press(page, "Next", "Send")

    assert receipts.read(code_on(page))
    [picture] = sent.report["pictures"]
    assert picture["kind"] == "picture"
    assert base64.b64decode(picture["data"]) == (tmp_path / "drawn.png").read_bytes()


def test_a_picture_that_is_too_big_is_refused_before_it_is_uploaded(
    page: Page, host: Host, sent: Sent, tmp_path: Path
) -> None:
    (tmp_path / "huge.png").write_bytes(bytes(LIMIT_BYTES + 1))
    page.goto(host.page())
    press(page, "Report", "Something here scares me", "Something else", "Next")
    page.get_by_label("Choose a picture").set_input_files(tmp_path / "huge.png")

    expect(page.get_by_text("This picture is too big. Choose a smaller one, or leave it out.")).to_be_visible()
    press(page, "Next", "Send")
    assert receipts.read(code_on(page))
    assert "pictures" not in sent.report


def test_on_a_small_phone_why_a_picture_was_not_taken_is_read_without_scrolling(
    browser: Browser, host: Host, tmp_path: Path
) -> None:
    (tmp_path / "huge.png").write_bytes(bytes(LIMIT_BYTES + 1))
    with new_page(browser, PHONE) as page:
        page.goto(host.page())
        press(page, "Report", "Something here scares me", "Something else", "Next")
        page.get_by_label("Choose a picture").set_input_files(tmp_path / "huge.png")

        why = page.get_by_text("This picture is too big. Choose a smaller one, or leave it out.")
        expect(why).to_be_in_viewport(ratio=1)
        expect(why).to_be_focused()
        assert axe(page) == []


def test_the_desks_own_number_is_shown_where_the_page_names_none(page: Page, host: Host) -> None:
    def with_number(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"danger.number": "1 12"})

    page.route("**/report/texts/**", with_number)
    page.goto(host.page())

    press(page, "Report", "Someone is in danger")

    expect(page.get_by_role("link", name="1 12")).to_have_attribute("href", "tel:112")


@pytest.mark.parametrize(("band", "is_short"), [("6-9", True), ("adult", False)])
def test_a_child_reads_the_name_of_the_browser_and_not_its_whole_line(
    page: Page, host: Host, band: str, is_short: bool
) -> None:
    page.goto(host.page(f'{ITEM} data-band="{band}"'))
    said = texts.read("reports", language="en", band=Band(band))
    keys = ("reason.scares", "nature.other", "button.next", "button.next")
    press(page, "Report", *(said[key] for key in keys))

    expect(page.get_by_text("Chrome (Linux)", exact=True)).to_have_count(int(is_short))
    expect(page.get_by_text("Mozilla/5.0")).to_have_count(int(not is_short))


def test_a_page_can_be_captured_and_shows_what_the_window_shows_without_what_was_typed(
    page: Page, host: Host, sent: Sent
) -> None:
    main = '<input aria-label="Name"><p class="tall">Tall</p><div class="red"></div><p class="tall">Tall</p>'
    page.goto(host.page(main=main, takes_pictures=True))
    page.get_by_label("Name").fill("MMMMMM")
    page.locator(".red").evaluate("element => scrollTo(0, element.getBoundingClientRect().top - 50)")
    press(page, "Report", "Something here scares me", "Someone is hurt", "Next", CAPTURE)
    expect(page.get_by_text(LOOK)).to_be_visible()
    press(page, "Next", "Send")
    assert receipts.read(code_on(page))

    [picture] = sent.report["pictures"]
    assert picture["kind"] == "capture"
    shown = pixels(base64.b64decode(picture["data"]))
    assert shown.shape == (DESKTOP.height_px, DESKTOP.width_px, 3)
    assert is_like(shown[100, 50], RED)
    assert is_like(shown[100, 300], WHITE)
    assert page.locator("iframe").count() == 0, "nothing of the capture stays in the page"


def test_what_somebody_typed_is_not_in_the_capture(page: Page, host: Host, sent: Sent) -> None:
    page.goto(host.page(main='<input aria-label="Name">', takes_pictures=True))
    page.get_by_label("Name").fill("MMMMMM")
    assert is_like(pixels(page.screenshot()), BLUE).any(), "what was typed is there to see"

    press(page, "Report", "Something here scares me", "Someone is hurt", "Next", CAPTURE)
    expect(page.get_by_text(LOOK)).to_be_visible()
    press(page, "Send it now")

    assert receipts.read(code_on(page))
    assert not is_like(pixels(base64.b64decode(sent.report["pictures"][0]["data"])), BLUE).any()


def test_a_capture_that_is_too_big_is_refused_before_it_is_uploaded(browser: Browser, host: Host) -> None:
    with new_page(browser, Device(width_px=3200, height_px=2200)) as page:
        page.goto(host.page(main="<p>Noise</p>", takes_pictures=True))
        page.evaluate(NOISE)
        press(page, "Report", "Something here scares me", "Someone is hurt", "Next", CAPTURE)

        expect(page.get_by_text("This picture is too big.")).to_be_visible(timeout=60_000)
        expect(page.get_by_role("dialog").locator("canvas")).to_have_count(0)


def test_where_the_page_allows_no_capture_the_child_is_told_and_goes_on(browser: Browser, host: Host) -> None:
    with pytest.raises(PageComplains, match="img-src"), new_page(browser) as page:
        page.goto(host.page())
        press(page, "Report", "Something here scares me", "Someone is hurt", "Next", CAPTURE)

        expect(page.get_by_text("We could not take a picture. You can send it without one.")).to_be_visible()
        press(page, "Next", "Send")
        assert receipts.read(code_on(page))

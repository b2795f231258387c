"""An age by a guess from a face, in real Chromium: no picture leaves the page, and whoever shows no face is offered another way."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, FilePayload, Page, Request, expect

from tests.stage.browser import DESKTOP, Device, new_page
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.people import faults

pytestmark = pytest.mark.browser

PHONE = Device(width_px=320, height_px=800, has_touch=True)
NONCE = "n" * 43
# Without a graphics card each look takes seconds, and other tests run beside this one.
SLOW_MS = 120_000
FORTY = 40  # More than any real area asks for. The drawn face is taken for one of about twenty.
YES, NO, UNSURE = "Yes, that is right", "This page is not for you yet", "We could not tell"
PREPARE = """
from django.utils import timezone
from leeward.age import services as age
from leeward.age.levels import Kind, Level
at = timezone.now()
forum = age.add_site(slug="forum", name="Harbour Forum", callback="https://forum.example/_age/back", at=at)
for years in (3, 18, 40):
    draft = age.RequirementDraft(f"over-{years}", "A part with a rather long name", years, None, Level.ASSERTED, tuple(Kind))
    age.require(forum, draft, actor="system", at=at)
"""
# What is seen: a wall of two colours, or a face that is drawn. The detector needs light and shade, and finds no plain cartoon.
WALL = """
const paint = (pen) => {
  pen.fillStyle = "#38a"; pen.fillRect(0, 0, 480, 480);
  pen.fillStyle = "#c60"; pen.fillRect(60, 80, 200, 120);
};"""
FACE = """
const paint = (pen) => {
  const round = (colour, x, y, wide, high) => {
    pen.fillStyle = colour; pen.beginPath(); pen.ellipse(x, y, wide, high, 0, 0, 7); pen.fill();
  };
  const shade = (gradient, from, to) => { gradient.addColorStop(0, from); gradient.addColorStop(1, to); return gradient; };
  const spot = (x, y, size, colour) =>
    round(shade(pen.createRadialGradient(x, y, 2, x, y, size), colour, "rgba(80, 40, 20, 0)"), x, y, size, size);
  pen.filter = "none";
  pen.fillStyle = "#8a98a0"; pen.fillRect(0, 0, 480, 480);
  pen.filter = "blur(2px)";
  round("#345", 240, 500, 190, 110);
  pen.fillStyle = "#b98"; pen.fillRect(195, 330, 90, 90);
  round("#ddd", 240, 200, 128, 150);
  round(shade(pen.createRadialGradient(220, 220, 20, 240, 240, 170), "#e8bd98", "#b07a55"), 240, 245, 105, 140);
  pen.strokeStyle = "#2a1a10";
  for (const x of [198, 282]) {
    spot(x, 218, 34, "rgba(80, 40, 20, 0.55)");
    round("#f4f0ea", x, 220, 20, 10); round("#3b2a18", x, 220, 9, 9); round("#000", x, 220, 4, 4);
    pen.lineWidth = 3; pen.beginPath(); pen.ellipse(x, 221, 21, 12, 0, Math.PI * 1.05, Math.PI * 1.95); pen.stroke();
    pen.lineWidth = 9; pen.beginPath(); pen.moveTo(x - 26, 196); pen.quadraticCurveTo(x, 184, x + 26, 196); pen.stroke();
  }
  const nose = shade(pen.createLinearGradient(215, 0, 265, 0), "rgba(90, 45, 25, 0.5)", "rgba(90, 45, 25, 0.5)");
  nose.addColorStop(0.5, "rgba(255, 235, 215, 0.35)");
  pen.fillStyle = nose; pen.beginPath(); pen.moveTo(230, 215); pen.lineTo(250, 215); pen.lineTo(266, 285);
  pen.quadraticCurveTo(240, 300, 214, 285); pen.fill();
  round("rgba(60, 20, 10, 0.8)", 226, 287, 7, 4); round("rgba(60, 20, 10, 0.8)", 254, 287, 7, 4);
  round("#a04a48", 240, 330, 42, 14);
  pen.strokeStyle = "#5a2020"; pen.lineWidth = 3;
  pen.beginPath(); pen.moveTo(199, 329); pen.quadraticCurveTo(240, 338, 281, 329); pen.stroke();
  spot(240, 362, 40, "rgba(90, 45, 25, 0.35)");
};"""
_CANVAS = "const canvas = document.createElement('canvas'); canvas.width = canvas.height = 480; paint(canvas.getContext('2d'));"
# A camera that sees what is drawn; it is drawn again and again, so that there is always a next frame.
_CAMERA = """
navigator.mediaDevices.getUserMedia = async () => {
  %s
  setInterval(() => paint(canvas.getContext("2d")), 100);
  window.stream = canvas.captureStream(10);
  return window.stream;
};"""


@pytest.fixture(scope="module")
def house(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Leeward's pages, with the estimate switched on and areas for three ages."""
    data_dir = tmp_path_factory.mktemp("faces")
    blank.copy_to(data_dir)
    leeward = Leeward(data_dir, env={"LEEWARD_FACE_ESTIMATES": "true"})
    leeward.python(PREPARE)
    leeward.start(Role.WEB)
    yield leeward.base_url
    leeward.stop()


def take(page: Page, house: str, years: int) -> list[Request]:
    """Go to the ways of an area, take the estimate, and return the list to which every later request is added."""
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))  # noqa: PLW0108  # Playwright marks what it is given.
    page.goto(f"{house}/age/?need=over-{years}&nonce={NONCE}")
    page.locator("button[value='face']").click()
    expect(page.locator("#face")).to_be_attached()
    return sent


def camera(page: Page, sees: str) -> None:
    """Put a camera before something that is drawn."""
    page.add_init_script(f"(() => {{ {sees} {_CAMERA % _CANVAS} }})()")


def photo(page: Page, shows: str) -> FilePayload:
    """Return a photograph of something that is drawn."""
    address = page.evaluate(f"() => {{ {shows} {_CANVAS} return canvas.toDataURL('image/png'); }}")
    return {"name": "me.png", "mimeType": "image/png", "buffer": base64.b64decode(address.partition(",")[2])}


def ended(page: Page) -> str:
    """Wait for the end of the attempt, and return its heading."""
    expect(page.locator("#face")).to_have_count(0, timeout=SLOW_MS)
    return page.locator("main h1").inner_text()


def words(sent: list[Request]) -> list[dict[str, list[str]]]:
    """Return what the forms of the estimate sent."""
    bodies = [parse_qs(one.post_data or "") for one in sent if one.method == "POST"]
    return [body for body in bodies if "way" not in body]


def test_no_face_is_not_sure_and_nothing_but_a_word_leaves_the_page(browser: Browser, house: str) -> None:
    with new_page(browser, PHONE) as page:
        sent = take(page, house, 18)
        page.get_by_role("button", name="Use the camera").click()
        expect(page.get_by_text("The camera did not open.")).to_be_visible()
        page.get_by_label("Or choose a photo of you").set_input_files(photo(page, WALL))

        assert ended(page) == UNSURE
        expect(page.locator("button[value='screen']")).to_be_visible()
        expect(page.locator("button[value='face']")).to_have_count(0)

    said = words(sent)
    assert [set(body) for body in said] == [{"csrfmiddlewaretoken", "model", "said"}]
    assert said[0]["said"] == ["unsure"]
    assert {one.url.startswith(f"{house}/") or one.url.startswith("data:image/svg") for one in sent} == {True}
    assert any(one.url.endswith(".bin") for one in sent)
    assert max(len(one.post_data_buffer or b"") for one in sent) < 500


def test_a_file_that_is_no_picture_is_named_and_another_one_is_asked_for(browser: Browser, house: str) -> None:
    with new_page(browser, PHONE) as page:
        sent = take(page, house, 18)
        page.get_by_label("Or choose a photo of you").set_input_files(
            {"name": "me.png", "mimeType": "image/png", "buffer": b"no picture"}
        )

        expect(page.get_by_text("This photo cannot be opened. Choose another one.")).to_be_visible()

    assert words(sent) == []


@pytest.mark.parametrize(("years", "heading", "word"), [(18, UNSURE, "unsure"), (FORTY, NO, "no")])
def test_a_photo_of_a_face_says_no_only_where_it_is_far_below(
    years: int, heading: str, word: str, browser: Browser, house: str
) -> None:
    with new_page(browser, PHONE) as page:
        sent = take(page, house, years)
        page.get_by_label("Or choose a photo of you").set_input_files(photo(page, FACE))

        assert ended(page) == heading

    assert [body["said"] for body in words(sent)] == [[word]]


def test_a_face_before_the_camera_that_is_far_above_opens_the_page(browser: Browser, house: str) -> None:
    with new_page(browser, PHONE) as page:
        camera(page, FACE)
        sent = take(page, house, 3)
        page.get_by_role("button", name="Use the camera").click()
        page.get_by_role("button", name="Look now").click(timeout=SLOW_MS)

        assert ended(page) == YES
        expect(page.get_by_role("link", name="Go on to the page")).to_be_visible()

    assert [body["said"] for body in words(sent)] == [["yes"]]
    assert max(len(one.post_data_buffer or b"") for one in sent) < 500


def test_without_script_the_page_says_so_and_leads_back(browser: Browser, house: str) -> None:
    with new_page(browser, replace(PHONE, runs_scripts=False)) as page:
        take(page, house, 18)

        expect(page.get_by_text("This needs a browser with scripts.")).to_be_visible()
        expect(page.get_by_role("button", name="Use the camera")).to_be_hidden()
        page.get_by_role("link", name="Take another way").click()
        expect(page.locator("button[value='screen']")).to_be_visible()


@pytest.mark.parametrize("locale", ["en-GB", "ar"])
def test_no_state_of_the_page_has_a_fault_in_any_direction(locale: str, browser: Browser, house: str) -> None:
    with new_page(browser, replace(DESKTOP, locale=locale)) as page:
        take(page, house, 18)
        found = faults(page, f"face-{locale}")
        page.locator("#face-camera").click()
        expect(page.locator("#face-closed")).to_be_visible()
        found += faults(page, f"closed-{locale}")
    with new_page(browser, replace(DESKTOP, locale=locale)) as page:
        camera(page, WALL)
        take(page, house, 18)
        page.locator("#face-camera").click()
        expect(page.locator("#face-loading")).to_be_hidden(timeout=SLOW_MS)
        found += faults(page, f"open-{locale}")

    assert found == []

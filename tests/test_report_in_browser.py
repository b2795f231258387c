"""A child reports what she sees on a provider's page, in a real browser: by mouse, keys or touch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from leeward.core import texts
from leeward.engines.reading import Band
from leeward.reports import receipts
from tests.stage.browser import DESKTOP, Device, new_page
from tests.stage.people import code_on, look_up, overflow_px, press_enter_on, tab_to, type_into
from tests.stage.town import Town

pytestmark = pytest.mark.browser

PHONE = Device(width_px=320, height_px=640, has_touch=True)
IN_ARABIC = replace(DESKTOP, locale="ar")
FINGER_PX = 44  # "at least 44 by 44 CSS pixels", WCAG 2.2, 2.5.5; 2.5.8 asks for 24 only.
WORDS = "The picture makes me afraid. مرحبا"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    with new_page(browser, PHONE) as page:
        yield page


@pytest.fixture
def arabic(browser: Browser) -> Iterator[Page]:
    with new_page(browser, IN_ARABIC) as page:
        yield page


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def report_coffee(page: Page, town: Town) -> None:
    """Open the dialog on the photograph's page."""
    page.goto(town.photo_page("coffee"))
    button(page, "Report").click()


def test_three_presses_lead_from_the_button_to_the_receipt(page: Page, town: Town) -> None:
    page.goto(town.photo_page("coffee"))

    button(page, "Report").click()
    button(page, "Something here scares me").click()
    button(page, "Send it now").click()

    expect(page.get_by_role("heading", name="Thank you. We have it.")).to_be_visible()
    assert receipts.read(code_on(page))


def test_she_comes_back_with_the_code_alone_and_reads_that_it_is_here(page: Page, browser: Browser, town: Town) -> None:
    report_coffee(page, town)
    button(page, "Someone is bothering me").click()
    button(page, "Send it now").click()
    code = code_on(page)

    with new_page(browser) as another_day:
        look_up(another_day, town.url, code)

        expect(another_day.get_by_text("We have it.")).to_be_visible()
        expect(another_day.get_by_text("Nothing is decided yet.")).to_be_visible()


def test_the_whole_path_goes_by_keyboard_alone(page: Page, town: Town) -> None:
    page.goto(town.photo_page("coffee"))
    press_enter_on(button(page, "Report"))
    press_enter_on(button(page, "I think this is not allowed"))
    press_enter_on(button(page, "It is about sex"))
    type_into(page.get_by_role("textbox", name="Do you want to say more?"), "It is a bad picture.")
    press_enter_on(button(page, "Next"))
    press_enter_on(button(page, "Next"))
    press_enter_on(button(page, "Send"))
    code = code_on(page)

    with page.expect_popup() as opened:
        press_enter_on(page.get_by_role("link", name="See what happened"))
    follow = opened.value
    type_into(follow.get_by_label("Your code"), code)
    press_enter_on(button(follow, "Look"))

    expect(follow.get_by_text("We have it.")).to_be_visible()


def test_escape_closes_the_dialog_and_leads_back_to_the_button(page: Page, town: Town) -> None:
    page.goto(town.photo_page("coffee"))
    press_enter_on(button(page, "Report"))
    expect(page.get_by_role("dialog")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(button(page, "Report")).to_be_focused()


def test_on_a_phone_everything_fits_and_is_large_enough_for_a_finger(phone: Page, town: Town) -> None:
    phone.goto(town.photo_page("coffee"))
    for name in ("Report", "Something here scares me", "Send it now"):
        box = button(phone, name).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= FINGER_PX
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE.width_px
        assert overflow_px(phone) == 0
        button(phone, name).tap()

    assert receipts.read(code_on(phone))
    assert overflow_px(phone) == 0


def test_words_in_the_dialog_are_kept_when_the_way_to_leeward_is_broken(page: Page, town: Town) -> None:
    keys: list[str] = []

    def break_first(route: Route) -> None:
        if route.request.method == "POST":
            keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.abort("connectionrefused")
        else:
            route.continue_()

    page.route("**/api/v1/reports/half", lambda route: route.abort("connectionrefused"))
    page.route("**/api/v1/reports", break_first)
    report_coffee(page, town)
    button(page, "Something here scares me").click()
    button(page, "Something else").click()
    page.get_by_role("textbox").fill(WORDS)
    button(page, "Send it now").click()
    expect(page.get_by_role("heading", name="We could not send it.")).to_be_visible()
    button(page, "Back").click()
    expect(page.get_by_role("textbox")).to_have_value(WORDS)

    button(page, "Send it now").click()

    assert receipts.read(code_on(page))
    assert len(keys) == 2
    assert len(set(keys)) == 1, "the same words again are the same report"


def test_danger_shows_help_before_any_question(page: Page, town: Town) -> None:
    report_coffee(page, town)

    button(page, "Someone is in danger").click()

    expect(page.get_by_text("Call the emergency number.")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Find a helpline").click()
    expect(opened.value.get_by_role("heading", name="Talk to somebody")).to_be_visible()
    button(page, "I want to report it too").click()
    button(page, "Send it now").click()
    assert receipts.read(code_on(page))


@pytest.mark.parametrize("kind", ["a slip of the finger", "a code that nobody has"])
def test_a_wrong_code_tells_nothing_and_can_be_corrected(kind: str, page: Page, town: Town) -> None:
    wrong = receipts.new()
    if kind == "a slip of the finger":
        wrong = wrong[:-1] + str((int(wrong[-1]) + 1) % 10)

    look_up(page, town.url, wrong)

    field = page.get_by_label("Your code")
    expect(field).to_have_accessible_description(re.compile("We do not know this code. Look at each number again."))
    expect(field).to_have_value(wrong)


def test_in_arabic_the_pages_run_from_right_to_left_and_nothing_sticks_out(browser: Browser, town: Town) -> None:
    for device in (IN_ARABIC, replace(PHONE, locale="ar")):
        with new_page(browser, device) as page:
            for path in ("/", "/h/", "/report/", "/r/", "/door?name=bad.example", "/account/login/", "/nowhere"):
                page.goto(town.url + path)

                assert page.evaluate("() => [document.documentElement.dir, document.documentElement.lang]") == [
                    "rtl",
                    "ar",
                ]
                assert overflow_px(page) == 0, path


def test_on_an_arabic_page_the_button_speaks_arabic_and_the_code_runs_from_left_to_right(
    arabic: Page, town: Town
) -> None:
    # The provider's page as an Arabic provider would write it; "interactive" comes before any module runs.
    arabic.add_init_script("""document.addEventListener("readystatechange", () => {
        [document.documentElement.lang, document.documentElement.dir] = ["ar", "rtl"];
    }, { once: true })""")
    arabic.goto(town.photo_page("coffee"))

    said = texts.read("reports", language="ar", band=Band.MIDDLE)
    for name in (said["button.report"], said["reason.scares"], said["button.send_now"]):
        button(arabic, name).click()
        assert overflow_px(arabic) == 0

    code = arabic.get_by_text(code_on(arabic))
    assert receipts.read(code.inner_text())
    assert code.evaluate("element => getComputedStyle(element).direction") == "ltr"
    assert arabic.get_by_role("dialog").evaluate("element => getComputedStyle(element).direction") == "rtl"


def test_the_first_tab_leads_past_the_head_of_the_page(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/report/")

    press_enter_on(page.get_by_role("link", name="Skip to the content"))

    tab_to(page.get_by_role("main").get_by_role("button", name="Something here scares me"))

"""A child reports on this site in a real browser whose scripts are off: one question a screen, by touch, by keys, in Arabic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect

from leeward.core import texts
from leeward.engines.reading import Band
from leeward.reports import receipts
from tests.stage.browser import DESKTOP, Device, axe, new_page
from tests.stage.people import code_on, look_up, overflow_px, press_enter_on, sign_in, type_into
from tests.stage.provider import PHOTOS
from tests.stage.town import Town

pytestmark = pytest.mark.browser

NO_SCRIPT = replace(DESKTOP, runs_scripts=False)
PHONE = Device(width_px=320, height_px=640, has_touch=True, runs_scripts=False)
ARABIC_PHONE = replace(PHONE, locale="ar")
FINGER_PX = 44  # "at least 44 by 44 CSS pixels", WCAG 2.2, 2.5.5; 2.5.8 asks for 24 only.
ADDRESS = "https://bad.example/photos/coffee"
WORDS = "The picture makes me afraid. مرحبا"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with new_page(browser, NO_SCRIPT) as page:
        yield page


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("button", name=name, exact=True)


def question(page: Page, name: str) -> Locator:
    return page.get_by_role("heading", level=1, name=name)


def come_to_words(page: Page, town: Town) -> None:
    """Answer the first questions."""
    page.goto(f"{town.url}/report/")
    button(page, "Something here scares me").click()
    button(page, "Someone is hurt").click()
    page.get_by_label("Where did you see it?").fill(ADDRESS)
    button(page, "Next").click()
    expect(question(page, "Do you want to say more?")).to_be_visible()


def test_three_presses_lead_from_a_providers_page_to_the_receipt(page: Page, town: Town) -> None:
    page.goto(town.photo_page("coffee"))

    page.get_by_role("link", name="Report this photograph").click()
    button(page, "Something here scares me").click()
    button(page, "Send it now").click()

    assert receipts.read(code_on(page))
    expect(page.get_by_role("link", name="See what happened")).to_be_visible()


def test_everything_that_was_answered_reaches_the_desk(page: Page, browser: Browser, town: Town) -> None:
    page.goto(f"{town.url}/report/?url=https://bad.example/with-a-picture")
    button(page, "Someone is bothering me").click()
    button(page, "They are mean to me or to others").click()
    page.get_by_label("Do you want to say more?").fill(WORDS)
    button(page, "Next").click()
    page.get_by_label("Choose a picture").set_input_files(PHOTOS / "chelsea.jpg")
    button(page, "Next").click()
    expect(page.get_by_role("main")).to_contain_text("https://bad.example/with-a-picture")
    button(page, "Send").click()
    code = code_on(page)

    look_up(page, town.url, code)

    expect(page.get_by_text("We have it.")).to_be_visible()
    with new_page(browser) as desk:
        sign_in(desk, town.url, username="reviewer", password=town.keys.password)
        desk.goto(f"{town.url}/desk/")
        desk.get_by_role("row", name="bad.example/with-a-picture").get_by_role("link").click()
        expect(desk.get_by_role("region", name="Evidence")).to_contain_text("A picture from the reporter")


def test_danger_shows_help_before_any_question(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/report/?url={ADDRESS}")

    button(page, "Someone is in danger").click()

    expect(page.get_by_text("Call the emergency number.")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    page.get_by_role("link", name="Find a helpline").click()
    expect(page.get_by_role("heading", name="Talk to somebody")).to_be_visible()
    page.go_back()
    button(page, "I want to report it too").click()
    button(page, "Send it now").click()
    assert receipts.read(code_on(page))


def test_what_shows_a_child_is_never_asked_for_as_a_picture(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/report/?url={ADDRESS}")
    button(page, "I think this is not allowed").click()
    button(page, "It shows a child without clothes").click()
    button(page, "Next").click()

    expect(page.get_by_text("We do not take a picture of this.")).to_be_visible()
    expect(page.locator("input[type=file]")).to_have_count(0)
    button(page, "Next").click()
    button(page, "Send").click()
    assert receipts.read(code_on(page))


def test_the_browsers_back_button_leads_through_the_questions_and_the_answers_stand_there(
    page: Page, town: Town
) -> None:
    halves_before = town.count("reports_halfreport")
    come_to_words(page, town)
    page.get_by_label("Do you want to say more?").fill(WORDS)
    button(page, "Next").click()
    expect(question(page, "Do you want to add a picture?")).to_be_visible()

    page.go_back()
    expect(page.get_by_label("Do you want to say more?")).to_have_value(WORDS)
    page.go_back()
    button(page, "Next").click()
    expect(page.get_by_label("Do you want to say more?")).to_have_value(WORDS)
    page.go_back()
    expect(question(page, "Where did you see it?")).to_be_visible()
    page.go_back()
    expect(question(page, "What is it?")).to_be_visible()

    button(page, "Someone hurts themselves").click()
    expect(page.get_by_label("Do you want to say more?")).to_have_value(WORDS)
    button(page, "Next").click()
    button(page, "Next").click()
    button(page, "Send").click()
    assert receipts.read(code_on(page))
    assert town.count("reports_halfreport") == halves_before, "it was one form all the time"


def test_after_the_receipt_back_shows_nothing_of_what_was_said(page: Page, town: Town) -> None:
    come_to_words(page, town)
    page.get_by_label("Do you want to say more?").fill(WORDS)
    button(page, "Next").click()
    button(page, "Next").click()
    button(page, "Send").click()
    code_on(page)

    for _ in range(5):
        with pytest.raises(Error, match="ERR_CACHE_MISS"):
            page.go_back()
        expect(page.locator("body")).not_to_contain_text(WORDS)
    page.go_back()
    expect(question(page, "What is wrong?")).to_be_visible()


def test_the_forms_own_back_button_keeps_what_was_typed(page: Page, town: Town) -> None:
    come_to_words(page, town)
    page.get_by_label("Do you want to say more?").fill(WORDS)

    button(page, "Back").click()
    expect(page.get_by_label("Where did you see it?")).to_have_value(ADDRESS)
    button(page, "Next").click()

    expect(page.get_by_label("Do you want to say more?")).to_have_value(WORDS)


def test_a_file_that_is_no_picture_is_refused_with_a_kind_sentence(page: Page, town: Town, tmp_path: Path) -> None:
    file = tmp_path / "notes.jpg"
    file.write_text("I am no picture")
    come_to_words(page, town)
    button(page, "Next").click()
    page.get_by_label("Choose a picture").set_input_files(file)
    button(page, "Next").click()

    expect(page.get_by_label("Choose a picture")).to_have_accessible_description(
        re.compile("We cannot open this file. Choose a picture, or leave it out.")
    )
    button(page, "Next").click()
    expect(question(page, "This goes to us")).to_be_visible()


def test_a_picture_beyond_every_limit_is_refused_with_a_page_and_the_form_is_there_on_the_way_back(
    page: Page, town: Town, tmp_path: Path
) -> None:
    huge = tmp_path / "huge.jpg"
    huge.write_bytes(bytes(30_000_000))
    come_to_words(page, town)
    page.get_by_label("Do you want to say more?").fill(WORDS)
    button(page, "Next").click()
    page.get_by_label("Choose a picture").set_input_files(huge)

    button(page, "Next").click()

    expect(page.get_by_text("Go back and choose a smaller picture, or send it without one.")).to_be_visible()
    page.go_back()
    expect(question(page, "Do you want to add a picture?")).to_be_visible()
    button(page, "Skip").click()
    expect(page.get_by_role("main")).to_contain_text(WORDS)


def test_a_missing_address_is_asked_for_beside_the_field(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/report/")
    button(page, "Something here scares me").click()
    button(page, "Something else").click()

    button(page, "Next").click()

    expect(page.get_by_text("It is not sent yet. Please look again:")).to_be_visible()
    expect(page.get_by_label("Where did you see it?")).to_have_accessible_description(
        re.compile("Copy the address of the page.")
    )


def test_whoever_stops_goes_on_with_the_code_on_another_day(page: Page, browser: Browser, town: Town) -> None:
    come_to_words(page, town)
    page.get_by_text("Do you want to go on later?").click()
    code = code_on(page)

    with new_page(browser, NO_SCRIPT) as another_day:
        look_up(another_day, town.url, code)
        button(another_day, "Go on").click()
        expect(question(another_day, "This goes to us")).to_be_visible()
        expect(another_day.get_by_role("main")).to_contain_text(ADDRESS)
        button(another_day, "Send").click()
        assert code_on(another_day) == code


def test_the_age_changes_the_words(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/report/")

    button(page, "6 to 9").click()

    expect(button(page, "Someone is mean to me")).to_be_visible()
    expect(button(page, "6 to 9")).to_have_attribute("aria-pressed", "true")


def test_the_whole_path_goes_by_keyboard_alone(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/report/")
    press_enter_on(button(page, "I think this is not allowed"))
    press_enter_on(button(page, "It is a trick to get money or passwords"))
    type_into(page.get_by_label("Where did you see it?"), ADDRESS)
    page.keyboard.press("Enter")  # In a field Enter means Next, and neither Back nor an age.
    type_into(page.get_by_label("Do you want to say more?"), "It is a bad page.")
    press_enter_on(button(page, "Next"))
    press_enter_on(button(page, "Next"))
    press_enter_on(button(page, "Send"))

    assert receipts.read(code_on(page))


def test_each_new_question_has_the_focus_so_that_the_keys_go_on_from_there(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/report/")
    button(page, "Something here scares me").click()
    expect(question(page, "What is it?")).to_be_focused()

    page.keyboard.press("Tab")

    expect(button(page, "Someone is hurt")).to_be_focused()


@pytest.mark.parametrize("device", [PHONE, ARABIC_PHONE], ids=["english", "arabic"])
def test_on_a_narrow_phone_the_whole_path_fits_and_is_large_enough_for_a_finger(
    device: Device, browser: Browser, town: Town
) -> None:
    words = texts.read("reports", language=device.locale, band=Band.MIDDLE)
    with new_page(browser, device) as page:
        page.goto(f"{town.url}/report/")
        fits(page, device)
        tap(page, words["reason.danger"])
        fits(page, device)
        tap(page, words["danger.also"])
        fits(page, device)
        tap(page, words["nature.stalking"])
        fits(page, device)
        page.get_by_role("main").get_by_role("textbox").first.fill(f"https://bad.example/{'a-long-folder/' * 12}")
        tap(page, words["button.next"])
        fits(page, device)
        page.get_by_role("main").get_by_role("textbox").fill(f"{WORDS} {'w' * 200}")
        tap(page, words["button.next"])
        fits(page, device)
        page.locator("input[type=file]").set_input_files(PHOTOS / "coffee.jpg")
        tap(page, words["button.next"])
        fits(page, device)
        tap(page, words["button.send"])
        code = page.get_by_text(code_on(page))
        assert overflow_px(page) == 0
        assert receipts.read(code_on(page))
        assert code.evaluate("element => getComputedStyle(element).direction") == "ltr"


def tap(page: Page, name: str) -> None:
    """Tap on a button and be on the page that comes then."""
    with page.expect_navigation():
        button(page, name).tap()


def fits(page: Page, device: Device) -> None:
    """Fail where something sticks out of the page, is too small for a finger, or runs in the wrong direction."""
    assert overflow_px(page) == 0
    assert page.evaluate("() => document.documentElement.dir") == ("rtl" if device.locale == "ar" else "ltr")
    for target in page.get_by_role("main").get_by_role("button").all():
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= FINGER_PX, target.inner_text()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= device.width_px


@pytest.mark.parametrize("locale", ["en-GB", "ar"])
def test_every_screen_passes_the_rules_of_accessibility_wide_and_narrow(
    locale: str, browser: Browser, town: Town
) -> None:
    words = texts.read("reports", language=locale, band=Band.MIDDLE)
    presses = [words["reason.danger"], words["danger.also"], words["nature.sexual_child"]]
    presses += [words["button.next"], words["button.next"], words["button.send"]]
    with new_page(browser, replace(DESKTOP, locale=locale)) as page:
        page.goto(f"{town.url}/report/?url={ADDRESS}")
        for name in presses:
            assert faults(page) == []
            button(page, name).click()
            expect(button(page, name).or_(page.locator(".receipt-code")).first).to_be_attached()
        assert receipts.read(code_on(page))
        assert faults(page) == []


def faults(page: Page) -> list[str]:
    found = []
    for width_px in (1280, 320):
        page.set_viewport_size({"width": width_px, "height": 800})
        found += axe(page)
    return found

"""A child reports what she sees on a provider's page, in a real browser: by mouse, keys or touch, and without script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from leeward.reports import receipts
from tests.stage.browser import DESKTOP, Device, new_page
from tests.stage.people import code_on, look_up, overflow_px, press_enter_on, sign_in, tab_to, type_into
from tests.stage.provider import PHOTOS
from tests.stage.town import Town

pytestmark = pytest.mark.browser

PHONE = Device(width_px=320, height_px=640, has_touch=True)
NO_SCRIPT = replace(DESKTOP, runs_scripts=False)
IN_ARABIC = replace(DESKTOP, locale="ar")
FINGER_PX = 44  # "at least 44 by 44 CSS pixels", WCAG 2.2, 2.5.5; 2.5.8 asks for 24 only.
WORDS = "The picture makes me afraid. مرحبا"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    with new_page(browser, PHONE) as page:
        yield page


@pytest.fixture
def without_script(browser: Browser) -> Iterator[Page]:
    with new_page(browser, NO_SCRIPT) as page:
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


def fill_in(page: Page, *, words: str) -> None:
    """Fill in the form of the site, but for the reason."""
    page.get_by_label("Where did you see it?").fill("https://bad.example/photos/coffee")
    page.get_by_label("Do you want to say more?").fill(words)


def test_three_presses_lead_from_the_button_to_the_receipt(page: Page, town: Town) -> None:
    page.goto(town.photo_page("coffee"))

    button(page, "Report").click()
    button(page, "Something here scares me").click()
    button(page, "Send").click()

    expect(page.get_by_role("heading", name="Thank you. We have your report.")).to_be_visible()
    assert receipts.read(code_on(page))


def test_she_comes_back_with_the_code_alone_and_reads_that_it_is_here(page: Page, browser: Browser, town: Town) -> None:
    report_coffee(page, town)
    button(page, "Someone is bothering me").click()
    button(page, "Send").click()
    code = code_on(page)

    with new_page(browser) as another_day:
        look_up(another_day, town.url, code)

        expect(another_day.get_by_text("We have it.")).to_be_visible()
        expect(another_day.get_by_text("Nothing is decided yet.")).to_be_visible()


def test_the_whole_path_goes_by_keyboard_alone(page: Page, town: Town) -> None:
    page.goto(town.photo_page("coffee"))
    press_enter_on(button(page, "Report"))
    press_enter_on(button(page, "I think this is not allowed"))
    type_into(page.get_by_role("textbox", name="Do you want to say more?"), "It is a bad picture.")
    press_enter_on(button(page, "Send"))
    code = code_on(page)

    with page.expect_popup() as opened:
        press_enter_on(page.get_by_role("link", name="See what we did"))
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
    for name in ("Report", "Something here scares me", "Send"):
        box = button(phone, name).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= FINGER_PX
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE.width_px
        assert overflow_px(phone) == 0
        button(phone, name).tap()

    assert receipts.read(code_on(phone))
    assert overflow_px(phone) == 0


def test_without_script_the_plain_link_leads_to_the_form_with_the_address(without_script: Page, town: Town) -> None:
    page = without_script
    page.goto(town.photo_page("coffee"))

    page.get_by_role("link", name="Report this photograph").click()

    expect(page.get_by_role("heading", name="Tell us about something")).to_be_visible()
    expect(page.get_by_label("Where did you see it?")).to_have_value("https://bad.example/photos/coffee")


def test_without_script_a_report_with_a_picture_reaches_the_desk(
    without_script: Page, browser: Browser, town: Town
) -> None:
    page = without_script
    page.goto(f"{town.url}/report/?url=https://bad.example/with-a-picture")
    page.get_by_label("Someone is bothering me").check()
    page.get_by_label("Do you want to say more?").fill("Somebody sent me this.")
    page.get_by_label("Add a picture of the page").set_input_files(PHOTOS / "chelsea.jpg")
    button(page, "Send").click()
    code = code_on(page)

    look_up(page, town.url, code)

    expect(page.get_by_text("We have it.")).to_be_visible()
    with new_page(browser) as desk:
        sign_in(desk, town.url, username="reviewer", password=town.keys.password)
        desk.goto(f"{town.url}/desk/")
        desk.get_by_role("row", name="bad.example/with-a-picture").get_by_role("link").click()
        evidence = desk.get_by_role("region", name="Evidence")
        expect(evidence).to_contain_text("A picture from the reporter")
        expect(evidence).to_contain_text("Sealed")


def test_a_file_that_is_no_picture_is_refused_with_a_kind_sentence(
    without_script: Page, town: Town, tmp_path: Path
) -> None:
    page, file = without_script, tmp_path / "notes.jpg"
    file.write_text("I am no picture")
    page.goto(f"{town.url}/report/")
    page.get_by_label("Something here scares me").check()
    fill_in(page, words=WORDS)
    page.get_by_label("Add a picture of the page").set_input_files(file)
    button(page, "Send").click()

    field = page.get_by_label("Add a picture of the page")
    expect(field).to_have_accessible_description(
        re.compile("We cannot open this file. Choose a picture, or leave it out.")
    )
    expect(page.get_by_label("Do you want to say more?")).to_have_value(WORDS)


@pytest.mark.parametrize("device", [DESKTOP, NO_SCRIPT], ids=["script", "no script"])
def test_words_that_were_typed_are_kept_when_something_is_missing(device: Device, browser: Browser, town: Town) -> None:
    with new_page(browser, device) as page:
        page.goto(f"{town.url}/report/")
        fill_in(page, words=WORDS)

        button(page, "Send").click()

        expect(page.get_by_text("It is not sent yet. Please look again:")).to_be_visible()
        expect(page.get_by_label("Do you want to say more?")).to_have_value(WORDS)
        expect(page.get_by_label("Where did you see it?")).to_have_value("https://bad.example/photos/coffee")
        page.get_by_label("Something here scares me").check()
        button(page, "Send").click()
        assert receipts.read(code_on(page))


def test_a_picture_beyond_every_limit_is_refused_with_a_page_and_the_words_are_there_on_the_way_back(
    page: Page, town: Town, tmp_path: Path
) -> None:
    huge = tmp_path / "huge.jpg"
    huge.write_bytes(bytes(30_000_000))
    page.goto(f"{town.url}/report/")
    page.get_by_label("Something here scares me").check()
    fill_in(page, words=WORDS)
    page.get_by_label("Add a picture of the page").set_input_files(huge)

    button(page, "Send").click()

    expect(page.get_by_text("Go back and choose a smaller picture, or send it without one.")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Do you want to say more?")).to_have_value(WORDS)


def test_the_back_button_does_not_lose_the_words(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/report/")
    fill_in(page, words=WORDS)
    button(page, "Send").click()
    expect(page.get_by_text("It is not sent yet. Please look again:")).to_be_visible()

    page.go_back()

    expect(page.get_by_label("Do you want to say more?")).to_have_value(WORDS)


def test_words_in_the_dialog_are_kept_when_the_way_to_leeward_is_broken(page: Page, town: Town) -> None:
    keys: list[str] = []

    def break_first(route: Route) -> None:
        if route.request.method == "POST":
            keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.abort("connectionrefused")
        else:
            route.continue_()

    page.route("**/api/v1/reports", break_first)
    report_coffee(page, town)
    button(page, "Something here scares me").click()
    page.get_by_role("textbox").fill(WORDS)
    button(page, "Send").click()
    expect(page.get_by_role("heading", name="We could not send it.")).to_be_visible()
    button(page, "Back").click()
    expect(page.get_by_role("textbox")).to_have_value(WORDS)

    button(page, "Send").click()

    assert receipts.read(code_on(page))
    assert len(keys) == 2
    assert len(set(keys)) == 1, "the same words again are the same report"


def test_danger_shows_help_before_any_question(page: Page, town: Town) -> None:
    report_coffee(page, town)

    button(page, "Someone is in danger").click()

    expect(page.get_by_text("Call your emergency number.")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Find a helpline").click()
    expect(opened.value.get_by_role("heading", name="Get help now")).to_be_visible()
    button(page, "I want to report it too").click()
    button(page, "Send").click()
    assert receipts.read(code_on(page))


def test_the_form_shows_help_above_its_first_question(without_script: Page, town: Town) -> None:
    page = without_script
    page.goto(f"{town.url}/report/")

    help_box = page.get_by_role("main").get_by_role("link", name="Get help now").first.bounding_box()
    question_box = page.get_by_role("group", name="What is wrong?").bounding_box()

    assert help_box is not None
    assert question_box is not None
    assert help_box["y"] + help_box["height"] <= question_box["y"]


@pytest.mark.parametrize("kind", ["a slip of the finger", "a code that nobody has"])
def test_a_wrong_code_tells_nothing_and_can_be_corrected(kind: str, page: Page, town: Town) -> None:
    wrong = receipts.new()
    if kind == "a slip of the finger":
        wrong = wrong[:-1] + str((int(wrong[-1]) + 1) % 10)

    look_up(page, town.url, wrong)

    field = page.get_by_label("Your code")
    expect(field).to_have_accessible_description(re.compile("We do not know this code. Look at each number again."))
    expect(field).to_have_value(wrong)


@pytest.mark.parametrize("device", [DESKTOP, PHONE, IN_ARABIC], ids=["desktop", "phone", "arabic"])
def test_the_button_stands_at_the_same_place_on_every_public_page(device: Device, browser: Browser, town: Town) -> None:
    places = []
    with new_page(browser, device) as page:
        for path in ("/", "/h/", "/r/", "/door", "/door?name=bad.example", "/account/login/", "/nowhere"):
            page.goto(town.url + path)
            box = page.get_by_role("complementary").get_by_role("link", name="Report").bounding_box()
            assert box is not None
            places.append((box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]))

    for sides in zip(*places, strict=True):
        assert max(sides) - min(sides) <= 4


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

    for name in ("بلّغ", "شيء هنا يخيفني", "إرسال"):
        button(arabic, name).click()
        assert overflow_px(arabic) == 0

    code = arabic.get_by_text(code_on(arabic))
    assert receipts.read(code.inner_text())
    assert code.evaluate("element => getComputedStyle(element).direction") == "ltr"
    assert arabic.get_by_role("dialog").evaluate("element => getComputedStyle(element).direction") == "rtl"


def test_the_first_tab_leads_past_the_head_of_the_page(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/report/")

    press_enter_on(page.get_by_role("link", name="Skip to the content"))

    tab_to(page.get_by_label("Something here scares me"))

"""A child comes back with her code alone, on a small phone without script, and speaks with the desk until the matter ends."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from leeward.reports import receipts
from tests.stage.browser import DESKTOP, Device, axe, new_page
from tests.stage.people import code_on, look_up, overflow_px, press_enter_on, sign_in, tab_to, type_into
from tests.stage.provider import PHOTOS
from tests.stage.town import Town
from tests.stage.waiting import until

pytestmark = pytest.mark.browser

PHONE = Device(width_px=320, height_px=640, has_touch=True)
PHONE_WITHOUT_SCRIPT = replace(PHONE, runs_scripts=False)
SETTLE_S = 15.0
QUESTION, ANSWER = "Which name was it? مرحبا", "It was Kappa."

# Brings the report of each code into its state.
PREPARE = """
import json
from django.utils import timezone
from leeward.core.models import User
from leeward.reports import dialogue, services
from leeward.reports.models import Outcome
at, reviewer = timezone.now(), User.objects.get(username="reviewer")
codes, states = json.loads({codes!r}), json.loads({states!r})
for name, steps in states.items():
    report = services.follow(codes[name])
    def tell(kind, why=""):
        services.tell(report, kind=kind, decision="1", why=why, at=at)
    def ask():
        dialogue.ask(report, "Which name was it? " * 20, by=reviewer, key="1", at=at)
    def say():
        dialogue.say(report, "w" * 200, key="1", at=at)
    exec(steps)
"""
STATES = {
    "received": "",
    "looked_at": "tell(Outcome.Kind.LOOKED_AT)",
    "asked": "say(); ask()",
    "answered": "ask(); say()",
    "kept": "tell(Outcome.Kind.KEPT, 'long ' * 60)",
    "not_ours": "tell(Outcome.Kind.NOT_OURS, 'The police of Harbour')",
    "complained": "tell(Outcome.Kind.REMOVED); dialogue.complain(report.outcomes.get(), 'No. ' * 50, at=at)",
    "withdrawn": "dialogue.withdraw(report, at=at)",
}


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def reported(town: Town, name: str, **fields: str) -> str:
    """Send a report about a page of its own, and return its code."""
    body = {"reason": "bothers", "page_url": f"https://bad.example/{name}"} | fields
    answer = httpx.post(f"{town.url}/api/v1/reports", json=body, timeout=30)
    return str(answer.raise_for_status().json()["receipt"])


@contextmanager
def at_the_desk(browser: Browser, town: Town, username: str) -> Iterator[Page]:
    with new_page(browser) as page:
        sign_in(page, town.url, username=username, password=town.keys.password)
        yield page


def open_case(page: Page, town: Town, name: str) -> None:
    """Wait until the case about a page stands on the desk, and open it."""
    row = page.get_by_role("row", name=f"bad.example/{name}").first

    def stands() -> bool:
        page.goto(f"{town.url}/desk/")
        return row.count() > 0

    until(stands, within_s=SETTLE_S, what=f"the case of {name} stands on the desk")
    row.get_by_role("link").click()


def open_report(page: Page) -> Locator:
    """Open the one report of a case, and return what is shown of it."""
    reports = page.get_by_role("region", name="Reports")
    if reports.locator("details:not([open])").count():
        reports.locator("summary").first.click()
    return reports


def say(page: Page, words: str, *, picture: Path | None = None) -> None:
    page.get_by_label("Write your answer").fill(words)
    if picture is not None:
        page.get_by_label("Do you want to add a picture?").set_input_files(picture)
    button(page, "Send").click()


@pytest.fixture
def ana(browser: Browser) -> Iterator[Page]:
    """Ana's phone, on which no script runs."""
    with new_page(browser, PHONE_WITHOUT_SCRIPT) as page:
        yield page


def test_she_and_the_desk_speak_until_the_matter_ends(ana: Page, browser: Browser, town: Town, tmp_path: Path) -> None:
    code = reported(town, "whole-way")

    look_up(ana, town.url, code)
    assert code_on(ana) == code, "the code is shown once more"
    expect(ana.get_by_text("Nothing is decided yet.")).to_be_visible()

    with at_the_desk(browser, town, "reviewer") as desk:
        open_case(desk, town, "whole-way")
        button(desk, "Take this case").click()
        open_report(desk)
        desk.get_by_label("Write to the reporter").fill(QUESTION)
        button(desk, "Send to the reporter").click()
        expect(desk.get_by_text("It is sent. The reporter can read it with the code.")).to_be_visible()

    look_up(ana, town.url, code)
    expect(ana.locator(".receipt-code")).to_have_count(0)
    expect(ana.get_by_text("A person is looking at it.")).to_be_visible()
    expect(ana.get_by_role("region", name="We have a question for you")).to_contain_text(QUESTION)
    say(ana, ANSWER, picture=PHOTOS / "chelsea.jpg")
    expect(ana.get_by_text("Thank you. We have your words.")).to_be_visible()
    expect(ana.get_by_role("region", name="What we wrote to each other")).to_contain_text(ANSWER)

    with at_the_desk(browser, town, "reviewer") as desk:
        desk.goto(f"{town.url}/desk/")
        expect(desk.get_by_role("row", name="bad.example/whole-way")).to_contain_text("New message")
        open_case(desk, town, "whole-way")
        expect(desk.get_by_role("region", name="Reports")).to_contain_text(ANSWER)
        expect(desk.get_by_role("region", name="Reports")).to_contain_text("Picture: Sealed")
        button(desk, "I have read this").click()
        desk.get_by_label("It may stay").check()
        desk.get_by_label("Ground").fill("Terms 4.2")
        button(desk, "Decide").click()
        expect(desk.get_by_role("region", name="Decisions")).to_contain_text("In effect")

    def is_told() -> bool:
        look_up(ana, town.url, code)
        return "It stays." in ana.get_by_role("main").inner_text()

    until(is_told, within_s=SETTLE_S, what="Ana reads what was decided")
    ana.get_by_text("I do not agree", exact=True).click()
    ana.get_by_label("Tell us why. A different person will look at it.").fill("It is still mean.")
    button(ana, "Send").last.click()
    expect(ana.get_by_text("You told us that you do not agree.")).to_be_visible()

    with at_the_desk(browser, town, "second-reviewer") as desk:
        desk.goto(f"{town.url}/desk/")
        waiting = desk.get_by_role("region", name="Reporters wait for an answer")
        expect(waiting.get_by_role("row", name="bad.example/whole-way")).to_contain_text("Complaint")
        waiting.get_by_role("link").first.click()
        expect(desk.get_by_role("region", name="Reports")).to_contain_text("It is still mean.")
        desk.get_by_label("Write to the reporter").fill("I looked again, and it stays.")
        button(desk, "Send to the reporter").click()

    look_up(ana, town.url, code)
    expect(ana.get_by_role("region", name="We have a question for you")).to_contain_text("I looked again")
    with ana.expect_download() as saved:
        button(ana, "Save a proof of your report").click()
    saved.value.save_as(tmp_path / "proof")
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", (tmp_path / "proof").read_text())
    assert not any(code.replace(" ", "") in page.replace(" ", "") for page in (ana.url, ana.content()))


def test_she_takes_her_report_back_by_keyboard_alone(page: Page, town: Town) -> None:
    code = reported(town, "taken-back")
    page.goto(f"{town.url}/r/")
    type_into(page.get_by_label("Your code"), code)
    press_enter_on(button(page, "Look"))

    tab_to(page.locator("summary").filter(has_text="Take my report back"))
    page.keyboard.press("Enter")
    press_enter_on(button(page, "Yes, take it back"))

    expect(page.get_by_role("status").get_by_text("You took your report back.")).to_be_visible()


def test_where_a_child_is_shown_without_clothes_no_picture_can_be_added(ana: Page, town: Town) -> None:
    code = reported(town, "never", nature="sexual_child")

    look_up(ana, town.url, code)
    ana.get_by_text("Tell us more", exact=True).click()

    expect(ana.get_by_label("Do you want to say more?")).to_be_visible()
    expect(ana.locator("input[type=file]")).to_have_count(0)
    expect(ana.get_by_text("We do not take a picture of this.")).to_be_visible()


def test_after_wrong_codes_the_page_says_how_long_to_wait_and_then_the_right_one_opens(ana: Page, town: Town) -> None:
    code = reported(town, "slips")
    for _ in range(5):
        look_up(ana, town.url, receipts.new())
        expect(ana.get_by_text("We do not know this code.")).to_be_visible()

    look_up(ana, town.url, code)
    expect(ana.get_by_text(re.compile(r"Wait \d seconds?\. Then try again\."))).to_be_visible()

    def opens() -> bool:
        button(ana, "Look").click()
        return ana.get_by_text("We have it.").count() > 0

    until(opens, within_s=SETTLE_S, what="the right code opens the report after the wait")


@pytest.fixture(scope="module")
def codes(town: Town) -> dict[str, str]:
    """The code of a report in each state."""
    codes = {name: reported(town, name) for name in STATES}
    town.leeward.python(PREPARE.format(codes=json.dumps(codes), states=json.dumps(STATES)))
    return codes


@pytest.mark.parametrize("locale", ["en-GB", "ar"])
@pytest.mark.parametrize("width_px", [1280, 320])
def test_the_page_of_a_report_has_no_barrier_in_any_state(
    locale: str, width_px: int, browser: Browser, town: Town, codes: dict[str, str]
) -> None:
    found = []
    with new_page(browser, replace(DESKTOP, locale=locale, width_px=width_px)) as page:
        for name, code in codes.items():
            page.goto(f"{town.url}/r/")
            page.get_by_role("main").get_by_role("textbox").fill(code)
            with page.expect_navigation():
                page.keyboard.press("Enter")
            page.locator("details:not([open])").evaluate_all("all => all.forEach(one => { one.open = true; })")
            found += [f"{name}: {fault}" for fault in axe(page)]
            found += [f"{name}: {px} px stick out" for px in [overflow_px(page)] if px]
            assert page.locator("ol.steps > li").count() >= 1, name

    assert found == []


def test_a_page_with_faults_leads_to_them_and_has_no_barrier(
    browser: Browser, town: Town, codes: dict[str, str]
) -> None:
    with new_page(browser, PHONE) as page:
        look_up(page, town.url, codes["asked"])

        say(page, "")

        expect(page.get_by_text("It is not sent yet. Please look again:")).to_be_visible()
        expect(page.get_by_label("Write your answer")).to_have_accessible_description(
            re.compile("Write something first.")
        )
        assert (axe(page), overflow_px(page)) == ([], 0)


def test_the_case_with_a_conversation_has_no_barrier(browser: Browser, town: Town, codes: dict[str, str]) -> None:
    found = []
    with at_the_desk(browser, town, "second-reviewer") as page:
        for name in ("asked", "answered", "complained", "withdrawn"):
            open_case(page, town, name)
            if button(page, "Take this case").count():
                button(page, "Take this case").click()
            page.locator("details:not([open])").evaluate_all("all => all.forEach(one => { one.open = true; })")
            for width_px in (1280, 320):
                page.set_viewport_size({"width": width_px, "height": 800})
                found += [f"{name}, {width_px} px: {fault}" for fault in axe(page)]
                found += [f"{name}, {width_px} px: {px} px stick out" for px in [overflow_px(page)] if px]

    assert found == []

"""Every page that people see passes axe's rules for WCAG 2.2 AA, wide and narrow, and fits a phone.

Public pages in English, Arabic and Mongolian: a short script, one from right to left, and one with long words. The desk in
the first two.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stage.browser import DESKTOP, axe, new_page
from tests.stage.furnished import CLOSED, Prepared
from tests.stage.pages import AGES, DESK, OPERATOR, PUBLIC, SENIOR, Way
from tests.stage.people import look_up, overflow_px
from tests.stage.town import Town

pytestmark = pytest.mark.browser

WIDE_PX, NARROW_PX, HEIGHT_PX = 1280, 320, 800
LOCALES = {"en": "en-GB", "ar": "ar", "mn": "mn"}
DESK_LANGUAGES = ("en", "ar")


@pytest.fixture(scope="module")
def prepared(town: Town, browser: Browser) -> Prepared:
    return Prepared(town, browser)


def faults(page: Page) -> list[str]:
    """Return what is wrong with the page that is open: wide and narrow, and in the dark."""
    found = []
    for width_px, scheme in ((WIDE_PX, "light"), (NARROW_PX, "light"), (NARROW_PX, "dark")):
        page.set_viewport_size({"width": width_px, "height": HEIGHT_PX})
        # Without motion the colours change at once and are not measured on their way.
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        found += [f"{width_px} px, {scheme}: {fault}" for fault in axe(page)]
        if px := overflow_px(page):
            found.append(f"{width_px} px: {px} px stick out")
    return found


PEOPLE = (
    ("", PUBLIC),
    ("reviewer", DESK),
    ("second-reviewer", SENIOR),
    ("administrator", OPERATOR | AGES),
)
PAGES = [
    pytest.param(who, name, way, language, id=f"{name}-{language}")
    for who, ways in PEOPLE
    for name, way in ways.items()
    for language in (DESK_LANGUAGES if who else LOCALES)
]


# By these words a reader knows that the way led to the page that it names.
WORDS = {
    "guidance": "How to make a good report",
    "guidance, parent": "What to say to your child",
    "guidance, teacher": "What to say to the pupil",
    "report": "What is wrong?",
    "report, danger": "Get help first",
    "report, what it is": "What is it?",
    "report, where": "Where did you see it?",
    "report, words": "Do you want to say more?",
    "report, picture": "Do you want to add a picture?",
    "report, no picture": "We cannot open this file.",
    "report, never a picture": "We do not take a picture of this.",
    "report, check": "This goes to us",
    "received": "This is your code.",
    "received, danger": "Find a helpline",
    "follow with a wrong code": "We do not know this code.",
    "status, nothing decided": "Nothing is decided yet.",
    "status, acted on": "We do what we can about it.",
    "status, undone": "What we did is undone.",
    "it is closed": "This page is closed",
    "explanation, closed": CLOSED,
    "explanation, not closed": "This page does not open here.",
    "form stood open too long": "This form was open for too long.",
    "form stood open too long, and stays": "This form was open for too long.",
    "status, a question": "We have a question for you",
    "status, taken back": "You took your report back.",
    "nothing here": "There is nothing here",
    "refused": "This page is not for this account.",
    "case with evidence": "SHA-256",
    "case, taken": "has this case for",
    "case, proposed": "You proposed it, so a colleague must agree.",
    "case, proposed by another": "Agree: it takes effect now",
    "case, declined": "Not agreed to",
    "case, may be reversed": "Reverse",
    "case, reversed": "Reversed by",
    "judged with faults": "Nothing is decided yet.",
    "nothing waits there": "No case waits here.",
    "keys of a page": "Keys of this page",
    "keys": "Switch the keys off in this browser",
    "search with faults": "Write what you look for.",
    "found": "Found",
    "nothing found": "No case has all these words.",
    "history": "Other things of the same account",
    "note with faults": "Write something first.",
    "deliveries": "Owe it again",
    "settings": "LEEWARD_SITE_URL",
    "matches": "bits of 256 differ",
    "no match like that": "No match is like that.",
    "held uploads": "A classifier, opennsfw, points at it.",
    "end of a hold": "This cannot be taken back here.",
    "plots": "The same as a table",
    "model card": "What it must not be used for",
    "rule with faults": "The rule is not taken yet.",
    "draft of rules": "These rules are a draft",
    "tried": "In which ways it was asked",
    "tried with faults": "Nothing was tried yet.",
    "ages": "Harbour Forum",
    "ways to show an age": "No way opens this area now",
    "open area": "X-Age-Required forum-adults",
    "ask for an age, with faults": "Short name",
    "a site, with faults": "Short name",
    "list of codes, with faults": "Choose a file first.",
    "issuers": "1 issuer waits for you.",
    "issuers, with faults": "Follow this list",
    "programs": "https://forum.example/",
    "services that are asked": "Examplia",
    "calls about ages": "123 456",
    "a call": "123 456",
    "effect": "13",
    "rules by country": "Denmark",
}


@pytest.mark.parametrize(("who", "name", "way", "language"), PAGES)
def test_a_page_has_no_fault(
    who: str, name: str, way: Way, language: str, browser: Browser, prepared: Prepared
) -> None:
    device, cookies = replace(DESKTOP, locale=LOCALES[language]), prepared.cookies[who] if who else None
    with new_page(browser, device, cookies=cookies) as page:
        way(page, prepared)

        if language == "en":
            expect(page.get_by_role("main")).to_contain_text(WORDS.get(name, ""))
        assert page.evaluate("() => document.documentElement.lang") == language
        assert page.title()
        assert page.get_by_role("heading", level=1).count() == 1
        assert faults(page) == []


def test_what_somebody_looks_for_with_a_code_is_found_on_a_narrow_page(browser: Browser, prepared: Prepared) -> None:
    with new_page(browser, replace(DESKTOP, width_px=NARROW_PX)) as page:
        look_up(page, prepared.town.url, prepared.receipts["decided"])

        expect(page.get_by_text("We do what we can about it.")).to_be_in_viewport()


# Negative controls: what the judges above would say of a page with a fault.


def test_planted_faults_are_found(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/h/")
    assert faults(page) == []

    page.evaluate(
        """() => {
            const picture = document.createElement("img");
            picture.src = "data:,";
            document.querySelector("main").append(picture);
            const wide = document.createElement("p");
            wide.style.inlineSize = "400px";
            wide.textContent = "wide";
            document.querySelector("main").append(wide);
        }"""
    )

    found = faults(page)
    assert any("image-alt" in fault for fault in found)
    assert any(fault.startswith(f"{NARROW_PX} px: ") and "stick out" in fault for fault in found)
    assert not any(fault.startswith(f"{WIDE_PX} px: ") for fault in found)


def test_a_planted_fault_of_the_dark_is_found(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/h/")
    page.evaluate("() => { document.querySelector('h1').style.color = 'rgb(20, 20, 20)'; }")

    assert {fault.partition(": ")[0] for fault in faults(page)} == {f"{NARROW_PX} px, dark"}

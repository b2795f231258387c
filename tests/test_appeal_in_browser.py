"""Somebody whose photograph was taken away reads why and appeals, by keyboard alone; a colleague answers; nothing is in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stage.browser import DESKTOP, axe, new_page
from tests.stage.people import overflow_px, press_enter_on, sign_in, tab_to, type_into
from tests.stage.town import Town
from tests.stage.waiting import until

pytestmark = pytest.mark.browser

SETTLE_S = 20.0
HEIGHT_PX = 800
# Judges the case of an item against the terms, as the second reviewer.
JUDGE = """
from django.utils import timezone
from leeward.cases import services
from leeward.cases.models import Case, Decision
from leeward.core.models import User
from leeward.indicators.models import Category
case, by = Case.objects.get(subject__item_id={item!r}), User.objects.get(username="second-reviewer")
judgement = services.Judgement(Decision.Outcome.AGAINST_TERMS, Category.BULLYING, "Terms 4.2")
services.judge(case, judgement, by=by, at=timezone.now())
"""
CODE = """
from leeward.cases import statements
from leeward.cases.models import Statement
print(statements.code_of(Statement.objects.get(decision__case__subject__item_id={item!r})))
"""
BROKEN = """
from leeward.cases.models import Statement
Statement.objects.filter(decision__case__subject__item_id={item!r}).update(submission="refused", refused=["category"])
"""


def stated(town: Town, item: str) -> str:
    """Report an item, take it away, and return the code of the statement that its user got."""
    town.report(item)
    until(lambda: town.count("cases_case") > 0 and _has_case(town, item), within_s=SETTLE_S, what="there is a case")
    town.leeward.python(JUDGE.format(item=item))
    until(lambda: town.count("cases_statement", where="told_at IS NOT NULL") > 0, within_s=SETTLE_S, what="it is told")
    return town.leeward.python(CODE.format(item=item)).strip()


def _has_case(town: Town, item: str) -> bool:
    return town.count("cases_subject", where=f"item_id = '{item}'") > 0


@pytest.fixture(scope="module")
def code(town: Town) -> str:
    """The code of the statement about the coffee."""
    return stated(town, "coffee")


@pytest.fixture
def at_the_desk(browser: Browser, town: Town) -> Iterator[Page]:
    with new_page(browser) as page:
        sign_in(page, town.url, username="reviewer", password=town.keys.password)
        yield page


def faults(page: Page) -> list[str]:
    """Return what is wrong with the page that is open: wide, narrow, and in the dark."""
    found = []
    for width_px, scheme in ((1280, "light"), (320, "light"), (320, "dark")):
        page.set_viewport_size({"width": width_px, "height": HEIGHT_PX})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        found += [f"{width_px} px, {scheme}: {fault}" for fault in axe(page)]
        if px := overflow_px(page):
            found.append(f"{width_px} px: {px} px stick out")
    return found


@pytest.mark.parametrize("locale", ["en-GB", "ar", "mn"])
def test_the_pages_of_a_statement_have_no_fault(locale: str, browser: Browser, town: Town, code: str) -> None:
    with new_page(browser, replace(DESKTOP, locale=locale)) as page:
        page.goto(f"{town.url}/statement/")
        at_door = faults(page)
        page.get_by_role("main").get_by_role("textbox").fill(code)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=2).nth(3)).to_be_visible()

        assert at_door + faults(page) == []


def test_an_appeal_by_keyboard_is_answered_by_somebody_else_and_everything_is_back(
    page: Page, at_the_desk: Page, town: Town, code: str
) -> None:
    page.goto(f"{town.url}/statement/")
    type_into(page.get_by_label("Your code"), code)
    page.keyboard.press("Enter")
    expect(page.get_by_text("We took it away.")).to_be_visible()
    type_into(page.get_by_label("Tell us why. A different person will look at it."), "It is only coffee.")
    press_enter_on(page.get_by_role("button", name="Send", exact=True))
    expect(page.get_by_role("main").get_by_role("status")).to_contain_text("You said that you do not agree.")

    desk = at_the_desk
    desk.goto(f"{town.url}/desk/appeals/")
    assert faults(desk) == []
    desk.get_by_role("table").get_by_role("link").click()
    press_enter_on(desk.get_by_role("button", name="Take this appeal"))
    expect(desk.get_by_text("It is only coffee.")).to_be_visible()
    assert faults(desk) == []
    tab_to(desk.get_by_label("The decision stands"))
    desk.keyboard.press("ArrowDown")
    type_into(desk.get_by_label("Why", exact=True), "It is a cup of coffee.")
    press_enter_on(desk.get_by_role("button", name="Answer the appeal"))
    expect(desk.get_by_text("It is answered. Whoever appealed can read it.")).to_be_visible()

    page.goto(f"{town.url}/statement/")
    page.get_by_label("Your code").fill(code)
    page.keyboard.press("Enter")
    expect(page.get_by_text("A new person looked. We took it back.")).to_be_visible()
    expect(page.get_by_text("It is a cup of coffee.")).to_be_visible()
    until(
        lambda: town.provider.state()["photos"]["coffee"] == "published",
        within_s=SETTLE_S,
        what="the photograph is back",
    )


def test_the_page_of_refused_statements_has_no_fault(at_the_desk: Page, town: Town, code: str) -> None:
    town.leeward.python(BROKEN.format(item="coffee"))

    at_the_desk.goto(f"{town.url}/desk/statements/")

    expect(at_the_desk.get_by_text("category", exact=True)).to_be_visible()
    assert faults(at_the_desk) == []

"""The pages of rules, bodies and legs pass axe's rules for WCAG 2.2 AA and fit a phone; and the way through them works."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.stage.browser import axe, new_page
from tests.stage.people import overflow_px, sign_in
from tests.stage.town import Town
from tests.stage.waiting import until

pytestmark = pytest.mark.browser

WIDE_PX, NARROW_PX, HEIGHT_PX = 1280, 320, 800
SETTLE_S = 20.0

# A body of each kind of trouble, rules in force, a case with a leg in every state, and the code of one that was sent.
PREPARE = """
import json
from django.utils import timezone
from leeward.cases import leg_making, legs, responsible, routing
from leeward.cases.models import Body, Case
from leeward.core.models import User
from leeward.reports.models import Nature
at = timezone.now()
reviewer, senior = [User.objects.get(username=name) for name in ("reviewer", "second-reviewer")]
routing.go_live(routing.install("mongolia", by=senior, at=at), by=senior, at=at)
routing.install("uk", by=senior, at=at)
case = Case.objects.first()
def body(slug):
    profile = responsible.Profile("A very long name of a body " * 6, Body.Kind.HOTLINE, "any", ["any"], ["fraud"],
        "https://body.example/" + "folder/" * 20, "Their own page, " * 15)
    return responsible.keep_body(slug, profile, by=senior, at=at)
def leg(slug):
    return legs.refer(case, body(slug), by=reviewer, why="It is theirs by law. " * 12, legal_basis="Law 7, " * 20,
        fields=["case_ref", "matter"], at=at)
leg("held")
made = {slug: leg(slug) for slug in ("sent", "accepted", "done", "declined", "back")}
for one in made.values():
    legs.handed(one, by=senior, at=at)
legs.answer(made["accepted"], said=legs.Said.ACCEPTED, words="", at=at)
legs.answer(made["done"], said=legs.Said.DONE, words="It is gone. " * 30, at=at)
legs.answer(made["declined"], said=legs.Said.DECLINED, words="w" * 300, at=at)
legs.take_back(made["back"], by=senior, why="It was a mistake.", at=at)
legs.alarm(case, at=at)
responsible.add_webhook(body("sent"), url="https://body.example/" + "hook/" * 30, natures=["bullying"], by=senior, at=at)
row = routing.draft_rows("draft:uk")[0]
print(json.dumps([str(case.uid), str(row.uid), leg_making.code_of(made["sent"])]))
"""


@pytest.fixture(scope="module")
def prepared(town: Town) -> list[str]:
    """The case, a rule of a draft, and a code."""
    town.report("coffee")

    def is_settled() -> bool:
        return town.count("cases_case") == 1 and not town.count("core_delivery", where="state <> 'done'")

    until(is_settled, within_s=SETTLE_S, what="the report has its case")
    found: list[str] = json.loads(town.leeward.python(PREPARE).splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def senior(town: Town, browser: Browser) -> StorageState:
    with new_page(browser) as page:
        sign_in(page, town.url, username="second-reviewer", password=town.keys.password)
        return page.context.storage_state()


def faults(page: Page) -> list[str]:
    """Return what is wrong with the page that is open: wide and narrow, and in the dark."""
    found = []
    for width_px, is_dark in ((WIDE_PX, False), (NARROW_PX, False), (NARROW_PX, True)):
        page.set_viewport_size({"width": width_px, "height": HEIGHT_PX})
        page.emulate_media(color_scheme="dark" if is_dark else "light", reduced_motion="reduce")
        found += [f"{width_px} px, dark {is_dark}: {fault}" for fault in axe(page)]
        if px := overflow_px(page):
            found.append(f"{width_px} px: {px} px stick out")
    return found


PAGES = (
    "/desk/rules/",
    "/desk/rules/uk/",
    "/desk/rules/uk/add",
    "/desk/rules/uk/{1}/",
    "/desk/rules/uk/dry-run",
    "/desk/bodies/",
    "/desk/bodies/add",
    "/desk/bodies/sent/",
    "/desk/bodies/sent/change",
    "/desk/queues/",
    "/desk/cases/{0}/",
    "/desk/cases/{0}/refer",
    "/desk/cases/{0}/hand-over",
)
FORMS = ("/desk/rules/uk/add", "/desk/bodies/add", "/desk/bodies/sent/", "/desk/queues/", "/desk/cases/{0}/refer")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_fault(
    path: str, town: Town, browser: Browser, prepared: list[str], senior: StorageState
) -> None:
    with new_page(browser, cookies=senior) as page:
        page.goto(town.url + path.format(*prepared))

        assert faults(page) == []


@pytest.mark.parametrize("path", FORMS)
def test_a_form_that_was_filled_in_wrongly_has_no_fault(
    path: str, town: Town, browser: Browser, prepared: list[str], senior: StorageState
) -> None:
    with new_page(browser, cookies=senior) as page:
        page.goto(town.url + path.format(*prepared))
        page.locator("main form[novalidate] input:is([type=text], [type=email])").first.fill("no slug, no name")
        with page.expect_navigation():
            page.locator("main form[novalidate] .actions button").last.click()

        expect(page.locator(".notice--bad[autofocus]")).to_be_focused()
        assert faults(page) == []


def test_a_body_answers_on_a_phone(town: Town, browser: Browser, prepared: list[str]) -> None:
    with new_page(browser) as page:
        page.goto(f"{town.url}/legs/")
        assert faults(page) == []
        page.get_by_label("Your code").fill(prepared[2])
        page.keyboard.press("Enter")
        page.get_by_label("It is ours, and we look at it").check()
        assert faults(page) == []
        page.get_by_role("button", name="Send the answer").click()

        expect(page.locator("main").get_by_role("status")).to_contain_text("Your answer is with us")
        assert faults(page) == []


def test_a_draft_goes_live_after_a_dry_run(
    town: Town, browser: Browser, prepared: list[str], senior: StorageState
) -> None:
    with new_page(browser, cookies=senior) as page:
        page.goto(f"{town.url}/desk/rules/uk/")
        page.get_by_role("link", name="Try them dry").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Dry run")
        page.get_by_role("button", name="Put these rules in force").click()

        expect(page.get_by_text("These rules are in force now")).to_be_visible()

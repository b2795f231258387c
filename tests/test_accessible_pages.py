"""Every page that people see passes axe's rules for WCAG 2.2 AA, wide and narrow, and fits a phone.

Public pages in English, Arabic and Mongolian: a short script, one from right to left, and one with long words. The desk in
the first two.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, StorageState, expect

from leeward.reports import receipts
from tests.stage.browser import DESKTOP, axe, new_page
from tests.stage.people import look_up, overflow_px, sign_in
from tests.stage.provider import PHOTOS
from tests.stage.town import Town
from tests.stage.waiting import until

pytestmark = pytest.mark.browser

WIDE_PX, NARROW_PX, HEIGHT_PX = 1280, 320, 800
LOCALES = {"en": "en-GB", "ar": "ar", "mn": "mn"}
DESK_LANGUAGES = ("en", "ar")
CLOSED = "closed.example"
SETTLE_S = 20.0
STATES = ("open", "taken", "proposed", "declined", "decided", "reversed", "stays")

# A case in each state, one delivery that is owed for long and one that is parked, and what screening met, held and counted.
# Prints the address of each case's page.
PREPARE = """
import json
from datetime import timedelta
from django.urls import reverse
from django.utils import timezone
from leeward.cases import bulk, services
from leeward.cases.models import Case, Decision
from leeward.core.models import Delivery, Record, User
from leeward.indicators.models import Category
at = timezone.now()
reviewer, senior = [User.objects.get(username=name) for name in ("reviewer", "second-reviewer")]
cases = {case.subject.page_url.rpartition("/")[2]: case for case in Case.objects.select_related("subject")}
def judge(name, outcome, host=""):
    judgement = services.Judgement(outcome, Category.VIOLENCE, "Terms 4.2, " * 20, host)
    return services.judge(cases[name], judgement, by=reviewer, at=at)
services.take(cases["taken"], by=senior, at=at)
judge("proposed", Decision.Outcome.ILLEGAL, "a-rather-long-host-name-that-nobody-has-ever-seen.example")
services.decline(judge("declined", Decision.Outcome.ILLEGAL), by=senior, at=at)
services.agree(judge("decided", Decision.Outcome.ILLEGAL, "closed.example"), by=senior, at=at)
services.reverse(judge("reversed", Decision.Outcome.AGAINST_TERMS), by=senior, at=at)
kept = services.Judgement(Decision.Outcome.NO_VIOLATION, Category.OTHER, "Terms 4.2")
together = bulk.judge_many([cases["stays"]], kept, by=reviewer, at=at).bulk
from leeward.cases import deadlines, wellbeing
from leeward.cases.models import SecondLook
SecondLook.objects.create(decision=cases["stays"].decisions.get(), drawn_at=at)
wellbeing.seen(reviewer, seconds=3600, at=at)
deadlines.note_breaches(at + timedelta(days=2))
record = Record.objects.get(kind="cases.CaseOpened", facts__case_uid=str(cases["open"].uid))
for state, attempts, fault in (("parked", 12, "leeward.core.webhooks.NotTaken"), ("owed", 3, "httpx.ConnectError")):
    Delivery.objects.create(record=record, task="leeward.cases.actions.deliver_action", arguments={}, state=state,
        attempts=attempts, last_error=fault, lane="subject:1:endpoint:1", created_at=at, due_at=at + timedelta(days=1))
from leeward.reports import dialogue
dialogue.ask(cases["taken"].reports.get().report, "Which name was it? " * 20, by=reviewer, key="1", at=at)
dialogue.withdraw(cases["declined"].reports.get().report, at=at)
from leeward.core.models import Organisation
from leeward.indicators import services as indicators
from leeward.indicators.models import Kind
from leeward.reports.models import Report
from leeward.screening.models import Hold, Match, Tally
from leeward.exchange.intake.models import Received
from leeward.exchange.partners.models import Partner
teller = Partner.objects.filter(state="active").first()
for number, state in enumerate(("quarantine", "quarantine", "active", "withdrawn")):
    Received.objects.create(partner=teller, object_id=f"indicator--{number}", version_at=at, state=state, body=b"{}",
        kind="sha256", value=f"{number:064x}", category=Category.BULLYING, tlp="green", source=f"partner:told/{number}",
        received_at=at, met=1234)
harbour, some = Organisation.objects.get(slug="harbour"), [f"{number:064x}" for number in range(1, 60)]
wanted = [indicators.Sign(Kind.PDQ, value, Category.CSAM) for value in some]
wanted += [indicators.Sign(Kind.MD5, "0" * 32, Category.OTHER)]
signs = indicators.publish(wanted, source="partner:" + "long-name-" * 8, actor="user:1", at=at)
for number, sign in enumerate(signs):
    Match.objects.create(organisation=harbour, indicator=sign, answer=("known", "suspect")[number % 2],
        distance_bits=number % 32, orientation="rotated 90", is_trimmed=True, part=number % 5, sha256=some[number % 9],
        item_id="folder/" * 25, report_uid=Report.objects.first().uid if number % 3 else None, at=at)
for number, (answer, reason) in enumerate([("held", "truncated"), ("suspect", "opennsfw"), ("held", "made_up" * 11)]):
    for state, ended_at in (("held", None), ("released", at)):
        Hold.objects.create(organisation=harbour, sha256=some[2 * number + (state == "held")], item_id="folder/" * 25,
            answer=answer, reason=reason, state=state, held_at=at, ended_at=ended_at)
for back in range(48):
    hour = at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=back)
    for answer, count in (("clear", 10**6), ("known", 100 * back), ("held", back), ("suspect", 7)):
        Tally.objects.create(hour=hour, organisation=harbour, answer=answer, count=count)
pages = {name: reverse("cases:case", args=[case.uid]) for name, case in cases.items()}
print(json.dumps(pages | {"together": reverse("cases:bulk_judged", args=[together.uid])}))
"""

# What the operator of ages has set up: an area that a way opens and one that none does, ways that are on, off and missing,
# issuers in each state, a program, a service, a call that waits, figures and a law. Prints the address of each page with a number.
PREPARE_AGES = """
import json
from datetime import timedelta
from django.urls import reverse
from django.utils import timezone
from leeward.age import records, services, switches
from leeward.age.calls.models import Call, Desk
from leeward.age.effect import counts
from leeward.age.effect.models import Evidence, SignWeek
from leeward.age.issuers.models import Issuer, IssuerList
from leeward.age.levels import Kind, Level
from leeward.age.models import AgeRecord, AgeTransaction, OpenIdClient
from leeward.age.rules import services as rules
from leeward.age.rules.models import AgeRule
from leeward.age.upstream.models import Provider
from leeward.core.models import User
at, olga, long = timezone.now(), User.objects.get(username="administrator"), "a-rather-long-name." * 5
site = services.add_site(slug="forum", name="Harbour Forum", callback="https://forum.example/_age/back", at=at)
def area(slug, over, under, level):
    draft = services.RequirementDraft(slug, "A part with a rather long name", over, under, level, tuple(Kind))
    return services.require(site, draft, actor="system", at=at)
open_area = area("forum-adults", 18, None, Level.STANDARD)
area("forum-children", None, 13, Level.STRICT)
services.close(area("forum-closed", 16, None, Level.BASIC), actor="system", at=at)
records.take(AgeRecord.Source.SCHOOL, {"MADE-UP-CODE-7": 40}, actor="system", at=at)
switches.close("guardian", by=olga, at=at)
for state, source in (("waiting", "https://" + long + "example/"), ("trusted", ""), ("withdrawn", "")):
    followed = IssuerList.objects.create(form="mdoc", address=source, next_at=at, error="unreachable") if source else None
    Issuer.objects.create(form="mdoc", name="CN=" + long, certificate=b"x", fingerprint=state * 6, valid_until=at, state=state,
        source=followed, added_at=at, decided_by=None if source else olga, decided_at=None if source else at)
OpenIdClient.objects.create(site=site, client_id=long[:40], redirect_uri="https://forum.example/" + long, made_at=at)
doors = {door: "https://" + long + "example/" for door in ("issuer", "authorize_at", "token_at", "keys_at")}
Provider.objects.create(service="upstream", name="Examplia", client_id="us", secret="-", scopes="openid", claim="age_over_{age}",
    reading="yes_no", level=3, set_at=at, **doors)
Desk.objects.create(address="https://meet.example/{room}", open_until=at + timedelta(hours=1))
attempt = AgeTransaction.objects.create(requirement=open_area, method="call", browser=b"x", begun_at=at)
call = Call.objects.create(attempt=attempt, code="123456", room="x", starts_at=at)
asked = {"month": at.date().replace(day=1), "method": "screen", "age": 13, "side": "over", "drawn_share": 0.05}
for found, count in (("of_age", 180), ("not_of_age", 20), ("silent", 45)):
    Evidence.objects.create(**asked, was_let_in=True, found=found, count=count)
for sign in SignWeek.Sign:
    counts.sign(sign, at=at)
head = "country_code,country,digital_consent_age,law,year,valid_from,valid_to,majority_age,source" + chr(10)
rules.suggest(head + "DK,Denmark,15,An act,2024,2024-01-01,,18,https://law.example/dk" + chr(10), actor="system", at=at)
rules.confirm(AgeRule.objects.filter(country="DK").first(), by=olga, at=at)
pages = {"open area": reverse("age:requirement", args=[open_area.uid]), "a call": reverse("age_calls:one", args=[call.uid])}
print(json.dumps(pages | {"ask for an age": reverse("age:require", args=[site.uid])}))
"""


class Prepared:
    """The town with something to see on every page, and people who are signed in."""

    def __init__(self, town: Town, browser: Browser) -> None:
        self.town = town
        self.receipts = {name: self._report(name) for name in STATES}
        town.report("coffee")
        until(self._is_settled, within_s=SETTLE_S, what="each report has its case")
        self.cases: Mapping[str, str] = json.loads(town.leeward.python(PREPARE).splitlines()[-1])
        self.ages: Mapping[str, str] = json.loads(town.leeward.python(PREPARE_AGES).splitlines()[-1])
        until(self._is_closed, within_s=SETTLE_S, what="the name leads to the page that explains")
        people = ("reviewer", "second-reviewer", "administrator")
        self.cookies = {name: self._signed_in(browser, name) for name in people}

    def _report(self, name: str) -> str:
        words = f"What I saw: {'a very long story ' * 20} {'w' * 200}" if name == "open" else ""
        body = {"reason": "danger" if name == "open" else "bothers", "words": words}
        body["page_url"] = f"https://{'very-long-name.' * 8}bad.example/{'folder/' * 20}{name}"
        answer = httpx.post(f"{self.town.url}/api/v1/reports", json=body, timeout=30)
        return str(answer.raise_for_status().json()["receipt"])

    def _is_settled(self) -> bool:
        unfinished = self.town.count("core_delivery", where="state <> 'done'")
        return self.town.count("cases_case") == len(STATES) + 1 and not unfinished

    def _is_closed(self) -> bool:
        return "This page is closed" in httpx.get(f"{self.town.url}/door?name={CLOSED}", timeout=10).text

    def _signed_in(self, browser: Browser, username: str) -> StorageState:
        with new_page(browser) as page:
            sign_in(page, self.town.url, username=username, password=self.town.keys.password)
            return page.context.storage_state()


type Way = Callable[[Page, Prepared], None]
"""How somebody comes to a page."""


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


def at(path: str) -> Way:
    """Open a page by its address."""

    def way(page: Page, prepared: Prepared) -> None:
        page.goto(prepared.town.url + path)

    return way


def on_case(name: str) -> Way:
    """Open the page of the case in this state."""

    def way(page: Page, prepared: Prepared) -> None:
        page.goto(prepared.town.url + prepared.cases[name])

    return way


def about_ages(name: str) -> Way:
    """Open the page of ages of this name."""

    def way(page: Page, prepared: Prepared) -> None:
        page.goto(prepared.town.url + prepared.ages[name])

    return way


def with_faults(path: str) -> Way:
    """Send the last form of a page as it stands, with nothing filled in."""

    def way(page: Page, prepared: Prepared) -> None:
        at(path)(page, prepared)
        press_last(page)

    return way


def press_last(page: Page) -> None:
    """Press the button that ends the form of a page, in whatever language it speaks."""
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button").last.click()


NEXT = "main form .actions button:not([name])"


def asked(path: str, *presses: str) -> Way:
    """Answer the questions of the form: each press is a button, as `name=value`, or the one that goes on."""

    def way(page: Page, prepared: Prepared) -> None:
        at(path)(page, prepared)
        for one in presses:
            name, _, value = one.partition("=")
            with page.expect_navigation():
                page.locator(f"main button[name={name}][value={value}]" if value else one).first.click()

    return way


def picture_refused(page: Page, prepared: Prepared) -> None:
    asked(ABOUT, "reason=bothers", "nature=bullying", NEXT)(page, prepared)
    page.locator("input[type=file]").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"none"})
    with page.expect_navigation():
        page.locator(NEXT).click()


def followed(name: str) -> Way:
    """Look with the receipt of the report about the case in this state."""

    def way(page: Page, prepared: Prepared) -> None:
        at("/r/")(page, prepared)
        page.get_by_role("main").get_by_role("textbox").fill(prepared.receipts.get(name) or receipts.new())
        with page.expect_navigation():
            page.keyboard.press("Enter")

    return way


def login_with_faults(page: Page, prepared: Prepared) -> None:
    at("/account/login/")(page, prepared)
    page.locator("#id_login").fill("nobody")
    page.locator("#id_password").fill("nothing at all")
    press_last(page)


def form_without_cookie(page: Page, prepared: Prepared) -> None:
    at("/report/")(page, prepared)
    page.context.clear_cookies()
    with page.expect_navigation():
        # As without script, where the browser opens the answer as a page.
        page.locator("main form").first.evaluate("form => form.submit()")


def form_refused_in_place(page: Page, prepared: Prepared) -> None:
    at("/report/")(page, prepared)
    page.context.clear_cookies()
    page.locator("main button[name=reason]").first.click()
    expect(page.locator("#refused")).to_be_focused()


def explanation(name: str) -> Way:
    """Come to a closed name as somebody does whom the resolver led to this machine: the server's own answer under that name."""

    def way(page: Page, prepared: Prepared) -> None:
        def led_here(route: Route) -> None:
            here = route.request.url.replace(f"http://{name}", prepared.town.url)
            language = route.request.header_value("accept-language") or ""
            answer = httpx.get(here, headers={"Host": name, "Accept-Language": language}, timeout=10)
            kept = ("content-type", "content-security-policy")
            headers = {key: value for key, value in answer.headers.items() if key in kept}
            route.fulfill(status=answer.status_code, headers=headers, body=answer.content)

        page.route(f"http://{name}/**", led_here)
        page.goto(f"http://{name}/some/page")

    return way


def judged_with_faults(page: Page, prepared: Prepared) -> None:
    on_case("open")(page, prepared)
    form = page.get_by_role("radio").first.locator("xpath=ancestor::form")
    with page.expect_navigation():
        form.get_by_role("button").click()


def chosen_together(page: Page, prepared: Prepared) -> None:
    uids = [prepared.cases[name].split("/")[-2] for name in ("open", "taken", "decided")]
    page.goto(f"{prepared.town.url}/desk/bulk?" + "&".join(f"case={uid}" for uid in uids))


def chosen_together_with_faults(page: Page, prepared: Prepared) -> None:
    chosen_together(page, prepared)
    press_last(page)


def alike(page: Page, prepared: Prepared) -> None:
    page.goto(prepared.town.url + prepared.cases["coffee"] + "similar")


def keys_of_a_page(page: Page, prepared: Prepared) -> None:
    on_case("open")(page, prepared)
    page.keyboard.press("?")
    expect(page.locator("dialog[open] kbd").first).to_be_visible()


def searched(words: str) -> Way:
    """Look for cases by these words."""

    def way(page: Page, prepared: Prepared) -> None:
        at("/desk/search/")(page, prepared)
        page.get_by_role("main").get_by_role("textbox").fill(words)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    return way


def history_of(name: str) -> Way:
    """Open the history of the case in this state."""

    def way(page: Page, prepared: Prepared) -> None:
        page.goto(f"{prepared.town.url}{prepared.cases[name]}history/")

    return way


def note_with_faults(page: Page, prepared: Prepared) -> None:
    on_case("open")(page, prepared)
    with page.expect_navigation():
        page.locator("form[action$='/note'] button").click()


def end_of_hold(page: Page, prepared: Prepared) -> None:
    at("/screening/holds/")(page, prepared)
    with page.expect_navigation():
        page.locator("main a[href$='/refuse']").first.click()


def tried(page: Page, prepared: Prepared) -> None:
    at("/screening/try/")(page, prepared)
    page.locator("input[type=file]").set_input_files(PHOTOS / "coffee.jpg")
    press_last(page)


def tried_with_faults(page: Page, prepared: Prepared) -> None:
    at("/screening/try/")(page, prepared)
    press_last(page)


def rule_with_faults(page: Page, prepared: Prepared) -> None:
    at("/screening/rules/add")(page, prepared)
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button").click()


def draft_of_rules(page: Page, prepared: Prepared) -> None:
    at("/screening/rules/")(page, prepared)
    with page.expect_navigation():
        page.locator("button[value=remove]").last.click()


def sign_that_waits(page: Page, prepared: Prepared) -> None:
    at("/exchange/review/")(page, prepared)
    with page.expect_navigation():
        page.locator("main tbody a").first.click()


def partner_who_tells(page: Page, prepared: Prepared) -> None:
    at("/exchange/partners/")(page, prepared)
    with page.expect_navigation():
        page.locator("main tbody a").first.click()


def invited_with_faults(page: Page, prepared: Prepared) -> None:
    at("/exchange/partners/invite")(page, prepared)
    press_last(page)


ABOUT = "/report/?url=https://bad.example/again"
PUBLIC: dict[str, Way] = {
    "home": at("/"),
    "help": at("/h/"),
    "guidance": at("/report/how/"),
    "guidance, parent": at("/report/how/parent/"),
    "guidance, teacher": at("/report/how/teacher/"),
    "report": at("/report/"),
    "report, danger": asked("/report/", "reason=danger"),
    "report, what it is": asked(ABOUT, "reason=bothers"),
    "report, where": asked("/report/", "reason=bothers", "nature=bullying"),
    "report, where with faults": asked("/report/", "reason=bothers", "nature=bullying", NEXT),
    "report, words": asked(ABOUT, "reason=bothers", "nature=bullying"),
    "report, picture": asked(ABOUT, "reason=bothers", "nature=bullying", NEXT),
    "report, no picture": picture_refused,
    "report, never a picture": asked(ABOUT, "reason=scares", "nature=sexual_child", NEXT),
    "report, check": asked(ABOUT, "reason=bothers", "nature=bullying", NEXT, NEXT),
    "received": asked(ABOUT, "reason=bothers", "go=send"),
    "received, danger": asked(ABOUT, "reason=danger", NEXT, "go=send"),
    "follow": at("/r/"),
    "follow with a wrong code": followed("nobody"),
    "status, nothing decided": followed("open"),
    "status, acted on": followed("decided"),
    "status, undone": followed("reversed"),
    "status, a question": followed("taken"),
    "status, taken back": followed("declined"),
    "is it closed": at("/door"),
    "it is closed": at(f"/door?name={CLOSED}"),
    "it is not closed": at("/door?name=harmless.example"),
    "no name": at("/door?name=%20"),
    "explanation, closed": explanation(CLOSED),
    "explanation, not closed": explanation("harmless.example"),
    "sign in": at("/account/login/"),
    "sign in with faults": login_with_faults,
    "nothing here": at("/nowhere"),
    "form stood open too long": form_without_cookie,
    "form stood open too long, and stays": form_refused_in_place,
}
DESK: dict[str, Way] = {
    "desk": at("/desk/"),
    "case with evidence": on_case("coffee"),
    **{f"case, {name}": on_case(name) for name in STATES},
    "judged with faults": judged_with_faults,
    "late and grave": at("/desk/?soon=1&severity=0"),
    "nothing waits there": at("/desk/?queue=nobody-has-this-queue"),
    "keys of a page": keys_of_a_page,
    "keys": at("/desk/keys/"),
    "search": at("/desk/search/"),
    "search with faults": searched(""),
    "found": searched("very long story"),
    "nothing found": searched("nobodywrotethis"),
    "history": history_of("open"),
    "note with faults": note_with_faults,
    "cases like one": alike,
    "cases chosen together": chosen_together,
    "cases chosen together, with faults": chosen_together_with_faults,
    "cases decided together": on_case("together"),
    "refused": at("/operator/settings/"),
    "matches": at("/screening/"),
    "no match like that": at("/screening/?category=stalking"),
    "held uploads": at("/screening/holds/"),
    "end of a hold": end_of_hold,
    "plots": at("/screening/plots/"),
    "classifiers": at("/screening/models/"),
    "model card": at("/screening/models/opennsfw/"),
}
SENIOR: dict[str, Way] = {
    "case, proposed by another": on_case("proposed"),
    "case, may be reversed": on_case("decided"),
    "deliveries of the desk": at("/operator/deliveries/"),
    "wall": at("/desk/wall/"),
    "second looks": at("/desk/second-looks/"),
    "second look": at("/desk/second-looks/1/"),
}
OPERATOR: dict[str, Way] = {
    "deliveries": at("/operator/deliveries/"),
    "health": at("/operator/health/"),
    "settings": at("/operator/settings/"),
    "change password": at("/account/password/"),
    "second factor": at("/account/2fa/"),
    "sign out": at("/account/logout/"),
    "matches of the operator": at("/screening/"),
    "index": at("/screening/index/"),
    "exchange": at("/exchange/"),
    "signs that wait": at("/exchange/review/"),
    "a sign that waits": sign_that_waits,
    "partners": at("/exchange/partners/"),
    "a partner": partner_who_tells,
    "invite a partner": at("/exchange/partners/invite"),
    "invite a partner, with faults": invited_with_faults,
    "sharing": at("/exchange/sharing/"),
    "withdrawals": at("/exchange/withdrawals/"),
    "rules": at("/screening/rules/"),
    "rule": at("/screening/rules/1/change"),
    "rule with faults": rule_with_faults,
    "draft of rules": draft_of_rules,
    "try": at("/screening/try/"),
    "tried": tried,
    "tried with faults": tried_with_faults,
}
AGES: dict[str, Way] = {
    "ages": at("/age/operator/"),
    "ways to show an age": at("/age/operator/ways/"),
    "open area": about_ages("open area"),
    "ask for an age, with faults": lambda page, prepared: with_faults(prepared.ages["ask for an age"])(page, prepared),
    "a site, with faults": with_faults("/age/operator/sites/add"),
    "list of codes, with faults": with_faults("/age/operator/records/"),
    "issuers": at("/age/operator/issuers/"),
    "issuers, with faults": with_faults("/age/operator/issuers/"),
    "programs": at("/age/operator/openid/"),
    "services that are asked": at("/age/upstream/"),
    "a service, with faults": with_faults("/age/upstream/carrier/"),
    "calls about ages": at("/age/calls/"),
    "a call": about_ages("a call"),
    "effect": at("/age/effect/"),
    "rules by country": at("/age/rules/"),
}
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

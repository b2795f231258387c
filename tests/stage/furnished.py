"""A town with something to see on every page: cases, matches, partners, ages, and people who are signed in."""

from __future__ import annotations

import json
from collections.abc import Mapping

import httpx
from playwright.sync_api import Browser, StorageState

from tests.stage.browser import new_page
from tests.stage.people import sign_in
from tests.stage.town import Town
from tests.stage.waiting import until

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

"""The loop, told in one process through the doors that people and machines use: one report, protected everywhere, and back."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from leeward.cases.models import Case
from leeward.core import chain, config, facts, machines
from leeward.core.models import ApiKey, Chain, Delivery, Organisation, Record, User
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
from leeward.exchange.sharing import services as sharing
from leeward.exchange.taxii.api import COLLECTION_ID
from leeward.filtering import compiler, reading
from leeward.screening import index
from leeward.screening.tests.uploads import encoded, waves
from leeward.site import loop
from tests.stage.settling import Settle

OURS = "localhost:8000"
BAD_HOST = "bad.example"
JUDGED = {"outcome": "illegal", "category": "sextortion", "ground": "Penal code 7", "block_host": BAD_HOST}


ORIGINAL = encoded(waves(1), "PNG")
CHANGED_COPY = encoded(waves(1).resize((320, 240)), "JPEG", quality=70)


DECIDED = {
    "It was taken away.": "removed",
    "It stays. It does not break the rules.": "kept",
    "The decision was changed. It is back.": "restored",
}


@dataclasses.dataclass
class House:
    """Everybody's doors, and the two processes that follow the signs."""

    settle: Settle
    compiling: compiler.Compiler
    provider: Client
    partner: Client
    anybody: Client

    def goes_on(self) -> None:
        """Do what the worker, the sequencer and the compiler do by themselves."""
        self.settle()
        self.compiling.catch_up()

    def screened(self, data: bytes = CHANGED_COPY) -> str:
        return str(self.provider.post("/api/v1/screen", data, content_type="image/jpeg").json()["answer"])

    def page_under(self, host: str) -> int:
        return int(self.anybody.get("/", headers={"host": host}).status_code)

    def partner_sees(self) -> dict[str, list[bool]]:
        """Return the pattern of every indicator with, version by version, whether it is revoked."""
        answer = self.partner.get(f"/taxii2/api/collections/{COLLECTION_ID}/objects/?match[version]=all")
        assert answer.status_code == 200
        seen: dict[str, list[bool]] = {}
        for known in answer.json().get("objects", []):
            if known["type"] == "indicator":
                seen.setdefault(known["pattern"], []).append(known.get("revoked", False))
        return seen

    def told(self, code: str) -> list[str]:
        steps = self.anybody.post("/r/", {"code": code}).context["steps"]
        return [DECIDED[step.words] for step in steps if step.words in DECIDED]

    def reports(self, **fields: Any) -> str:
        answer = self.anybody.post("/api/v1/reports", {"reason": "scares"} | fields, content_type="application/json")
        assert answer.status_code == 201
        return str(answer.json()["receipt"])

    def adds_evidence(self, case: Case, data: bytes = ORIGINAL) -> None:
        answer = self.provider.post(f"/api/v1/cases/{case.uid}/evidence", data, content_type="image/png")
        assert answer.status_code == 201


@pytest.fixture
def house(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harbour: Organisation, settle: Settle
) -> Iterator[House]:
    current, at = config.current(), timezone.now()
    settings.LEEWARD = dataclasses.replace(current, server=dataclasses.replace(current.server, data_dir=tmp_path))
    monkeypatch.setattr(index, "_index", index.Index())
    beacon = Organisation.objects.create(slug="beacon", name="Beacon Hotline", kind=Organisation.Kind.HOTLINE)
    provider_key = machines.make_key(harbour, scopes=[ApiKey.Scope.SCREEN, ApiKey.Scope.EVIDENCE], at=at)
    partners.take_part(beacon, at=at, group=Partner.Group.HOTLINES)
    sharing.share_everything(at=at)
    partner_key = machines.make_key(beacon, scopes=[ApiKey.Scope.EXCHANGE], at=at)
    basic = base64.b64encode(f"beacon:{partner_key}".encode()).decode()
    accept = "application/taxii+json;version=2.1"
    house = House(
        settle=settle,
        compiling=compiler.Compiler(reading.table_path()),
        provider=Client(headers={"host": OURS, "authorization": f"Bearer {provider_key}"}),
        partner=Client(headers={"host": OURS, "authorization": f"Basic {basic}", "accept": accept}),
        anybody=Client(headers={"host": OURS}),
    )
    yield house
    house.compiling.close()


def at_the_desk(person: User) -> Client:
    browser = Client(headers={"host": OURS})
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def decided(case: Case, *, by: User, and_by: User) -> str:
    """Let two people decide a case on its pages, and return the decision's number."""
    at_the_desk(by).post(f"/desk/cases/{case.uid}/judge", JUDGED)
    decision = case.decisions.get(state="proposed")
    at_the_desk(and_by).post(f"/desk/decisions/{decision.uid}/agree")
    return str(decision.uid)


def test_one_report_protects_everywhere_and_one_reversal_lifts_all_of_it(
    house: House, cem: User, dan: User, sam: User
) -> None:
    code = house.reports(item={"provider": "harbour", "id": "photo-7"})
    house.goes_on()
    case = Case.objects.get()
    house.adds_evidence(case)
    house.goes_on()
    assert (house.screened(), house.page_under(BAD_HOST), house.partner_sees(), house.told(code)) == (
        "clear",
        200,
        {},
        [],
    )

    at_the_desk(cem).post(f"/desk/cases/{case.uid}/judge", JUDGED)
    house.goes_on()
    assert (house.screened(), house.page_under(BAD_HOST), house.partner_sees(), house.told(code)) == (
        "clear",
        200,
        {},
        [],
    )

    decision = case.decisions.get()
    at_the_desk(dan).post(f"/desk/decisions/{decision.uid}/agree")
    house.goes_on()
    assert (house.screened(), house.page_under(BAD_HOST), house.told(code)) == ("known", 403, ["removed"])
    seen = house.partner_sees()
    assert any(BAD_HOST in pattern for pattern in seen)
    assert len(seen) == 5  # Host name, look, and three digests.
    assert all(versions == [False] for versions in seen.values())

    at_the_desk(sam).post(f"/desk/decisions/{decision.uid}/reverse")
    house.goes_on()
    assert (house.screened(), house.page_under(BAD_HOST), house.told(code)) == ("clear", 200, ["removed", "restored"])
    assert all(versions == [False, True] for versions in house.partner_sees().values())
    assert Delivery.objects.exclude(state=Delivery.State.DONE).count() == 0


def test_evidence_that_comes_after_the_decision_protects_too(house: House, cem: User, dan: User) -> None:
    house.reports(item={"provider": "harbour", "id": "photo-7"})
    house.goes_on()
    case = Case.objects.get()
    decided(case, by=cem, and_by=dan)
    house.goes_on()
    before = house.screened()

    house.adds_evidence(case)
    house.goes_on()

    assert (before, house.screened()) == ("clear", "known")


def test_a_reversal_before_anything_followed_leaves_no_trace_of_protection(
    house: House, cem: User, dan: User, sam: User
) -> None:
    code = house.reports(item={"provider": "harbour", "id": "photo-7"})
    house.goes_on()
    case = Case.objects.get()
    house.adds_evidence(case)
    decision = decided(case, by=cem, and_by=dan)

    at_the_desk(sam).post(f"/desk/decisions/{decision}/reverse")
    house.goes_on()

    assert (house.screened(), house.page_under(BAD_HOST), house.partner_sees()) == ("clear", 200, {})
    assert house.told(code) == ["restored"]


def test_what_two_decisions_found_stays_away_until_both_are_reversed(
    house: House, cem: User, dan: User, sam: User
) -> None:
    for number in (1, 2):
        house.reports(page_url=f"https://{BAD_HOST}/{number}")
    house.goes_on()
    first, second = (decided(case, by=cem, and_by=dan) for case in Case.objects.order_by("pk"))
    house.goes_on()

    at_the_desk(sam).post(f"/desk/decisions/{first}/reverse")
    house.goes_on()
    after_one = house.page_under(BAD_HOST)
    at_the_desk(sam).post(f"/desk/decisions/{second}/reverse")
    house.goes_on()

    assert (after_one, house.page_under(BAD_HOST)) == (403, 200)


def test_a_process_that_starts_after_the_story_protects_alike(
    house: House, cem: User, dan: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.reports(item={"provider": "harbour", "id": "photo-7"})
    house.goes_on()
    case = Case.objects.get()
    house.adds_evidence(case)
    decided(case, by=cem, and_by=dan)
    house.goes_on()

    monkeypatch.setattr(index, "_index", index.Index())
    house.compiling.close()
    reading.table_path().unlink()
    house.compiling = compiler.Compiler(reading.table_path())

    assert (house.screened(), house.page_under(BAD_HOST)) == ("known", 403)


def test_the_record_of_the_story_is_whole_and_names_nobody(house: House, cem: User, dan: User, sam: User) -> None:
    house.reports(page_url="https://bad.example/photos/7", words="Words of Ana.")
    house.goes_on()
    decision = decided(Case.objects.get(), by=cem, and_by=dan)
    house.goes_on()
    at_the_desk(sam).post(f"/desk/decisions/{decision}/reverse")
    house.goes_on()

    records = list(Record.objects.order_by("position"))
    assert list(chain.flaws(records, head=Chain.objects.get())) == []
    written = json.dumps([[record.kind, record.facts, record.actor] for record in records])
    story = [
        "reports.ReportReceived",
        "cases.CaseOpened",
        "cases.DecisionProposed",
        "cases.DecisionConfirmed",
        "indicators.IndicatorsPublished",
        "reports.ReporterTold",
        "cases.DecisionReversed",
        "indicators.IndicatorsRevoked",
        "reports.ReporterTold",
    ]
    # What else is recorded beside it, such as clocks that were met, may stand anywhere between.
    assert [record.kind for record in records if record.kind in story] == story
    assert not [word for word in (BAD_HOST, "photos", "Ana", "cem", "dan", "sam") if word in written]


def test_the_loop_that_is_printed_names_every_reaction_and_every_follower() -> None:
    printed = io.StringIO()

    call_command("loop", stdout=printed)

    lines = printed.getvalue().splitlines()
    for fact, reactions in facts.followed().items():
        start = lines.index(f"When {facts.kind_of(fact)}:")
        said = lines[start + 1 : start + 1 + len(reactions)]
        assert said == [f"  - {reaction.words}" for reaction in reactions]
    for follows in loop.FOLLOWERS.values():
        assert {f"  - {words}" for words in follows} <= set(lines)
    assert any("expire" in line for line in lines)


def test_every_reaction_is_stated_once_with_words_of_its_own() -> None:
    assert {facts.kind_of(fact) for fact in facts.followed()} == {
        "birthdays.BirthdayCrossed",
        "birthdays.BirthdaySaid",
        "cases.ActionAnswered",
        "cases.ActionDelivered",
        "cases.ActionOwedAgain",
        "cases.AppealAnswered",
        "cases.CaseHandedOver",
        "cases.CaseOpened",
        "cases.DecisionConfirmed",
        "cases.DecisionReversed",
        "cases.EvidenceAdded",
        "cases.EvidenceDescribed",
        "cases.LegBreached",
        "cases.LegMoved",
        "cases.NoteAdded",
        "cases.StatementMade",
        "families.ChildRemoved",
        "families.GuardianJoined",
        "families.GuardianLeft",
        "helplines.EscalationMade",
        "helplines.TalkErased",
        "indicators.IndicatorsExpired",
        "indicators.IndicatorsPublished",
        "indicators.IndicatorsRevoked",
        "permission.LinkFrozen",
        "permission.LinkSettled",
        "permission.PermissionGranted",
        "permission.PermissionRevoked",
        "reports.ContextAdded",
        "reports.ReportReceived",
        "reports.ReporterAsked",
        "reports.ReporterComplained",
        "reports.ReporterSaid",
        "reports.ReporterTold",
        "rules.PermitsChanged",
        "screening.HoldEnded",
    }
    for reactions in facts.followed().values():
        words = [reaction.words for reaction in reactions]
        assert all(words)
        assert len(set(words)) == len(words)

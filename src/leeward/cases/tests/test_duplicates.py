"""Many people report the same thing: it is one case with one decision, and each of them reads what was done."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from leeward.cases import services as cases
from leeward.cases.models import Case, CaseReport
from leeward.cases.tests.desk import AGAINST_TERMS, AT, HOST
from leeward.core.models import Delivery, Organisation, User
from leeward.reports import reputation
from leeward.reports.models import Outcome, Report
from leeward.reports.tests import knocks
from tests.stage.settling import Settle

MANY = 50
ITEM = {"provider": "harbour", "id": "photo-7"}
SCHOOL = "192.0.2.9"
REMOVED = "It was taken away"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_has_knocked(harbour: Organisation) -> None:
    knocks.forget()


def sent(*, address: str = "127.0.0.1", item: dict[str, str] = ITEM, reason: str = "scares") -> str:
    """Send what the button sends, from a network address, and return the receipt."""
    answer = Client(headers={"host": HOST}, REMOTE_ADDR=address).post(
        "/api/v1/reports",
        {"reason": reason, "item": item, "page_url": f"https://bad.example/{item['id']}"},
        content_type="application/json",
        headers={"idempotency-key": str(uuid.uuid4())},
    )
    assert answer.status_code == 201
    return str(answer.json()["receipt"])


def page_of(code: str) -> str:
    """Return what somebody reads who comes back with a code and nothing else."""
    answer: Any = Client(headers={"host": HOST}).post("/r/", {"code": code}, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def address_of(number: int) -> str:
    """Return an address in a network of its own."""
    return f"198.51.{number}.7"


def test_fifty_reports_of_one_item_are_one_case_and_each_reporter_reads_the_outcome(cem: User, settle: Settle) -> None:
    codes = [sent(address=address_of(number)) for number in range(MANY)]
    settle()
    case = Case.objects.get()
    before = [REMOVED in page_of(code) for code in codes]

    cases.judge(case, AGAINST_TERMS, by=cem, at=AT)
    settle()

    assert CaseReport.objects.filter(case=case).count() == len(set(codes)) == MANY
    assert before == [False] * MANY
    assert [REMOVED in page_of(code) for code in codes] == [True] * MANY
    assert Outcome.objects.filter(kind=Outcome.Kind.REMOVED).count() == MANY
    assert Delivery.objects.exclude(state=Delivery.State.DONE).count() == 0


def test_the_one_who_comes_after_the_decision_reads_it_too_and_others_are_not_told_again(
    cem: User, settle: Settle
) -> None:
    early = sent()
    settle()
    cases.judge(Case.objects.get(), AGAINST_TERMS, by=cem, at=AT)
    settle()

    late = sent(address=address_of(1))
    settle()

    assert REMOVED in page_of(late)
    assert page_of(early).count(REMOVED) == 1
    assert Case.objects.count() == 1


def test_other_items_are_other_cases(settle: Settle) -> None:
    for name in ("photo-1", "photo-2", "photo-3"):
        sent(item=ITEM | {"id": name})
    settle()

    assert Case.objects.count() == 3


@pytest.fixture
def misused(settle: Settle) -> None:
    """The button was misused from the school until its reports are doubted."""
    for number in range(reputation.DOUBTED_FROM):
        sent(address=SCHOOL, item=ITEM | {"id": f"nothing-{number}"})
    for report in Report.objects.all():
        reputation.note_misuse(report, at=report.received_at)
    settle()


@pytest.mark.usefixtures("misused")
def test_a_place_that_misused_the_button_is_still_heard_and_comes_later(settle: Settle) -> None:
    code = sent(address=SCHOOL, item=ITEM | {"id": "photo-8"})
    sent(address=address_of(2), item=ITEM | {"id": "photo-9"})
    settle()

    doubted, other = (Case.objects.get(subject__item_id=name) for name in ("photo-8", "photo-9"))
    assert (doubted.priority, other.priority) == (-1, 0)
    assert (doubted.state, doubted.severity) == (other.state, other.severity)
    assert "We have it" in page_of(code)


@pytest.mark.usefixtures("misused")
def test_the_misuse_is_told_to_nobody_who_reports_from_there(settle: Settle) -> None:
    doubted, other = sent(address=SCHOOL), sent(address=address_of(2))
    settle()

    assert steps_on(page_of(doubted)) == steps_on(page_of(other))


def steps_on(page: str) -> list[str]:
    """Return what a status page says of each step."""
    return re.findall(r"<strong>(.*?)</strong>", page)


@pytest.mark.usefixtures("misused")
def test_a_child_in_danger_is_heard_within_the_hour_from_there_as_well(settle: Settle) -> None:
    sent(address=SCHOOL, item=ITEM | {"id": "photo-8"}, reason="danger")
    settle()

    case, report = Case.objects.get(subject__item_id="photo-8"), Report.objects.get(item_id="photo-8")
    assert (case.severity, case.due_at - report.received_at) == (0, timedelta(hours=1))


@pytest.mark.usefixtures("misused")
def test_the_doubt_ends_when_somebody_else_reports_the_same(settle: Settle) -> None:
    sent(address=SCHOOL)
    settle()
    before = Case.objects.get(subject__item_id=ITEM["id"]).priority

    sent(address=address_of(3))
    settle()

    assert (before, Case.objects.get(subject__item_id=ITEM["id"]).priority) == (-1, 0)

"""A code shows what became of its report; a wrong one shows nothing, not even whether it exists."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from leeward.core.models import Record
from leeward.reports import receipts
from leeward.reports import services as reports
from leeward.reports.models import Outcome
from leeward.reports.tests.ana import AT, Answer, code_of, draft

pytestmark = pytest.mark.django_db


def follow(client: Client, code: str) -> Answer:
    return client.post("/r/", {"code": code})


def words_of(answer: Answer, *, typed: str) -> str:
    """Return the page without what differs on every page: the guard against forgery and what was typed."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    return page.replace(f'value="{typed}"', "")


def test_a_code_shows_its_report_and_that_nothing_is_decided_yet(client: Client) -> None:
    receipt = reports.receive(draft(words="Only for the desk."), at=AT)

    answer = follow(client, receipts.grouped(receipt.code))

    assert answer.status_code == 200
    assert answer.context["report"] == receipt.report
    assert "no-store" in answer["Cache-Control"]
    assert "Only for the desk." not in answer.content.decode()


def test_a_code_shows_every_outcome_in_order(client: Client) -> None:
    receipt = reports.receive(draft(), at=AT)
    reports.tell(receipt.report, kind=Outcome.Kind.REMOVED, decision="1", at=AT)
    reports.tell(receipt.report, kind=Outcome.Kind.RESTORED, decision="1", at=AT)

    page = follow(client, receipt.code).content.decode()

    assert page.index("It was taken away") < page.index("The decision was changed and it is back")


def test_arabic_indic_digits_open_the_same_report(client: Client) -> None:
    receipt = reports.receive(draft(), at=AT)

    answer = follow(client, receipt.code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))

    assert answer.status_code == 200


def test_a_slip_and_a_code_that_nobody_has_are_answered_alike(client: Client) -> None:
    receipt = reports.receive(draft(), at=AT)
    slip = str((int(receipt.code[0]) + 1) % 10) + receipt.code[1:]
    nobodys = code_of((int(receipt.code[:14]) + 1) % 10**14)

    answers = {typed: follow(client, typed) for typed in (slip, nobodys, "1234", "hello")}

    assert {answer.status_code for answer in answers.values()} == {422}
    assert len({words_of(answer, typed=typed) for typed, answer in answers.items()}) == 1
    assert all("We do not know this code" in answer.content.decode() for answer in answers.values())


def test_no_code_asks_for_one(client: Client) -> None:
    answer = follow(client, "")

    assert answer.status_code == 422
    assert "Type the 16 numbers" in answer.content.decode()


def test_a_code_is_not_taken_from_the_address_line(client: Client) -> None:
    receipt = reports.receive(draft(), at=AT)

    answer = client.get("/r/", {"code": receipt.code})

    assert "report" not in answer.context
    assert receipt.code not in answer.content.decode()


def test_telling_twice_adds_nothing() -> None:
    report = reports.receive(draft(), at=AT).report

    first = reports.tell(report, kind=Outcome.Kind.KEPT, decision="1", at=AT)
    again = reports.tell(report, kind=Outcome.Kind.KEPT, decision="1", at=AT)

    assert (first, again) == (True, False)
    assert report.outcomes.count() == 1
    assert Record.objects.filter(kind="reports.ReporterTold").count() == 1

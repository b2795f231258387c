"""The button keeps answers under a code and then sends the whole report: one report, under that code."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leeward.reports import halves, receipts, services
from leeward.reports.models import HalfReport, Report

pytestmark = pytest.mark.django_db
ADDRESS = "https://bad.example/photos/17"


def post(client: Client, path: str, *, key: str = "", **fields: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(path, json.dumps(fields), content_type="application/json", headers=headers)


@pytest.fixture
def code(client: Client) -> str:
    answer = post(client, "/api/v1/reports/half", reason="bothers", page_url=ADDRESS)
    return str(answer.json()["code"])


def test_the_report_has_the_code_of_its_answers_and_there_is_one_report(client: Client, code: str) -> None:
    key = str(uuid.uuid4())
    sent = [post(client, "/api/v1/reports", key=key, reason="bothers", page_url=ADDRESS, code=code) for _ in range(2)]

    assert [answer.status_code for answer in sent] == [201, 200]
    assert {receipts.read(answer.json()["receipt"]) for answer in sent} == {code}
    halves.end_old(timezone.now() + timedelta(days=2))
    assert (Report.objects.count(), HalfReport.objects.count()) == (1, 0)
    assert services.follow(code) == Report.objects.get()


def test_a_code_of_another_report_gives_a_new_one_and_says_nothing(client: Client, code: str) -> None:
    first = post(client, "/api/v1/reports", key=str(uuid.uuid4()), reason="bothers", page_url=ADDRESS, code=code)
    other = post(client, "/api/v1/reports", key=str(uuid.uuid4()), reason="scares", page_url=ADDRESS, code=code)
    keyless = post(client, "/api/v1/reports", reason="scares", page_url=ADDRESS, code=code)

    assert [answer.status_code for answer in (first, other, keyless)] == [201, 201, 201]
    assert len({answer.json()["receipt"] for answer in (first, other, keyless)}) == 3


def test_what_is_no_code_is_refused(client: Client) -> None:
    answer = post(client, "/api/v1/reports", reason="bothers", page_url=ADDRESS, code="1234")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "code"

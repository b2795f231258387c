"""The button keeps what was answered until now, and learns nothing of what others keep."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from leeward.core import config
from leeward.core.models import Organisation
from leeward.reports import halves, receipts
from leeward.reports.models import Channel, HalfReport, Nature, Reason
from leeward.reports.services import Item
from leeward.reports.tests.ana import AT, DOOR, PAGE, Answer, body, code_of, stored

pytestmark = pytest.mark.django_db

HALF = "/api/v1/reports/half"


def keep(client: Client, **fields: Any) -> Answer:
    return client.post(HALF, fields, content_type="application/json")


def kept(code: str) -> halves.Answers:
    answers = halves.read(code, at=HalfReport.objects.latest("changed_at").changed_at)
    assert answers is not None
    return answers


def test_answers_come_one_by_one_and_stand_together(client: Client, harbour: Organisation) -> None:
    code = keep(client, reason="scares", language="fr").json()["code"]
    keep(client, code=code, nature="violence", band="6-9")
    keep(client, code=code, page_url=PAGE, item={"provider": "harbour", "id": "7", "kind": "photo"})
    answer = keep(client, code=code, words="It scares me.", item=None)

    assert answer.json() == {"code": code}
    assert (kept(code).reason, kept(code).nature, kept(code).band) == (Reason.SCARES, Nature.VIOLENCE, "6-9")
    assert (kept(code).page_url, kept(code).item) == (PAGE, Item("harbour", "7", "photo"))
    assert (kept(code).words, kept(code).language, kept(code).channel) == ("It scares me.", "fr", Channel.BUTTON)
    assert HalfReport.objects.count() == 1
    assert stored() == 0


def test_what_was_written_can_be_taken_back(client: Client) -> None:
    code = keep(client, words="It scares me.").json()["code"]

    keep(client, code=code, words="")

    assert kept(code).words == ""


def test_the_code_may_be_written_in_groups(client: Client) -> None:
    code = keep(client, reason="scares").json()["code"]

    assert keep(client, code=receipts.grouped(code), words="More.").json() == {"code": code}


def test_no_answer_tells_whether_somebody_has_begun_or_sent_under_a_code(client: Client) -> None:
    begun = halves.keep(None, halves.Answers(reason=Reason.DANGER, words="A secret."), at=AT)
    sent = halves.keep(None, halves.Answers(reason=Reason.SCARES, page_url=PAGE), at=AT)
    halves.finish(sent, at=AT)

    answers = [keep(client, code=code, reason="scares") for code in (begun, sent, code_of(7))]

    assert {answer.status_code for answer in answers} == {200}
    assert [answer.json() for answer in answers] == [{"code": begun}, {"code": sent}, {"code": code_of(7)}]


def test_nothing_that_is_kept_can_be_asked_for(client: Client) -> None:
    code = keep(client, words="A secret.").json()["code"]

    assert client.get(HALF, {"code": code}).status_code == 405


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"code": "1234"}, "code"),
        ({"code": "1234 5678 9012 3456"}, "code"),
        ({"reason": "bored"}, "reason"),
        ({"nature": "bored"}, "nature"),
        ({"band": "3-5"}, "band"),
        ({"words": "a\x00b"}, "words"),
        ({"words": "x" * 4001}, "words"),
        ({"page_url": "x" * 2049}, "page_url"),
        ({"item": {"provider": "nobody", "id": "7"}}, "item.provider"),
        ({"item": {"provider": "nobody"}}, "item.id"),
        ({"pictures": []}, "pictures"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(client: Client, fields: dict[str, Any], named: str) -> None:
    answer = keep(client, **fields)

    assert answer.status_code == 422
    assert [fault["field"].removeprefix("body.") for fault in answer.json()["errors"]] == [named]
    assert not HalfReport.objects.exists()


@pytest.mark.parametrize("body", ["[]", "null", '{"reason"', '{"reason": "scares"} more'])
def test_what_is_no_object_is_refused(client: Client, body: str) -> None:
    answer = client.post(HALF, body, content_type="application/json")

    assert answer.status_code in {400, 422}
    assert answer["Content-Type"] == "application/problem+json"
    assert not HalfReport.objects.exists()


def test_only_json_is_taken(client: Client) -> None:
    assert client.post(HALF, {"reason": "scares"}).status_code == 415


def test_a_page_of_another_site_may_send_answers_and_no_cookie_comes_back(client: Client) -> None:
    answer = keep(client, reason="scares")

    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies
    assert client.options(HALF).status_code == 204


def test_an_answer_that_comes_after_the_report_begins_nothing(client: Client) -> None:
    code = halves.keep(None, halves.Answers(reason=Reason.SCARES, page_url=PAGE), at=AT)
    halves.finish(code, at=AT)

    assert keep(client, code=code, words="On its way.").json() == {"code": code}

    assert not HalfReport.objects.exists()


def test_one_network_cannot_fill_the_place(client: Client) -> None:
    limit = 10 * config.current().server.reports_per_minute

    answers = [keep(client, words="Half a sen") for _ in range(limit + 3)]

    assert {answer.status_code for answer in answers[:limit]} == {200}
    assert {answer.status_code for answer in answers[limit:]} == {429}
    assert int(answers[limit]["Retry-After"]) > 0
    assert HalfReport.objects.count() == limit


def send(client: Client, key: str, **fields: Any) -> Answer:
    headers = {"idempotency-key": key}
    return client.post(DOOR, body(**fields), content_type="application/json", headers=headers)


def test_the_whole_report_takes_the_code_of_its_half_and_the_place_of_it(client: Client) -> None:
    code, key = keep(client, reason="scares", page_url=PAGE).json()["code"], str(uuid.uuid4())

    first, again = send(client, key, code=code), send(client, key, code=code)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["receipt"] == again.json()["receipt"] == receipts.grouped(code)
    assert stored() == 1
    assert not HalfReport.objects.exists()


def test_a_code_under_which_nothing_is_kept_gives_way_to_a_fresh_one_whoever_has_it(client: Client) -> None:
    sent = halves.keep(None, halves.Answers(reason=Reason.SCARES, page_url=PAGE), at=AT)
    halves.finish(sent, at=AT)

    for code in (sent, code_of(7)):
        key = str(uuid.uuid4())
        first, again = send(client, key, code=code), send(client, key, code=code)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["receipt"] == again.json()["receipt"] != receipts.grouped(code)
    assert stored() == 3


def test_a_slip_in_the_code_of_a_whole_report_is_named(client: Client) -> None:
    answer = send(client, str(uuid.uuid4()), code="1234")

    assert [fault["field"] for fault in answer.json()["errors"]] == ["code"]
    assert stored() == 0

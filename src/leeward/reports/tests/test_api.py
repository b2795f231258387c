"""The door of machines: a receipt for what is right, a problem document for what is not."""

from __future__ import annotations

import dataclasses
import json
import uuid
from typing import Any

import pytest
from django.test import Client

from leeward.core import config
from leeward.core.models import Organisation, Record
from leeward.reports import receipts
from leeward.reports import services as reports
from leeward.reports.models import Channel, Report
from leeward.reports.tests.ana import DOOR, HOST, Answer, body, stored

pytestmark = pytest.mark.django_db


def send(client: Client, data: Any, **headers: str) -> Answer:
    return client.post(DOOR, data, content_type="application/json", headers=headers)


def assert_problem(answer: Answer, *, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = json.loads(answer.content)
    assert document["status"] == status
    assert document["title"]
    assert len(document["detail"].split()) > 3
    return document


def test_anybody_may_report_and_leaves_with_a_receipt(client: Client) -> None:
    answer = send(client, body(words="It scares me."))

    assert answer.status_code == 201
    given = answer.json()
    report = Report.objects.get()
    assert reports.follow(given["receipt"]) == report
    assert given["receipt"] == receipts.grouped(receipts.read(given["receipt"]))
    assert given["status_url"] == "http://localhost:8000/r/"
    assert (report.channel, report.words) == (Channel.BUTTON, "It scares me.")


def test_a_reporter_is_given_no_cookie(client: Client) -> None:
    answer = send(client, body())

    assert not answer.cookies


def test_a_key_of_a_machine_is_neither_needed_nor_harmful(client: Client) -> None:
    assert send(client, body(), authorization="Bearer nonsense").status_code == 201


def test_an_item_of_a_provider_is_taken_without_an_address(client: Client, harbour: Organisation) -> None:
    item = {"provider": "harbour", "id": "photo-7", "kind": "photo", "author_id": "author-3"}

    answer = send(client, {"reason": "danger", "item": item})

    assert answer.status_code == 201
    report = Report.objects.get()
    assert (report.provider, report.item_id, report.page_url) == (harbour, "photo-7", "")


def test_null_means_left_out(client: Client) -> None:
    answer = send(client, body(item=None, words=None, language=None))

    assert answer.status_code == 201
    assert Report.objects.get().language == "en"


def test_the_same_key_gives_the_same_receipt_with_200(client: Client) -> None:
    key = str(uuid.uuid4())
    first = send(client, body(), **{"idempotency-key": key})

    again = send(client, body(), **{"idempotency-key": key.upper()})

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert stored() == 1


def test_the_same_key_with_another_body_is_refused_with_409(client: Client) -> None:
    key = str(uuid.uuid4())
    send(client, body(), **{"idempotency-key": key})

    answer = send(client, body(words="Something else."), **{"idempotency-key": key})

    document = assert_problem(answer, status=409)
    assert document["errors"][0]["field"] == "Idempotency-Key"
    assert stored() == 1


def test_a_key_that_is_no_uuid_is_refused(client: Client) -> None:
    assert_problem(send(client, body(), **{"idempotency-key": "again"}), status=422)
    assert stored() == 0


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"extra": 1}, "extra"),
        ({"reason": "bored"}, "reason"),
        ({"reason": None}, "reason"),
        ({"words": "x" * 4001}, "words"),
        ({"words": "a\x00b"}, "words"),
        ({"words": "a\x1b[2Jb"}, "words"),
        ({"words": 7}, "words"),
        ({"page_url": "https://bad.example/" + "x" * 2048}, "page_url"),
        ({"language": "en; drop"}, "language"),
        ({"item": {"provider": "harbour"}}, "id"),
        ({"item": {"provider": "harbour", "id": ""}}, "id"),
        ({"item": {"provider": "harbour", "id": "7\n"}}, "id"),
        ({"item": {"provider": "harbour", "id": "7" * 201}}, "id"),
        ({"item": {"provider": "harbour", "id": "7", "extra": 1}}, "extra"),
        ({"item": {"provider": "nobody", "id": "7"}}, "provider"),
        ({"page_url": "", "item": None}, "page_url"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(
    client: Client, harbour: Organisation, fields: dict[str, Any], at_fault: str
) -> None:
    answer = send(client, body(**fields))

    document = assert_problem(answer, status=422)
    [fault] = document["errors"]
    assert fault["field"].rpartition(".")[2] == at_fault
    assert fault["problem"]
    assert stored() == Record.objects.count() == 0


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"null", 422),
        (b"[]", 422),
        (b"{", 400),
        (b'{"reason": "scares", "page_url": "https://bad.example/\xff\xfe"}', 400),
        (b'{"reason": "scares", "page_url": "https://bad.example/\\ud800"}', 422),
        (b'{"reason": "scares", "page_url": "https://bad.example/", "words": "\\udfff"}', 422),
        (b'{"reason": NaN}', 422),
        (b"[" * 100_000, 400),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_and_nothing_is_stored(client: Client, data: bytes, status: int) -> None:
    assert_problem(send(client, data), status=status)
    assert stored() == 0


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"]
)
def test_another_media_type_is_refused_with_415(client: Client, media_type: str) -> None:
    answer = client.generic("POST", DOOR, json.dumps(body()), content_type=media_type)

    assert_problem(answer, status=415)
    assert stored() == 0


def test_no_body_at_all_is_refused(client: Client) -> None:
    assert_problem(client.generic("POST", DOOR), status=415)
    assert_problem(client.generic("POST", DOOR, " ", content_type="application/json"), status=400)
    assert stored() == 0


def test_json_with_a_charset_is_json(client: Client) -> None:
    answer = client.generic("POST", DOOR, json.dumps(body()), content_type="application/json; charset=utf-8")

    assert answer.status_code == 201


def test_a_huge_body_is_refused_before_it_is_read(client: Client) -> None:
    answer = send(client, body(), **{"content-length": str(config.current().server.max_body_bytes + 1)})

    assert_problem(answer, status=413)
    assert stored() == 0


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_the_door_takes_reports_only(client: Client, method: str) -> None:
    answer = client.generic(method, DOOR)

    assert_problem(answer, status=405)
    assert answer["Allow"] == "POST"


def test_who_knocks_too_often_is_asked_to_wait(client: Client, settings: Any) -> None:
    limit = config.current().server.reports_per_minute

    answers = [send(client, body(words=str(number))) for number in range(limit + 1)]

    assert {answer.status_code for answer in answers[:limit]} == {201}
    assert_problem(answers[-1], status=429)
    assert stored() == limit


def test_a_made_up_forwarding_header_gives_nobody_a_count_of_his_own(client: Client) -> None:
    limit = config.current().server.reports_per_minute

    answers = [send(client, {}, **{"x-forwarded-for": f"192.0.2.{number}"}) for number in range(limit + 1)]

    assert answers[-1].status_code == 429


def test_behind_a_proxy_of_ours_each_visitor_has_a_count_of_his_own(settings: Any) -> None:
    current = config.current()
    settings.LEEWARD = dataclasses.replace(current, server=dataclasses.replace(current.server, trusted_proxies=1))
    limit = current.server.reports_per_minute
    busy = Client(headers={"host": HOST, "x-forwarded-for": "192.0.2.1"})
    other = Client(headers={"host": HOST, "x-forwarded-for": "192.0.2.2"})

    statuses = [send(busy, {}).status_code for _ in range(limit + 1)]

    assert statuses[-1] == 429
    assert send(other, {}).status_code == 422

"""The door of machines: a receipt for what is right, a problem document for what is not."""

from __future__ import annotations

import base64
import dataclasses
import json
import uuid
from typing import Any

import pytest
from django.test import Client

from leeward.core import blobs, config
from leeward.core.models import Blob, Organisation, Record
from leeward.engines import proofs
from leeward.reports import receipts
from leeward.reports import services as reports
from leeward.reports.models import Attachment, Channel, Report
from leeward.reports.tests.ana import DOOR, HOST, Answer, body, drawn_picture, stored

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


def knock_until_asked(client: Client, data: Any) -> tuple[int, dict[str, Any]]:
    """Send the same again until work is asked for; return how many were let in, and what is asked."""
    # The count slides with the clock, so around the turn of a minute one more than the limit may be let in.
    for number in range(2 * config.current().server.reports_per_minute):
        answer = send(client, data)
        if answer.status_code == 429:
            return number, assert_problem(answer, status=429)
    raise AssertionError("nobody asked for work")


def test_who_sends_very_much_is_asked_to_work_and_let_in_then(client: Client) -> None:
    let_in, asked = knock_until_asked(client, body())
    assert let_in >= config.current().server.reports_per_minute
    assert stored() == let_in

    answer = send(client, body(), **{"leeward-proof": proofs.solve(asked["challenge"], bits=asked["bits"])})

    assert answer.status_code == 201


def test_a_made_up_proof_is_no_proof(client: Client) -> None:
    knock_until_asked(client, {})

    answer = send(client, body(), **{"leeward-proof": "made up:7"})

    assert_problem(answer, status=429)
    assert stored() == 0


def test_a_made_up_forwarding_header_gives_nobody_a_count_of_his_own(client: Client) -> None:
    knock_until_asked(client, {})

    answer = send(client, {}, **{"x-forwarded-for": "198.51.100.7"})

    assert answer.status_code == 429


def test_behind_a_proxy_of_ours_each_network_has_a_count_of_its_own(settings: Any) -> None:
    current = config.current()
    settings.LEEWARD = dataclasses.replace(current, server=dataclasses.replace(current.server, trusted_proxies=1))
    busy = Client(headers={"host": HOST, "x-forwarded-for": "192.0.2.1"})
    other = Client(headers={"host": HOST, "x-forwarded-for": "198.51.100.2"})

    knock_until_asked(busy, {})

    assert send(other, {}).status_code == 422


def test_everything_that_the_button_knows_is_kept(client: Client, harbour: Organisation) -> None:
    actions = [{"at": "2026-11-22T08:30:00Z", "what": "click", "where": "button.like"}]
    surroundings = {"time_zone": "Asia/Ulaanbaatar", "browser": "Firefox 140", "seen_at": "2026-11-22T08:30:01Z"}
    item = {"provider": "harbour", "id": "m-7", "kind": "message", "author_id": "a-3", "conversation_id": "c-1"}

    answer = send(
        client,
        body(nature="bullying", band="10-12", item=item, surroundings={**surroundings, "actions": actions}),
    )

    assert answer.status_code == 201
    report = Report.objects.get()
    assert (report.nature, report.band, report.conversation_id) == ("bullying", "10-12", "c-1")
    assert report.surroundings == {**surroundings, "actions": actions}
    assert report.sender is None
    assert report.place is not None


def picture(data: bytes | None = None, kind: str = "picture") -> dict[str, str]:
    return {"kind": kind, "data": base64.b64encode(drawn_picture() if data is None else data).decode()}


def test_pictures_are_sealed_as_they_came(client: Client) -> None:
    answer = send(client, body(pictures=[picture(), picture(drawn_picture() + b"end", "capture")]))

    assert answer.status_code == 201
    first, second = Attachment.objects.order_by("pk")
    assert (first.kind, second.kind) == ("picture", "capture")
    assert blobs.unseal(first.blob) == drawn_picture()
    assert blobs.unseal(second.blob) == drawn_picture() + b"end"
    assert first.blob.media_type == "image/png"


def test_of_sexual_content_that_shows_a_child_no_picture_is_taken(client: Client) -> None:
    answer = send(client, body(nature="sexual_child", pictures=[picture(b"not even looked at")]))

    document = assert_problem(answer, status=422)
    assert document["errors"][0]["field"] == "pictures"
    assert "without any picture" in document["detail"]
    assert stored() == Blob.objects.count() == 0
    assert send(client, body(nature="sexual_child")).status_code == 201


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"pictures": [picture()] * 4}, "pictures"),
        ({"pictures": [picture(), picture(b"no picture")]}, "pictures.1.data"),
        ({"pictures": [{"data": "not base64!"}]}, "pictures.0.data"),
        ({"pictures": [{"data": ""}]}, "data"),
        ({"pictures": [{"data": "A" * (5 * 1024 * 1024 * 4 // 3 + 5)}]}, "data"),
        ({"pictures": [picture(kind="film")]}, "kind"),
        ({"nature": "boring"}, "nature"),
        ({"band": "0-5"}, "band"),
        ({"surroundings": {"actions": [{"at": "2026-11-22T08:30:00Z", "what": "", "where": ""}] * 21}}, "actions"),
        ({"surroundings": {"seen_at": "yesterday"}}, "seen_at"),
        ({"surroundings": {"ip": "192.0.2.7"}}, "ip"),
        ({"context": ["7"]}, "0"),
        ({"context": ["00000000-0000-4000-8000-000000000007"]}, "context"),
    ],
)
def test_a_wrong_part_is_named_and_nothing_is_stored(client: Client, fields: dict[str, Any], at_fault: str) -> None:
    document = assert_problem(send(client, body(**fields)), status=422)

    [fault] = document["errors"]
    assert fault["field"].endswith(at_fault)
    assert stored() == Blob.objects.count() == 0


def test_an_address_that_somebody_typed_without_its_beginning_is_taken(client: Client) -> None:
    assert send(client, body(page_url="www.bad.example/7")).status_code == 201

    assert Report.objects.get().page_url == "https://www.bad.example/7"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("A" * (7 * 1024 * 1024), "larger than 5 MiB; make it smaller"),
        ("AAAA", "JPEG, PNG, WebP, GIF, AVIF, HEIC, BMP"),
    ],
)
def test_a_picture_that_is_not_taken_is_refused_with_what_to_do(client: Client, data: str, words: str) -> None:
    document = assert_problem(send(client, body(pictures=[{"data": data}])), status=422)

    assert words in document["errors"][0]["problem"]


def test_the_document_of_the_doors_says_what_they_take(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()

    assert {"/api/v1/reports", "/api/v1/reports/machine", "/api/v1/reports/context"} <= document["paths"].keys()
    assert "security" not in document["paths"]["/api/v1/reports"]["post"]
    assert document["paths"]["/api/v1/reports/machine"]["post"]["security"]
    assert {"nature", "band", "surroundings", "pictures", "context"} <= document["components"]["schemas"]["ReportIn"][
        "properties"
    ].keys()

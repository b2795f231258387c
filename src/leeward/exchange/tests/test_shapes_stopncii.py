"""The StopNCII shape: what its readers are given, and what becomes of what they send."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from leeward.core import sequencer
from leeward.core.models import ApiKey, Organisation
from leeward.exchange.intake.models import Feedback, Received
from leeward.exchange.intake.origins import UNSIGNED
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
from leeward.exchange.shapes import stopncii
from leeward.exchange.shapes.values import Unreadable
from leeward.exchange.tests.conftest import AT, digest, make_partner, publish, revoke
from leeward.indicators.models import Kind, Tlp

pytestmark = pytest.mark.django_db
BASE = "/shapes/stopncii/v1"
START = 10  # The client's own beginning.


def pdq(number: int) -> str:
    return digest(number)


def md5(number: int) -> str:
    return digest(number)[:32]


def given(*values: str, kind: Kind = Kind.PDQ, source: str = "decision:1", tlp: Tlp = Tlp.AMBER) -> None:
    publish(*values, kind=kind, source=source, tlp=tlp)
    sequencer.stamp(at=AT)


def of(slug: str) -> Partner:
    found = partners.active(Organisation.objects.get(slug=slug))
    assert found is not None
    return found


@pytest.fixture
def reader(dans_key: str) -> Client:
    """Dan's program for StopNCII, with another address."""
    headers = {"Host": "localhost", "x-functions-key": dans_key, "Ocp-Apim-Subscription-Key": "dans-hotline"}
    return Client(headers=headers)


def fetched(client: Client, *, start: int = START, size: int = 800, token: str = "") -> dict[str, Any]:
    asked = {"startTimestamp": start, "pageSize": size} | ({"nextPageToken": token} if token else {})
    answer = client.get(f"{BASE}/FetchHashes", asked)
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    assert body["count"] == len(body["hashRecords"])
    return body


def states(body: dict[str, Any]) -> dict[str, str]:
    return {record["hashValue"]: record["hashStatus"] for record in body["hashRecords"]}


def test_each_kind_comes_under_the_name_that_the_shape_has_for_it(reader: Client) -> None:
    given(pdq(1))
    given(md5(2), kind=Kind.MD5, source="decision:2")
    given("http://bad.example/page", kind=Kind.URL, source="decision:3")
    given(digest(4), kind=Kind.SHA256, source="decision:4")

    records = fetched(reader)["hashRecords"]

    assert {(one["signalType"], one["hashValue"]) for one in records} == {
        ("ImagePDQ", pdq(1)),
        ("VideoMD5", md5(2)),
        ("URL", "http://bad.example/page"),
    }


def test_what_may_not_travel_is_not_told(reader: Client) -> None:
    given(pdq(1), tlp=Tlp.RED)

    assert fetched(reader)["hashRecords"] == []


def test_pages_join_without_a_gap_and_only_the_last_one_moves_the_mark(reader: Client) -> None:
    given(*(pdq(number) for number in range(5)))

    first = fetched(reader, size=2)
    second = fetched(reader, size=2, token=first["nextPageToken"])
    third = fetched(reader, size=2, token=second["nextPageToken"])
    after = fetched(reader, start=third["nextSetTimestamp"])

    pages = (first, second, third)
    assert [page["hasMoreRecords"] for page in pages] == [True, True, False]
    assert [value for page in pages for value in states(page)] == [pdq(number) for number in range(5)]
    assert first["nextSetTimestamp"] == second["nextSetTimestamp"] < third["nextSetTimestamp"]
    assert after["hashRecords"] == []
    assert after["nextSetTimestamp"] == third["nextSetTimestamp"]


def test_a_withdrawn_sign_is_absent_from_a_fetch_from_the_start(reader: Client) -> None:
    given(pdq(1), source="decision:1")
    given(pdq(2), source="decision:2")
    revoke("decision:1", at=AT + timedelta(minutes=1))

    body = fetched(reader)

    assert states(body) == {pdq(2): "Active"}
    # Nor is it told later to this reader, who never had it.
    assert fetched(reader, start=body["nextSetTimestamp"])["hashRecords"] == []


def test_a_fetch_from_the_start_heals_whoever_held_a_withdrawn_sign(reader: Client) -> None:
    given(pdq(1), source="decision:1")
    given(pdq(2), source="decision:2")
    before = fetched(reader)
    revoke("decision:1", at=AT + timedelta(minutes=1))
    fetched(reader, start=before["nextSetTimestamp"])

    assert states(before) == {pdq(1): "Active", pdq(2): "Active"}
    assert states(fetched(reader)) == {pdq(2): "Active"}


def test_who_may_hold_a_withdrawn_sign_is_told_that_it_is_gone_and_disputed(reader: Client) -> None:
    given(pdq(1))
    mark = fetched(reader)["nextSetTimestamp"]
    revoke(at=AT + timedelta(minutes=1))

    (record,) = fetched(reader, start=mark)["hashRecords"]

    assert (record["hashValue"], record["hashStatus"]) == (pdq(1), "Withdrawn")
    assert set(record["caseNumbers"].values()) == {"Withdrawn"}
    assert [one["feedbackValue"] for one in record["CSPFeedbacks"]] == ["NotBlocked"]


def test_what_is_withdrawn_between_two_pages_is_told_before_the_walk_ends(reader: Client) -> None:
    given(pdq(1), source="decision:1")
    given(pdq(2), pdq(3), source="decision:2")
    first = fetched(reader, size=1)
    revoke("decision:1", at=AT + timedelta(minutes=1))

    rest = fetched(reader, size=10, token=first["nextPageToken"])

    assert states(first) == {pdq(1): "Active"}
    assert states(rest) == {pdq(2): "Active", pdq(3): "Active", pdq(1): "Withdrawn"}


def test_what_somebody_else_vouches_for_is_not_taken_back(reader: Client) -> None:
    given(pdq(1), source="decision:1")
    given(pdq(1), source="decision:2")
    mark = fetched(reader)["nextSetTimestamp"]
    revoke("decision:1", at=AT + timedelta(minutes=1))

    assert fetched(reader, start=mark)["hashRecords"] == []


def test_a_time_of_day_is_taken_for_a_mark_too(reader: Client) -> None:
    given(pdq(1), source="decision:1")

    assert states(fetched(reader, start=int(AT.timestamp()))) == {pdq(1): "Active"}
    assert states(fetched(reader, start=int(AT.timestamp()) + 60)) == {}
    assert states(fetched(reader, start=10**14)) == {}


@pytest.mark.parametrize(
    "query",
    [
        {"startTimestamp": "soon"},
        {"pageSize": "-1"},
        {"nextPageToken": "x"},
        {"nextPageToken": "1-2"},
        {"startTimestamp": "9" * 40},
    ],
)
def test_a_malformed_question_is_refused_in_words(reader: Client, query: dict[str, str]) -> None:
    answer = reader.get(f"{BASE}/FetchHashes", query)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/FetchHashes", "/SubmitHashes", "/SubmitFeedback", "/Other", ""])
def test_eve_learns_nothing(dans_key: str, path: str) -> None:
    given(pdq(1))
    wrong_name = {"x-functions-key": dans_key, "Ocp-Apim-Subscription-Key": "another"}
    other_scope = {"x-functions-key": make_partner("eve", ApiKey.Scope.SCREEN), "Ocp-Apim-Subscription-Key": "eve"}

    for headers in ({}, wrong_name, other_scope, {"x-functions-key": "lwk_x"}):
        for method in ("get", "post", "put"):
            answer = getattr(Client(headers={"Host": "localhost", **headers}), method)(BASE + path)
            assert answer.status_code == 401
            assert pdq(1).encode() not in answer.content


def test_a_suspended_partner_is_turned_away(reader: Client) -> None:
    Partner.objects.update(state=Partner.State.ENDED)

    assert reader.get(f"{BASE}/FetchHashes").status_code == 403


def submitted(client: Client, *records: dict[str, object]) -> Any:
    body = {"count": len(records), "hashRecords": list(records)}
    return client.post(f"{BASE}/SubmitHashes", json.dumps(body), content_type="application/json")


def a_record(value: str, signal: str = "StopNCIISignalType.ImagePDQ", **more: object) -> dict[str, object]:
    feedback = {"tags": ["made-up"], "feedbackValue": "Blocked"}
    return {"lastModtimestamp": 1, "signalType": signal, "hashValue": value, "CSPFeedbacks": [feedback], **more}


def test_what_cannot_be_signed_is_not_taken_from_whom_the_operator_did_not_trust_so_far(reader: Client) -> None:
    assert submitted(reader, a_record(pdq(1))).status_code == 403
    assert not Received.objects.exists()


def test_a_submitted_hash_waits_in_quarantine_by_the_name_that_the_client_sends(reader: Client) -> None:
    Partner.objects.update(trust={UNSIGNED: "auto"})

    answer = submitted(
        reader, a_record(pdq(1)), a_record(md5(2), "VideoMD5"), a_record("nonsense"), a_record("x", "VideoTMK")
    )

    assert answer.json() == {"accepted": 2, "refused": 2}
    waiting = Received.objects.values_list("kind", "value", "state")
    assert set(waiting) == {("pdq", pdq(1), "quarantine"), ("md5", md5(2), "quarantine")}


@pytest.mark.parametrize("gone", [{"hashStatus": "Withdrawn"}, {"caseNumbers": {"1": "Deleted", "2": "Withdrawn"}}])
def test_the_state_of_the_case_takes_a_submitted_hash_back(reader: Client, gone: dict[str, object]) -> None:
    Partner.objects.update(trust={UNSIGNED: "auto"})
    submitted(reader, a_record(pdq(1)))

    submitted(reader, a_record(pdq(1)) | {"lastModtimestamp": 2} | gone)

    assert [row.state for row in Received.objects.all()] == [Received.State.WITHDRAWN]


def test_a_word_about_a_sign_of_ours_is_kept_once(reader: Client) -> None:
    given(pdq(1))
    said = [
        {"hashValue": pdq(1), "feedbackValue": "NotBlocked", "tags": []},
        {"hashValue": pdq(9), "feedbackValue": "Blocked"},
    ]
    body = json.dumps({"count": 2, "hashFeedbacks": said})

    for _ in range(2):
        answer = reader.post(f"{BASE}/SubmitFeedback", body, content_type="application/json")

    assert answer.json() == {"accepted": 1, "refused": 1}
    (kept,) = Feedback.objects.all()
    assert (kept.kind, kept.count, kept.partner) == (Feedback.Kind.DISAGREES, 1, of("dans-hotline"))


def test_whoever_agrees_later_does_not_disagree_any_more(reader: Client) -> None:
    given(pdq(1))
    for word in ("NotBlocked", "Blocked"):
        said = {"hashFeedbacks": [{"hashValue": pdq(1), "feedbackValue": word}]}
        reader.post(f"{BASE}/SubmitFeedback", json.dumps(said), content_type="application/json")

    assert dict(Feedback.objects.values_list("kind", "count")) == {"opinion": 0, "sighting": 1}


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"hashRecords": 1}', b'{"hashRecords": [' + b"[" * 100_000])
def test_what_is_no_submission_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(Unreadable):
        stopncii.read_submitted(body)

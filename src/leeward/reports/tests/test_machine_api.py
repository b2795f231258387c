"""Organisations send reports with a key, and it stands with the report who sent it and how."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from leeward.core import machines
from leeward.core.models import ApiKey, Organisation
from leeward.reports import services as reports
from leeward.reports.models import Channel, Report
from leeward.reports.tests.ana import AT, DOOR, Answer, body, stored

pytestmark = pytest.mark.django_db
MACHINES = f"{DOOR}/machine"
REPORT, FLAG = ApiKey.Scope.REPORT, ApiKey.Scope.FLAG


@pytest.fixture
def beacon(db: None) -> Organisation:
    """A hotline that is a trusted flagger."""
    return Organisation.objects.create(slug="beacon", name="Beacon Hotline", kind=Organisation.Kind.HOTLINE)


def key_of(organisation: Organisation, *scopes: ApiKey.Scope) -> str:
    return machines.make_key(organisation, scopes=list(scopes), at=AT)


def send(client: Client, data: Any, *, key: str = "", idempotency_key: str = "") -> Answer:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    if idempotency_key:
        headers["idempotency-key"] = idempotency_key
    return client.post(MACHINES, data, content_type="application/json", headers=headers)


def test_a_report_of_a_trusted_flagger_is_known_as_one(client: Client, beacon: Organisation) -> None:
    answer = send(client, body(), key=key_of(beacon, FLAG))

    assert answer.status_code == 201
    report = Report.objects.get()
    assert (report.channel, report.sender) == (Channel.FLAGGER, beacon)
    assert reports.follow(answer.json()["receipt"]) == report


def test_a_report_of_another_provider_is_known_as_one(client: Client, harbour: Organisation) -> None:
    send(client, body(), key=key_of(harbour, REPORT))

    report = Report.objects.get()
    assert (report.channel, report.sender) == (Channel.PARTNER, harbour)


def test_a_report_of_a_detector_is_known_as_one(client: Client, harbour: Organisation) -> None:
    send(client, body(seen_by="detector"), key=key_of(harbour, REPORT))

    assert Report.objects.get().channel == Channel.API


def test_a_key_that_may_do_both_sends_as_a_trusted_flagger(client: Client, beacon: Organisation) -> None:
    send(client, body(seen_by="detector"), key=key_of(beacon, REPORT, FLAG))

    assert Report.objects.get().channel == Channel.FLAGGER


@pytest.mark.parametrize("scope", [scope for scope in ApiKey.Scope if scope not in {REPORT, FLAG}])
def test_a_key_for_other_doors_opens_nothing_here(client: Client, harbour: Organisation, scope: ApiKey.Scope) -> None:
    answer = send(client, body(), key=key_of(harbour, scope))

    assert answer.status_code == 403
    assert "«flag» or «report»" in answer.json()["detail"]
    assert stored() == 0


def test_a_machine_that_leaves_the_scheme_out_is_told_so(client: Client, harbour: Organisation) -> None:
    answer = send(client, body(page_url="www.bad.example/7"), key=key_of(harbour, REPORT))

    assert answer.status_code == 422
    assert stored() == 0


@pytest.mark.parametrize("key", ["", "lwk_made-up"])
def test_without_a_key_that_is_known_nothing_is_taken(client: Client, key: str) -> None:
    answer = send(client, body(), key=key)

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert stored() == 0


def test_a_revoked_key_opens_nothing(client: Client, beacon: Organisation) -> None:
    key = key_of(beacon, FLAG)
    ApiKey.objects.update(revoked_at=AT)

    assert send(client, body(), key=key).status_code == 401


def test_a_flaggers_key_opens_no_other_door(client: Client, beacon: Organisation) -> None:
    headers = {"authorization": f"Bearer {key_of(beacon, FLAG)}"}

    doors = [f"{DOOR}/context", "/api/v1/screen"]
    answers = [client.post(door, {}, content_type="application/json", headers=headers) for door in doors]

    assert [answer.status_code for answer in answers] == [403, 403]


def test_nobody_becomes_a_flagger_at_the_public_door(client: Client, beacon: Organisation) -> None:
    headers = {"authorization": f"Bearer {key_of(beacon, FLAG)}"}

    client.post(DOOR, body(), content_type="application/json", headers=headers)

    report = Report.objects.get()
    assert (report.channel, report.sender) == (Channel.BUTTON, None)


def test_the_same_request_again_gets_the_same_receipt(client: Client, beacon: Organisation) -> None:
    key, idempotency_key = key_of(beacon, FLAG), str(uuid.uuid4())

    first, again = (send(client, body(), key=key, idempotency_key=idempotency_key) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_two_organisations_that_chose_the_same_idempotency_key_get_receipts_of_their_own(
    client: Client, harbour: Organisation, beacon: Organisation
) -> None:
    idempotency_key = str(uuid.uuid4())
    keys = [key_of(beacon, FLAG), key_of(harbour, REPORT)]

    answers = [send(client, body(), key=key, idempotency_key=idempotency_key) for key in keys]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["receipt"] != answers[1].json()["receipt"]


def test_a_machine_is_never_asked_for_work(client: Client, beacon: Organisation, settings: Any) -> None:
    key = key_of(beacon, FLAG)

    statuses = {send(client, body(words=str(number)), key=key).status_code for number in range(65)}

    assert statuses == {201}


def test_no_page_of_another_site_can_use_the_door(client: Client) -> None:
    answer = client.options(MACHINES, headers={"origin": "https://bad.example"})

    assert "Access-Control-Allow-Origin" not in answer

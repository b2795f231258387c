"""Who may come in, what a request must look like, and what never leaves."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leeward.core.models import ApiKey, Delivery, Record
from leeward.exchange.partners.models import Partner
from leeward.exchange.shelf import shelving
from leeward.exchange.tests.conftest import (
    ACCEPT,
    AT,
    COLLECTION,
    REFERRED,
    basic,
    digest,
    make_partner,
    published,
    revoke,
)
from leeward.indicators.models import Change, Tlp

pytestmark = pytest.mark.django_db
ABSENT = "indicator--00000000-0000-4000-8000-000000000000"
BEGINNING = "2026-11-21T09:59:59.999900Z"  # Before everything in the collection, which stands from then on.
LATER = ["2026-11-21T10:00:00.000002Z", "2030-01-01T00:00:00Z"]  # After what is hidden was published, and was revoked.
DOORS = [
    "/taxii2/",
    "/taxii2/api/",
    "/taxii2/api/collections/",
    COLLECTION,
    f"{COLLECTION}manifest/",
    f"{COLLECTION}objects/",
    f"{COLLECTION}objects/{ABSENT}/",
    f"{COLLECTION}objects/{ABSENT}/versions/",
]
CLOSED = ["/taxii2/api/status/1/", "/taxii2/api/collections/other/", "/taxii2/other/", "/taxii2/api"]


def is_error(response: Any, status: int) -> bool:
    """Tell whether this is an error document of TAXII with this status."""
    body = response.json()
    typed = response["Content-Type"] == ACCEPT
    return typed and response.status_code == status and body["http_status"] == str(status) and bool(body["title"])


@pytest.mark.parametrize("door", DOORS + CLOSED)
def test_eve_without_a_key_is_asked_for_one_and_learns_nothing_else(eves_client: Client, door: str) -> None:
    (oid,) = published(digest(1))

    for method in (eves_client.get, eves_client.post, eves_client.delete, eves_client.put):
        response = method(door.replace(ABSENT, oid))
        assert is_error(response, 401)
        assert response["WWW-Authenticate"] == 'Basic realm="leeward"'
        assert "X-TAXII-Date-Added-Last" not in response
        assert set(response.json()) == {"title", "description", "http_status"}


@pytest.mark.parametrize("door", DOORS[:6])
def test_dan_comes_in_by_either_way_of_showing_his_key(
    dans_client: Client, eves_client: Client, dans_key: str, door: str
) -> None:
    published(digest(1))

    for response in (dans_client.get(door), eves_client.get(door, headers={"Authorization": f"Bearer {dans_key}"})):
        assert response.status_code == 200
        assert response["Content-Type"] == ACCEPT
        assert response["Cache-Control"] == "private, no-store"


def test_a_head_request_gives_the_times_and_no_body(dans_client: Client) -> None:
    published(digest(1))

    response = dans_client.head(f"{COLLECTION}objects/")

    assert response["X-TAXII-Date-Added-Last"]
    assert response.content == b""


def test_wrong_credentials_are_refused(eves_client: Client, dans_key: str) -> None:
    other = make_partner("other-hotline", ApiKey.Scope.EXCHANGE)
    wrong_scope = make_partner("provider", ApiKey.Scope.SCREEN, ApiKey.Scope.REPORT, ApiKey.Scope.EVIDENCE)
    without_colon = "Basic " + base64.b64encode(dans_key.encode()).decode()
    not_utf8 = "Basic " + base64.b64encode(b"dans-hotline:\xff\xfe").decode()

    for credentials in (
        basic("dans-hotline", other),
        basic("dans-hotline", ""),
        basic("", dans_key),
        basic("provider", wrong_scope),
        f"Bearer {wrong_scope}",
        "Bearer",
        "Basic",
        "Basic ???",
        f"Digest {dans_key}",
        dans_key,
        without_colon,
        not_utf8,
    ):
        assert is_error(eves_client.get("/taxii2/", headers={"Authorization": credentials}), 401), credentials


def test_a_revoked_key_opens_nothing(dans_client: Client) -> None:
    ApiKey.objects.update(revoked_at=timezone.now())

    assert is_error(dans_client.get("/taxii2/"), 401)


@pytest.mark.parametrize("accept", ["", "application/json", "text/html", "application/taxii+json;version=2.0"])
def test_another_answer_format_is_refused(dans_client: Client, accept: str) -> None:
    for door in DOORS:
        assert is_error(dans_client.get(door, headers={"Accept": accept}), 406)


@pytest.mark.parametrize("door", CLOSED)
def test_an_address_that_leads_nowhere_says_so_in_taxii(dans_client: Client, door: str) -> None:
    assert is_error(dans_client.get(door), 404)


@pytest.mark.parametrize("tail", ["", "manifest/", "objects/", f"objects/{ABSENT}/", f"objects/{ABSENT}/versions/"])
def test_an_unknown_collection_is_refused_at_every_door(dans_client: Client, tail: str) -> None:
    published(digest(1))

    assert is_error(dans_client.get(f"/taxii2/api/collections/11111111-1111-4111-8111-111111111111/{tail}"), 404)


@pytest.mark.parametrize(
    "oid", [ABSENT, "indicator--", "nonsense", "%00", "indicator--{00000000000040008000000000000000}"]
)
def test_an_unknown_object_is_refused(dans_client: Client, oid: str) -> None:
    published(digest(1))

    assert is_error(dans_client.get(f"{COLLECTION}objects/{oid}/"), 404)
    assert is_error(dans_client.get(f"{COLLECTION}objects/{oid}/versions/"), 404)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=ten",
        "limit=1&limit=2",
        "added_after=yesterday",
        "added_after=2026-02-30T00:00:00Z",
        "added_after=2026-11-21T10:00:00%2B01:00",
        "next=elsewhere",
        "match[id]=nonsense",
        "match[type]=UPPER",
        "match[version]=all,last",
        "match[version]=newest",
        "match[spec_version]=two",
    ],
)
def test_a_malformed_filter_is_refused_at_every_door(dans_client: Client, query: str) -> None:
    (oid,) = published(digest(1))

    for tail in ("manifest/", "objects/", f"objects/{oid}/", f"objects/{oid}/versions/"):
        response = dans_client.get(f"{COLLECTION}{tail}?{query}")
        assert is_error(response, 400)
        assert query.partition("=")[0] in response.json()["description"].replace("\\", "")


def test_a_mark_beyond_the_end_is_the_end(dans_client: Client) -> None:
    published(digest(1))

    response = dans_client.get(f"{COLLECTION}objects/", {"next": "AX__________"})

    assert response.json() == {}


def test_a_door_says_which_methods_and_media_types_it_takes(dans_client: Client) -> None:
    published(digest(1))
    door = f"{COLLECTION}objects/"

    assert is_error(dans_client.post(door, b"{}", content_type="application/json"), 415)
    assert is_error(dans_client.post(door, b"{}", content_type="*/*"), 415)
    refused = dans_client.put(door)
    assert is_error(refused, 405)
    assert refused["Allow"] == "GET, HEAD, POST"
    assert is_error(dans_client.post("/taxii2/"), 405)
    assert is_error(dans_client.delete(door), 405)


@pytest.mark.parametrize("state", [Partner.State.INVITED, Partner.State.SUSPENDED, Partner.State.ENDED, None])
@pytest.mark.parametrize("door", DOORS)
def test_whoever_takes_no_part_sees_nothing_and_is_told_what_to_do(
    dans_client: Client, door: str, state: Partner.State | None
) -> None:
    (oid,) = published(digest(1))
    suspended_at = AT if state == Partner.State.SUSPENDED else None
    if state is None:
        Partner.objects.all().delete()
    else:
        Partner.objects.update(state=state, suspended_at=suspended_at)

    response = dans_client.get(door.replace(ABSENT, oid))

    assert is_error(response, 403)
    assert set(response.json()) == {"title", "description", "http_status"}
    assert "operator" in response.json()["description"]
    assert "X-TAXII-Date-Added-Last" not in response


def test_a_partner_that_asks_too_often_is_told_when_to_come_again(dans_client: Client) -> None:
    Partner.objects.update(rate_per_minute=2)

    answers = [dans_client.get("/taxii2/") for _ in range(5)]  # In two minutes of the clock at most.

    refused = next(answer for answer in answers if answer.status_code == 429)
    assert is_error(refused, 429)
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert answers[0].status_code == 200


def test_reading_writes_nothing_and_announces_nothing(dans_client: Client) -> None:
    published(digest(1))
    before = (Record.objects.count(), Change.objects.count(), Delivery.objects.count())

    for door in DOORS:
        dans_client.get(door)

    assert (Record.objects.count(), Change.objects.count(), Delivery.objects.count()) == before


@pytest.mark.parametrize("tlp", [Tlp.RED, Tlp.AMBER_STRICT])
def test_a_sign_for_few_never_leaves_through_any_door(dans_client: Client, tlp: Tlp) -> None:
    (shown,) = published(digest(1))
    (hidden,) = published(digest(2), source="decision:2", tlp=tlp)
    revoke("decision:2", at=AT + timedelta(seconds=1))
    before = shelving.withheld.labels("rule")._value.get()
    entries = dans_client.get(f"{COLLECTION}manifest/", {"match[version]": "all"}).json()["objects"]
    times = {entry["date_added"] for entry in entries} | {BEGINNING}
    narrower: list[dict[str, str]] = [{}, {"match[id]": hidden}, {"limit": str(REFERRED + 1)}]
    narrower += [{"added_after": time} for time in LATER]

    for tail in ("manifest/", "objects/"):
        for version in ("last", "first", "all", "2026-11-21T10:00:00.000Z", "2026-11-21T10:00:01.000Z"):
            for more in narrower:
                response = dans_client.get(COLLECTION + tail, {**more, "match[version]": version})
                assert response.status_code == 200
                assert hidden.encode() not in response.content
                assert digest(2).encode() not in response.content
                assert not response.json().get("more", False)
                assert {response["X-TAXII-Date-Added-First"], response["X-TAXII-Date-Added-Last"]} <= times
    for tail in (f"objects/{hidden}/", f"objects/{hidden}/versions/"):
        assert (
            dans_client.get(COLLECTION + tail).content
            == dans_client.get(COLLECTION + tail.replace(hidden, ABSENT)).content
        )
    assert shown.encode() in dans_client.get(f"{COLLECTION}objects/").content
    assert shelving.withheld.labels("rule")._value.get() > before


def test_what_a_partner_told_us_is_not_told_on_in_our_name(dans_client: Client) -> None:
    (theirs,) = published(digest(1), source="partner:other-hotline")

    assert is_error(dans_client.get(f"{COLLECTION}objects/{theirs}/"), 404)
    assert theirs.encode() not in dans_client.get(f"{COLLECTION}objects/").content


@pytest.mark.parametrize("tlp", [Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER])
def test_a_sign_that_may_travel_carries_its_marking(dans_client: Client, tlp: Tlp) -> None:
    published(digest(1), tlp=tlp)

    *_, marking, sign = sorted(
        dans_client.get(f"{COLLECTION}objects/").json()["objects"], key=lambda known: known["type"] == "indicator"
    )

    markings = {
        known["id"]: known["name"]
        for known in dans_client.get(f"{COLLECTION}objects/").json()["objects"]
        if "name" in known
    }
    assert markings[sign["object_marking_refs"][0]] == tlp.label
    assert marking["type"] == "marking-definition"

"""Wrong addresses, methods, names, keys and signatures open no door, and what was sent is not repeated."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standardwebhooks import Webhook

from tests.stage import wire
from tests.stage.provider import PHOTOS
from tests.stage.town import Town
from tests.stage.wire import CANARY, JSON, TAXII, is_refused

NO_CASE = "00000000-0000-4000-8000-000000000007"
COFFEE = (PHOTOS / "coffee.jpg").read_bytes()
REPORT = {"reason": "scares", "page_url": "https://bad.example/", "words": CANARY}


@pytest.mark.parametrize(
    "path", [f"/api/v1/{CANARY}", f"/api/v2/{CANARY}", f"/api/{CANARY}", "/api/v1/%ff%00", "/api/v1/"]
)
def test_an_unknown_address_of_the_api_is_refused(path: str, port: int, provider_key: dict[str, str]) -> None:
    is_refused(wire.ask("GET", path, port=port, headers=provider_key), status=404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/v1/reports", "POST"),
        ("PUT", "/api/v1/reports", "POST"),
        ("DELETE", "/api/v1/screen", "POST"),
        ("GET", f"/api/v1/cases/{NO_CASE}/evidence", "POST"),
    ],
)
def test_a_wrong_method_is_refused_and_the_right_one_named(
    method: str, path: str, allowed: str, port: int, provider_key: dict[str, str]
) -> None:
    answer = wire.ask(method, path, port=port, headers=provider_key)

    is_refused(answer, status=405)
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/", "/report/", "/desk/", "/account/login/", "/nowhere", "/r/", "/metrics"])
def test_under_a_foreign_name_there_is_only_the_page_that_explains(path: str, port: int) -> None:
    answer = wire.ask("GET", path, port=port, host="harmless.example")

    assert answer.media_type == "text/html; charset=utf-8"
    assert "This page does not open here." in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.usefixtures("nothing_is_stored")
@pytest.mark.parametrize("path", ["/report/", "/api/v1/reports", "/account/login/", "/desk/next", "/api/v1/screen"])
@pytest.mark.parametrize("host", ["bad.example", "localhost.bad.example", f"{CANARY}.example", "localhost@bad.example"])
def test_nothing_can_be_sent_under_a_foreign_name(path: str, host: str, port: int) -> None:
    answer = wire.ask("POST", path, json.dumps(REPORT).encode(), port=port, host=host, headers=JSON)

    is_refused(answer, status=421)


@pytest.mark.parametrize("path", ["/api/v1/openapi.json", "/health/live", "/health/ready", "/taxii2/"])
def test_a_machine_does_not_take_the_page_that_explains_for_a_yes(path: str, port: int) -> None:
    is_refused(wire.ask("GET", path, port=port, host="bad.example"), status=421)


KEYED = [("POST", "/api/v1/screen"), ("POST", f"/api/v1/cases/{NO_CASE}/evidence")]


def basic(name: str, key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{key}".encode()).decode(), "Accept": TAXII}


NO_KEYS = {
    "no key": {},
    "an empty one": {"Authorization": "Bearer "},
    "an unknown one": {"Authorization": f"Bearer lwk_{CANARY}"},
    "another scheme": {"Authorization": f"Digest {CANARY}"},
    "a name and a password": basic("reviewer", CANARY),
    "letters beyond ASCII": {"Authorization": f"Bearer {CANARY}\xff"},
    "a very long one": {"Authorization": f"Bearer {CANARY * 500}"},
}


@pytest.mark.usefixtures("nothing_is_stored")
@pytest.mark.parametrize("headers", NO_KEYS.values(), ids=NO_KEYS)
@pytest.mark.parametrize(("method", "path"), KEYED)
def test_a_machine_without_the_right_key_is_refused(method: str, path: str, headers: dict[str, str], port: int) -> None:
    answer = wire.ask(method, path, COFFEE, port=port, headers={"Content-Type": "image/jpeg"} | headers)

    is_refused(answer, status=401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.usefixtures("nothing_is_stored")
@pytest.mark.parametrize(("method", "path"), KEYED)
def test_a_key_for_another_door_does_not_open_this_one(
    method: str, path: str, port: int, partner_key: dict[str, str]
) -> None:
    answer = wire.ask(method, path, COFFEE, port=port, headers=partner_key | {"Content-Type": "image/jpeg"})

    is_refused(answer, status=403)
    assert "known" not in answer.text


@pytest.mark.parametrize("headers", NO_KEYS.values(), ids=NO_KEYS)
@pytest.mark.parametrize("path", ["/taxii2/", "/taxii2/api/collections/", f"/taxii2/{CANARY}/"])
def test_the_exchange_refuses_who_has_no_key(path: str, headers: dict[str, str], port: int) -> None:
    is_refused(wire.ask("GET", path, port=port, headers=headers), status=401, media_type=TAXII)


def test_the_exchange_refuses_a_key_for_another_door_and_the_right_key_under_another_name(
    town: Town, port: int, provider_key: dict[str, str]
) -> None:
    for headers in (
        provider_key,
        basic("harbour", town.keys.provider_key),
        basic("harbour", town.keys.partner_key),
        basic(CANARY, town.keys.partner_key),
    ):
        is_refused(wire.ask("GET", "/taxii2/", port=port, headers=headers), status=401, media_type=TAXII)
    opened = wire.ask("GET", "/taxii2/", port=port, headers=basic("beacon", town.keys.partner_key))
    assert opened.status == 200, "the right key under the right name opens it"


@pytest.mark.parametrize(
    ("method", "path", "also", "status"),
    [
        ("GET", f"/taxii2/{CANARY}/", {}, 404),
        ("GET", f"/taxii2/api/collections/{CANARY}/", {}, 404),
        ("GET", f"/taxii2/api/collections/{CANARY}/objects/?limit={CANARY}", {}, 404),
        ("PUT", "/taxii2/", {}, 405),
        ("GET", "/taxii2/", {"Accept": f"text/{CANARY}"}, 406),
    ],
)
def test_the_exchange_refuses_in_its_own_words(
    method: str, path: str, also: dict[str, str], status: int, port: int, partner_key: dict[str, str]
) -> None:
    is_refused(wire.ask(method, path, port=port, headers=partner_key | also), status=status, media_type=TAXII)


@pytest.mark.parametrize("also", [f"limit={CANARY}", f"added_after={CANARY}", f"next={CANARY}", "added_after=%ff%00"])
def test_the_exchange_refuses_a_filter_that_it_cannot_read(also: str, port: int, partner_key: dict[str, str]) -> None:
    listed = wire.ask("GET", "/taxii2/api/collections/", port=port, headers=partner_key).json()
    path = f"/taxii2/api/collections/{listed['collections'][0]['id']}/objects/?{also}"

    is_refused(wire.ask("GET", path, port=port, headers=partner_key), status=400, media_type=TAXII)


# The provider's door for webhooks.


def webhook(town: Town, *, message_id: str, item: str, secret: str = "", at: datetime | None = None) -> httpx.Response:
    """Send the provider a take-down, signed as Leeward signs."""
    at = at or datetime.now(UTC)
    data = {"action": "remove", "sequence": 10**9, "subject": {"kind": "item", "provider": "harbour", "id": item}}
    body = json.dumps({"type": "action.requested", "timestamp": at.isoformat(), "data": data})
    signature = Webhook(secret or town.keys.webhook_secret).sign(message_id, at, body)
    stamp = str(int(at.timestamp()))
    headers = {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": signature}
    return httpx.post(f"{town.provider.base_url}/webhooks/leeward", content=body, headers=headers, timeout=10)


def test_a_replayed_webhook_has_one_effect(town: Town) -> None:
    before = town.provider.state()["counters"]

    answers = [webhook(town, message_id="replayed", item="hubble").json()["result"] for _ in range(3)]

    after = town.provider.state()["counters"]
    assert answers == ["applied", "replay", "replay"]
    assert (after["received"] - before["received"], after["effects"] - before["effects"]) == (3, 1)
    assert httpx.get(town.photo_page("hubble"), timeout=10).status_code == 404


@pytest.mark.parametrize("fault", ["a wrong secret", "an old time", "a time to come", "words changed"])
def test_a_webhook_that_leeward_did_not_sign_now_is_refused(fault: str, town: Town) -> None:
    before, now = town.provider.state(), datetime.now(UTC)
    other = "whsec_" + base64.b64encode(bytes(24)).decode()
    if fault == "words changed":
        signature = Webhook(town.keys.webhook_secret).sign("forged", now, '{"type":"nothing"}')
        headers = {
            "webhook-id": "forged",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        answer = httpx.post(f"{town.provider.base_url}/webhooks/leeward", content=CANARY, headers=headers, timeout=10)
    else:
        at = now + {"an old time": -timedelta(minutes=6), "a time to come": timedelta(minutes=6)}.get(
            fault, timedelta()
        )
        answer = webhook(town, message_id="forged", item="chelsea", secret=other if "secret" in fault else "", at=at)

    assert answer.status_code == 401
    assert CANARY not in answer.text
    after = town.provider.state()
    assert after["photos"] == before["photos"]
    assert after["counters"]["refused_signatures"] == before["counters"]["refused_signatures"] + 1

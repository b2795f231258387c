"""A reporter can show elsewhere that this desk has the report, and the digest is of that report and of no other."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import Client

from leeward.reports import acknowledge, services
from leeward.reports.models import Message, Nature, Outcome, Report
from leeward.reports.services import Item, Picture
from leeward.reports.tests.ana import AT, DOOR, body, draft, drawn_picture

pytestmark = pytest.mark.django_db


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(bytes_of(token.split(".")[1]))
    return claims


def received(**fields: Any) -> Report:
    return services.receive(dataclasses.replace(draft(words="It scares me."), **fields), at=AT).report


def test_it_says_who_has_which_report_since_when() -> None:
    report = received()

    claims = claims_of(acknowledge.acknowledgement(report))

    assert claims.keys() == {"iss", "iat", "sub", "digest"}
    assert (claims["iss"], claims["iat"]) == ("http://localhost:8000", int(AT.timestamp()))
    assert claims["sub"] == f"urn:uuid:{report.uid}"


def test_the_digest_can_be_made_by_hand() -> None:
    report = received(nature=Nature.BULLYING, pictures=[Picture(drawn_picture(), "image/png")])
    picture = hashlib.sha256(drawn_picture()).hexdigest()
    by_hand = (
        '{"author_id":"","conversation_id":"","item_id":"","item_kind":"","language":"en","nature":"bullying",'
        f'"page_url":"https://bad.example/photos/7","pictures":["{picture}"],"provider":"","reason":"scares",'
        '"words":"It scares me."}'
    )

    digest = claims_of(acknowledge.acknowledgement(report))["digest"]

    assert digest == f"sha256:{hashlib.sha256(by_hand.encode()).hexdigest()}"


@pytest.mark.usefixtures("harbour")
@pytest.mark.parametrize(
    "other",
    [
        {"words": "It scares me!"},
        {"page_url": "https://bad.example/photos/8"},
        {"nature": Nature.OTHER},
        {"item": Item("harbour", "photo-7")},
        {"pictures": [Picture(drawn_picture(), "image/png")]},
    ],
)
def test_the_digest_of_another_report_is_another(other: dict[str, Any]) -> None:
    digests = {claims_of(acknowledge.acknowledgement(received(**fields)))["digest"] for fields in ({}, other)}

    assert len(digests) == 2


def test_it_stays_the_same_whatever_follows() -> None:
    report = received()
    before = acknowledge.acknowledgement(report)

    services.tell(report, kind=Outcome.Kind.REMOVED, decision="d", at=AT)
    Message.objects.create(report=report, text="More.", at=AT, request_key=b"k")

    assert acknowledge.acknowledgement(Report.objects.get()) == before


def test_it_tells_nothing_of_the_report_to_whom_it_is_shown() -> None:
    token = acknowledge.acknowledgement(received())

    shown = b"".join(bytes_of(part) for part in token.split("."))
    assert b"bad.example" not in shown
    assert b"scares" not in shown


def test_the_button_gets_one_that_the_published_key_confirms(client: Client) -> None:
    token = client.post(DOOR, body(), content_type="application/json").json()["acknowledgement"]

    keys = {key["kid"]: key for key in client.get("/.well-known/jwks.json").json()["keys"]}
    head, payload, signature = token.split(".")
    key = Ed25519PublicKey.from_public_bytes(bytes_of(keys[json.loads(bytes_of(head))["kid"]]["x"]))
    key.verify(bytes_of(signature), f"{head}.{payload}".encode())
    assert claims_of(token)["sub"] == Report.objects.get().uid.urn

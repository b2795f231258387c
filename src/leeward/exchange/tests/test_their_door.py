"""We come to a partner's server signed, by our credentials or without any, and tell a publisher what others doubt."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from leeward.core import config, signing, webhooks
from leeward.core.models import Delivery, Organisation, User
from leeward.engines import stix
from leeward.exchange.following import listening, pulling
from leeward.exchange.intake import doubts
from leeward.exchange.intake import services as intake
from leeward.exchange.intake.models import Received
from leeward.exchange.partners import services as partners
from leeward.exchange.partners import signatures, their_door
from leeward.exchange.partners.models import Partner
from leeward.exchange.tests.tellers import AT, Teller, trust

pytestmark = pytest.mark.django_db


@contextmanager
def their_server(
    *, status: int = 200, body: bytes = b"{}", media_type: str = "application/taxii+json;version=2.1"
) -> Iterator[tuple[str, list[HttpRequest]]]:
    """Serve one answer; yield the address and the requests as another Leeward gets them."""
    came: list[HttpRequest] = []

    class Door(BaseHTTPRequestHandler):
        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            media = self.headers.get("Content-Type", "")
            factory = RequestFactory()
            came.append(factory.generic(self.command, self.path, sent, media, headers=dict(self.headers.items())))
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815  # the names are those of the library

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/taxii2/api/", came
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def us(olga: User) -> Partner:
    """This site as another Leeward knows it: a partner whose key is pinned."""
    organisation = Organisation.objects.create(slug="us", name="Us", kind=Organisation.Kind.PROVIDER)
    partner = partners.take_part(organisation, at=AT)
    jwk: dict[str, object] = {"kty": "OKP", "crv": "Ed25519", "x": signing.signing_keys()[0].x}
    partners.pin_key(partner, jwk, valid_until=None, by=olga, at=AT - timedelta(days=1))
    return partner


def stands_at(partner: Partner, url: str, *, credentials: str = "") -> Partner:
    partner.url, partner.collection, partner.sealed_key = url, "signs", credentials
    partner.save()
    return partner


def signed_by(came: HttpRequest, url: str, site_at: Callable[[str], None]) -> Partner | None:
    """Return whose request it is for the Leeward that stands at `url`."""
    site_at(url.partition("/taxii2")[0])
    return signatures.request_signed_by(came, at=timezone.now())


def tells(partner: Partner) -> None:
    their_door.tell(partner, "receipts/", [{"id": "indicator--x", "version": "2026-11-22T10:00:00.000Z"}])


def pulls(partner: Partner) -> None:
    pulling.pull(partner, at=AT)


def listens(partner: Partner) -> None:
    stop = threading.Event()
    listening.listen(partner, stop.set, stop, first_wait_s=0.01)


@pytest.mark.parametrize("step", [tells, pulls])
def test_each_request_is_signed_and_opens_where_our_key_is_pinned(
    us: Partner, step: Callable[[Partner], None], site_at: Callable[[str], None]
) -> None:
    with their_server() as (url, came):
        step(stands_at(Teller("beacon").joins(), url))

    assert "Authorization" not in came[0].headers
    assert signed_by(came[0], url, site_at) == us
    assert signed_by(came[0], url, site_at) is None  # The same request again.


def test_the_stream_of_the_bell_is_asked_for_signed_too(us: Partner, site_at: Callable[[str], None]) -> None:
    ring = b"id: 2026-11-22T10:00:00.000001Z\ndata: {}\n\n"
    with their_server(body=ring, media_type="text/event-stream") as (url, came):
        listens(stands_at(Teller("beacon").joins(), url))

    assert signed_by(came[0], url, site_at) == us


def test_two_requests_have_two_signatures(us: Partner) -> None:
    beacon = stands_at(Teller("beacon").joins(), "http://127.0.0.1:1/")
    first, second = (their_door.headers(beacon, "GET", "http://127.0.0.1:1/x") for _ in range(2))

    assert first["Signature"] != second["Signature"]


def test_our_credentials_come_with_the_signature(us: Partner) -> None:
    beacon = stands_at(Teller("beacon").joins(), "http://127.0.0.1:1/", credentials="leeward:made-up")

    headers = their_door.headers(beacon, "GET", "http://127.0.0.1:1/x")

    assert base64.b64decode(headers["Authorization"].partition(" ")[2]) == b"leeward:made-up"
    assert "Signature-Input" in headers


def doubted(url: str) -> Received:
    """Have a sign in force that enough others doubt."""
    beacon = Teller("beacon")
    partner = stands_at(beacon.joins(), url)
    trust(partner, "bullying")
    sign = beacon.sign()
    intake.take(partner, beacon.told(sign), at=AT)
    for number in range(config.current().exchange.doubts_enough):
        other = Teller(f"other-{number}")
        intake.take(other.joins(), other.disagrees(sign), at=AT)
    return Received.objects.get()


def test_the_publisher_of_a_doubted_sign_is_sent_our_opinion_signed_and_the_same_one_again(db: None) -> None:
    with their_server(status=202) as (url, came):
        row = doubted(url)
        owed = Delivery.objects.get(task="leeward.exchange.intake.doubts.tell_publisher")
        doubts.tell_publisher.func(**owed.arguments)
        doubts.tell_publisher.func(**owed.arguments)

    sent = [json.loads(request.body)["objects"] for request in came]
    ((opinion,), (again,)) = sent
    public = {key.kid: key.private.public_key().public_bytes_raw() for key in signing.signing_keys()}
    assert came[0].path == "/taxii2/api/collections/signs/objects/"
    assert (opinion["type"], opinion["opinion"]) == ("opinion", "strongly-disagree")
    assert opinion["object_refs"] == [row.object_id]
    assert opinion["id"] == again["id"]
    assert stix.verify_object(json.dumps(opinion).encode(), keys=public)


@pytest.mark.parametrize(
    ("status", "is_owed_again"), [(403, False), (404, False), (405, False), (500, True), (503, True)]
)
def test_a_server_that_takes_nothing_is_left_in_peace_and_a_broken_one_is_asked_again(
    db: None, status: int, is_owed_again: bool
) -> None:
    with their_server(status=status) as (url, _came):
        row = doubted(url)
        if is_owed_again:
            with pytest.raises(webhooks.NotTaken):
                doubts.tell_publisher.func(str(row.uid))
        else:
            doubts.tell_publisher.func(str(row.uid))


def test_a_sign_that_is_doubted_no_more_is_not_told(db: None) -> None:
    with their_server() as (url, came):
        row = doubted(url)
        Received.objects.update(reason="", state=Received.State.ACTIVE)
        doubts.tell_publisher.func(str(row.uid))

    assert came == []

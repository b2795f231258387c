"""The bell: it rings once for whom something new concerns, for nobody else, and no longer than they may listen."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from standardwebhooks import Webhook

from leeward.core import keys, machines, sequencer, webhooks, worker
from leeward.core.models import ApiKey, Delivery, Endpoint, User
from leeward.engines.stix import taxii
from leeward.exchange.bells import reactions as bell_reactions
from leeward.exchange.bells import services as bells
from leeward.exchange.bells import stream as bell_stream
from leeward.exchange.following import listening
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
from leeward.exchange.sharing import services as sharing
from leeward.exchange.shelf import shelving
from leeward.exchange.shelf.models import Version
from leeward.exchange.taxii.api import COLLECTION_ID
from leeward.exchange.tests.conftest import AT, COLLECTION, digest, make_partner, publish, published, revoke
from leeward.indicators.models import Category, Tlp

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
LONG_S = 20.0  # Far above what a busy machine needs; no test waits so long.
DOOR = COLLECTION + "events/"
HEADERS = {"Accept": "text/event-stream"}


class Ear(bells.Listener):
    """A listener that remembers what it heard."""

    def __init__(self, partner: Partner, key: str, place: int = 0) -> None:
        self.heard: list[bells.Ring] = []
        self.is_cut_off = False
        passed = bells.Pass(digest=keys.keyed_digest("api key", key))
        super().__init__(partner.pk, passed, place, self.heard.append, self._cut_off)

    def _cut_off(self) -> None:
        self.is_cut_off = True


@pytest.fixture(autouse=True)
def bullying_is_shared(db: None) -> None:
    """Let partners see signs of bullying, and of nothing else."""
    draft = sharing.RuleDraft((Category.BULLYING.value,))
    sharing.add_rule(draft, by=User.objects.create(username="olga"), at=AT)


@pytest.fixture
def dan(dans_key: str) -> Partner:
    """Dan's hotline."""
    return Partner.objects.get(organisation__slug="dans-hotline")


@pytest.fixture
def belfry() -> bells.Belfry:
    """A belfry in which the test is the one that looks."""
    return bells.Belfry()


def join(belfry: bells.Belfry, partner: Partner, key: str) -> Ear:
    """Let somebody listen from now on, as the door does."""
    ring = bells.newest(partner)
    ear = Ear(partner, key, place=ring.place if ring else 0)
    belfry.join(ear)
    return ear


def look(belfry: bells.Belfry, *, is_check: bool = False) -> None:
    belfry.look(at=AT, is_check=is_check)


def test_many_changes_are_one_ring_and_the_next_change_is_another(
    belfry: bells.Belfry, dan: Partner, dans_key: str
) -> None:
    ear = join(belfry, dan, dans_key)
    published(digest(1), digest(2))
    revoke(at=AT + SECOND)
    look(belfry)
    look(belfry)
    published(digest(3), source="decision:2", at=AT + 2 * SECOND)
    look(belfry)

    told = list(Version.objects.order_by("place").values_list("place", flat=True))
    assert [ring.place for ring in ear.heard] == [told[3], told[4]]
    assert ear.heard[0].data(COLLECTION_ID) == {
        "collection": COLLECTION_ID,
        "date_added": taxii.timestamp(Version.objects.get(place=told[3]).added_at),
    }


def test_it_does_not_ring_for_what_a_partner_may_not_see(belfry: bells.Belfry, dan: Partner, dans_key: str) -> None:
    ear = join(belfry, dan, dans_key)
    for rule in sharing.in_force():
        sharing.end_rule(rule, by=User.objects.get(), at=AT)
    published(digest(1))
    published(digest(2), source="decision:2", tlp=Tlp.RED)
    look(belfry)
    look(belfry, is_check=True)

    assert ear.heard == []
    assert not ear.is_cut_off


def test_what_came_while_somebody_was_let_in_is_not_missed(belfry: bells.Belfry, dan: Partner, dans_key: str) -> None:
    published(digest(1))
    look(belfry)  # Everything that is there was looked at.
    belfry.join(late := Ear(dan, dans_key))
    look(belfry)

    assert len(late.heard) == 1


def test_a_suspended_partner_is_cut_off_and_hears_nothing_more(
    belfry: bells.Belfry, dan: Partner, dans_key: str
) -> None:
    ear = join(belfry, dan, dans_key)
    partners.suspend(dan, by=User.objects.get(), at=AT)
    published(digest(1))
    look(belfry)

    assert ear.is_cut_off
    assert ear.heard == []


def test_a_revoked_key_ends_its_streams_and_no_others(belfry: bells.Belfry, dan: Partner, dans_key: str) -> None:
    new_key = machines.make_key(dan.organisation, scopes=[ApiKey.Scope.EXCHANGE], at=AT)
    old, new = join(belfry, dan, dans_key), join(belfry, dan, new_key)
    ApiKey.objects.filter(digest=keys.keyed_digest("api key", dans_key)).update(revoked_at=AT)
    look(belfry, is_check=True)

    assert (old.is_cut_off, new.is_cut_off) == (True, False)


def test_a_partner_has_five_streams_at_most_and_a_closed_one_makes_room(
    belfry: bells.Belfry, dan: Partner, dans_key: str
) -> None:
    ears = [join(belfry, dan, dans_key) for _ in range(5)]
    with pytest.raises(bells.TooManyListeners):
        join(belfry, dan, dans_key)

    belfry.leave(ears[0])

    join(belfry, dan, dans_key)


def test_two_hundred_listeners_cost_a_handful_of_questions(
    belfry: bells.Belfry, django_assert_max_num_queries: Any
) -> None:
    names = [f"hotline-{number}" for number in range(40)]
    mine = {name: make_partner(name, ApiKey.Scope.EXCHANGE) for name in names}
    known = Partner.objects.in_bulk(field_name="organisation_id")
    ears = [
        join(belfry, partner, mine[partner.organisation.slug])
        for partner in Partner.objects.select_related("organisation")
        for _ in range(5)
    ]
    assert len(ears) == 5 * len(known) == 200
    published(digest(1))
    shelving.catch_up()

    # What each partner may see is asked once a partner, what is newest once for all whom the same rules concern.
    with django_assert_max_num_queries(len(names) + 10):
        look(belfry)

    assert all(len(ear.heard) == 1 for ear in ears)


def events(client: Client, last_id: str = "") -> list[dict[str, str]]:
    """Return what the door says at once."""
    answer = client.get(DOOR, headers=HEADERS | ({"Last-Event-ID": last_id} if last_id else {}))
    assert answer.status_code == 200, answer.content
    blocks = answer.content.decode().split("\n\n")
    fields = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks if block]
    return [field for field in fields if "data" in field]


def test_the_door_rings_at_once_for_what_is_newer_than_the_last_id(dans_client: Client) -> None:
    published(digest(1))
    published(digest(2), source="decision:2", at=AT + SECOND)
    shelving.catch_up()
    times = [taxii.timestamp(at) for at in Version.objects.order_by("place").values_list("added_at", flat=True)]

    (ring,) = events(dans_client)

    assert ring["id"] == times[1]
    assert json.loads(ring["data"]) == {"collection": COLLECTION_ID, "date_added": times[1]}
    assert events(dans_client, times[0]) == [ring]
    assert events(dans_client, times[1]) == []
    assert events(dans_client, "not a time") == [ring]


def test_the_door_says_nothing_of_what_is_hidden(dans_client: Client) -> None:
    published(digest(1), tlp=Tlp.RED)

    assert events(dans_client) == []


def test_eve_and_a_suspended_partner_do_not_hear_it(dans_client: Client, eves_client: Client, dan: Partner) -> None:
    partners.suspend(dan, by=User.objects.get(), at=AT)

    assert eves_client.get(DOOR, headers=HEADERS).status_code == 401
    assert dans_client.get(DOOR, headers=HEADERS).status_code == 403


def test_other_methods_formats_and_collections_are_refused(dans_client: Client) -> None:
    assert dans_client.post(DOOR, headers=HEADERS).status_code == 405
    assert dans_client.get(DOOR, headers={"Accept": "text/html"}).status_code == 406
    assert dans_client.get(DOOR.replace(COLLECTION_ID, COLLECTION_ID[::-1]), headers=HEADERS).status_code == 404


# The stream behind the door: what the event loop sends.

type Message = MutableMapping[str, Any]


class Wire:
    """Both ends of one request at the ASGI application that keeps streams open."""

    def __init__(self, belfry: bells.Belfry, *, heartbeat_s: float = LONG_S, status: int = 200) -> None:
        self.sent: list[Message] = []
        self.status, self.arrived, self.gone = status, asyncio.Event(), asyncio.Event()
        self._app = bell_stream.Streams(self._begin, belfry=belfry, heartbeat_s=heartbeat_s)

    async def _begin(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer as the site does, and let the listener in where it may."""
        if self.status == 200:
            scope[bell_stream.STREAM].admit(1, bells.Pass(), collection="c", place=0)
        headers = [(b"content-length", b"5"), (b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"first"})

    async def _receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)
        self.arrived.set()

    async def run(self) -> None:
        await self._app({"type": "http", "path": DOOR}, self._receive, self._send)

    async def until(self, messages: int) -> None:
        """Wait until so many messages were sent."""
        while len(self.sent) < messages:
            self.arrived.clear()
            await asyncio.wait_for(self.arrived.wait(), LONG_S)

    @property
    def bodies(self) -> list[bytes]:
        return [message["body"] for message in self.sent[1:]]


class Still(bells.Belfry):
    """A belfry without a thread."""

    def watch(self) -> None:
        """Leave it to the test."""

    @property
    def ears(self) -> list[bells.Listener]:
        return self._all()


def two_rings(ear: bells.Listener) -> None:
    for place in (1, 2):
        ear.rung(bells.Ring(place, AT + place * SECOND))


def test_a_stream_goes_on_with_rings_until_it_is_cut_off() -> None:
    async def story() -> tuple[Wire, int]:
        belfry = Still()
        wire = Wire(belfry)
        running = asyncio.create_task(wire.run())
        await wire.until(2)
        (ear,) = belfry.ears
        # Two rings before anybody could send one are one; they come from another thread.
        await asyncio.to_thread(two_rings, ear)
        await wire.until(3)
        ear.cut_off()
        await asyncio.wait_for(running, LONG_S)
        return wire, len(belfry.ears)

    wire, left = asyncio.run(story())

    assert wire.sent[0]["headers"] == [(b"content-type", b"text/event-stream")]
    assert wire.sent[1] == {"type": "http.response.body", "body": b"first", "more_body": True}
    assert b"2026-11-21T10:00:02.000000Z" in b"".join(wire.bodies)
    assert wire.sent[-1] == {"type": "http.response.body", "body": b""}
    assert left == 0


def test_a_silent_stream_has_a_heartbeat_and_ends_when_the_listener_goes_away() -> None:
    async def story() -> tuple[Wire, int]:
        belfry = Still()
        wire = Wire(belfry, heartbeat_s=0.01)
        running = asyncio.create_task(wire.run())
        await wire.until(5)
        wire.gone.set()
        await asyncio.wait_for(running, LONG_S)
        return wire, len(belfry.ears)

    wire, left = asyncio.run(story())

    assert wire.bodies[1:4] == [b":\n\n"] * 3
    assert left == 0


def test_a_refusal_is_passed_on_as_it_is() -> None:
    async def story() -> Wire:
        wire = Wire(Still(), status=403)
        await asyncio.wait_for(wire.run(), LONG_S)
        return wire

    wire = asyncio.run(story())

    assert [message.get("status") for message in wire.sent] == [403, None]
    assert (b"content-length", b"5") in wire.sent[0]["headers"]
    assert "more_body" not in wire.sent[1]


# Our own client, against a partner's server that behaves as a test wants.


@contextmanager
def their_bell(*answers: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[tuple[str, list[str]]]:
    """Serve these answers, the last one again and again; yield the address and the last ids with which we came."""
    last_ids: list[str] = []

    class Bell(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            last_ids.append(self.headers.get("Last-Event-ID", ""))
            answers[min(len(last_ids), len(answers)) - 1](self)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Bell)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api/", last_ids
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def stream(*parts: bytes, until: threading.Event | None = None) -> Callable[[BaseHTTPRequestHandler], None]:
    """Return an answer that sends these parts and, where it waits for something, keeps the stream open so long."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "text/event-stream")
        request.end_headers()
        for part in parts:
            request.wfile.write(part)
        if until is not None:
            until.wait(LONG_S)

    return answer


class Heard:
    """Counts rings and stops listening after so many of them."""

    def __init__(self, most: int) -> None:
        self.rings, self.most, self.stop = 0, most, threading.Event()

    def __call__(self) -> None:
        self.rings += 1
        if self.rings >= self.most:
            self.stop.set()


def hear(dan: Partner, url: str, heard: Heard, *, silent_s: float = LONG_S) -> None:
    dan.url, dan.collection = url, "c"
    listening.listen(dan, heard, heard.stop, silent_s=silent_s, first_wait_s=0.01)


def test_we_come_again_with_the_last_id_after_a_stream_broke(dan: Partner) -> None:
    ring = b"id: %d\ndata: {}\n\n"
    # The second ring is cut in the middle, so it does not count yet.
    with their_bell(stream(b"retry: 5\n\n:\n\n", ring % 1, b"id: 2\nda"), stream(ring % 2)) as (url, last_ids):
        hear(dan, url, heard := Heard(2))

    assert heard.rings == 2
    assert last_ids == ["", "1"]


def test_a_silent_stream_is_cut_and_opened_anew(dan: Partner) -> None:
    never = threading.Event()
    with their_bell(stream(until=never), stream(b"data: {}\r\n\r\n")) as (url, last_ids):
        hear(dan, url, heard := Heard(1), silent_s=0.2)
        never.set()

    assert heard.rings == 1
    assert len(last_ids) >= 2  # A busy machine may be silent for so long once more.


def test_listening_ends_soon_after_it_was_asked_to(dan: Partner) -> None:
    end = threading.Event()
    heard = Heard(1)
    with their_bell(stream(b"data: {}\n\n", until=end)) as (url, _):
        hear(dan, url, heard)  # The server keeps the stream open, and `stop` was set by the ring.
        end.set()

    assert heard.rings == 1


def test_a_line_without_end_is_no_ring_and_breaks_the_stream(dan: Partner) -> None:
    with their_bell(stream(b"data: " + b"x" * 100_000), stream(b"data: {}\n\n")) as (url, last_ids):
        hear(dan, url, heard := Heard(1))

    assert heard.rings == 1
    assert len(last_ids) == 2


# The other bell.


@contextmanager
def their_webhook() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """Take webhooks; yield the address and what came."""
    came: list[tuple[dict[str, str], bytes]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append((dict(self.headers), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Keep silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", came
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


SECRET = "whsec_" + base64.b64encode(b"made-up secret of 24 byt").decode()


def owed(lane: str) -> int:
    return Delivery.objects.filter(lane=lane, state=Delivery.State.OWED).count()


def work(*, rounds: int = 20) -> None:
    """Do what is owed by the bell until nothing is."""
    for _ in range(rounds):
        claimed = worker.claim(at=AT + timedelta(days=3650), most=10)
        if not claimed:
            return
        for delivery in claimed:
            worker.perform(delivery)


def test_a_partners_system_is_rung_once_for_many_changes_and_signed(dan: Partner) -> None:
    with their_webhook() as (url, came):
        webhooks.open_endpoint(dan.organisation, url=url, secret=SECRET)
        for number in range(5):
            published(digest(number), source=f"decision:{number}")
        work()
        work()

    ((headers, body),) = came
    told = Webhook(SECRET).verify(body, headers)
    newest = Version.objects.order_by("place").last()
    assert newest is not None
    assert told["type"] == "exchange.changed"
    assert told["data"] == {"collection": COLLECTION_ID, "date_added": taxii.timestamp(newest.added_at)}


def test_a_system_that_was_away_is_rung_when_it_is_back(dan: Partner) -> None:
    with their_webhook() as (url, _):
        pass  # The port is free again, and nobody listens there.
    endpoint = webhooks.open_endpoint(dan.organisation, url=url, secret=SECRET)
    published(digest(1))
    work(rounds=2)
    waiting = owed(f"bell:{endpoint.uid}")
    with their_webhook() as (url, came):
        Endpoint.objects.filter(pk=endpoint.pk).update(url=url)
        work()

    assert waiting == 1
    assert len(came) == 1


def test_a_change_without_its_place_is_rung_for_once_it_has_one(dan: Partner) -> None:
    with their_webhook() as (url, came):
        webhooks.open_endpoint(dan.organisation, url=url, secret=SECRET)
        publish(digest(1))
        work(rounds=3)
        early = len(came)
        sequencer.stamp(at=AT)
        work()

    assert early == 0
    assert len(came) == 1


def test_a_suspended_partners_system_and_hidden_news_are_not_rung(dan: Partner) -> None:
    with their_webhook() as (url, came):
        webhooks.open_endpoint(dan.organisation, url=url, secret=SECRET)
        published(digest(1), tlp=Tlp.RED)
        work()
        published(digest(2), source="decision:2")
        partners.suspend(dan, by=User.objects.get(), at=AT)
        work()
        bell_reactions.ring_system.call(endpoint_uid=str(Endpoint.objects.get().uid))

    assert came == []

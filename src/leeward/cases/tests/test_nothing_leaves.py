"""Media that may be illegal stays here: no webhook, mail, record, export, answer or log holds its bytes, in whatever form."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from leeward.cases import approvals, export, legs, services, viewing
from leeward.cases.models import Approval, Body, Case, Contact, Evidence, View
from leeward.cases.tests.desk import AT, ILLEGAL, case_of, with_evidence
from leeward.core import config, webhooks
from leeward.core.models import Delivery, Organisation, Record, User
from leeward.engines import routing
from leeward.engines.hashing.tests import drawn
from leeward.reports import contexts
from leeward.reports import services as reports
from leeward.reports.models import Channel, Reason
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db
ITEM, SENT, CONTENT = (drawn.encoded(drawn.picture(number), "JPEG") for number in (1, 2, 3))
MEDIA = {"item": ITEM, "sent by the reporter": SENT, "content": CONTENT}
# Long enough to be no accident, short enough to be whole in a line of some wrapped form.
PIECE_BYTES = 30
SECRET = "whsec_" + "bGFtcHMgb2YgdGhlIG5vcnRoIGFuZCB0aGUgc291dGg="
ALL_FIELDS = sorted(str(field) for field in routing.FIELDS)


@pytest.fixture
def came() -> Iterator[tuple[str, list[bytes]]]:
    """A system of somebody else that takes everything, and what came there."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(204)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", bodies
    server.shutdown()
    serving.join()
    server.server_close()


def media_in(payload: bytes) -> set[str]:
    """Return which media a payload holds some bytes of: as they are, in Base64 of any alignment, or in hexadecimal."""
    flat = payload.replace(b"\n", b"").replace(b"\r", b"")
    return {name for name, data in MEDIA.items() if any(form in flat for form in _forms(data))}


def _forms(data: bytes) -> Iterator[bytes]:
    # Not the start: what encoders write there is the same in every picture.
    for start in (len(data) // 3, len(data) // 2, len(data) - 2 * PIECE_BYTES):
        piece = data[start : start + PIECE_BYTES]
        yield piece
        yield piece.hex().encode()
        yield from (base64.b64encode(data[start + shift : start + shift + PIECE_BYTES]) for shift in range(3))


@pytest.fixture
def case(harbour: Organisation, came: tuple[str, list[bytes]]) -> Case:
    """A case with media from everywhere, whose provider has a system that takes orders."""
    webhooks.open_endpoint(harbour, url=came[0], secret=SECRET)
    contexts.add(
        contexts.Facts(), provider=harbour, item_id="photo-7", content=contexts.Content(CONTENT, "image/jpeg"), at=AT
    )
    draft = reports.Draft(
        Reason.BOTHERS,
        Channel.FORM,
        item=reports.Item("harbour", "photo-7", author_id="author-7"),
        words="Look at this",
        pictures=[reports.Picture(SENT, "image/jpeg")],
    )
    return case_of(reports.receive(draft, at=AT).report)


@pytest.fixture(autouse=True)
def _mail_leaves(settings: Settings) -> None:
    current: config.Config = settings.LEEWARD
    settings.LEEWARD = replace(current, intake=replace(current.intake, mail_from="desk@leeward.example"))


def bodies_of(came: str, harbour: Organisation) -> list[Body]:
    """Return a hotline that takes webhooks, a host that takes e-mail and one that takes XARF, each confirmed."""
    found = []
    for name, contact in (
        ("hooked", Contact(transport="webhook", endpoint=webhooks.open_endpoint(harbour, url=came, secret=SECRET))),
        ("mailed", Contact(transport="mail", mail="abuse@mailed.example")),
        ("xarfed", Contact(transport="xarf", mail="abuse@xarfed.example")),
    ):
        body = Body.objects.create(
            slug=name,
            name=name,
            kind=Body.Kind.HOTLINE,
            jurisdiction="any",
            source="the test",
            as_of_date=AT.date(),
            confirmed_at=AT,
        )
        contact.body = body
        contact.save()
        found.append(body)
    return found


def test_the_search_finds_media_in_each_form() -> None:
    for payload in (ITEM, ITEM.hex().encode(), *(base64.encodebytes(b"x" * shift + ITEM) for shift in range(3))):
        assert media_in(b"..." + payload) == {"item"}
    assert media_in(b"nothing of it") == set()


def test_media_leaves_by_no_door(
    case: Case,
    came: tuple[str, list[bytes]],
    harbour: Organisation,
    cem: User,
    dan: User,
    sam: User,
    settle: Settle,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    now = timezone.now()
    settle()
    with_evidence(case, ITEM)
    settle()
    assert set(case.evidence.values_list("kind", flat=True)) == {"item", "attachment", "content"}

    for piece in case.evidence.all():
        viewing.open_evidence(piece, by=cem, purpose="to judge it", form=View.Form.CLEAR, at=now)
    decision = services.judge(case, ILLEGAL, by=cem, at=now)
    services.agree(decision, by=dan, at=now)
    for body in bodies_of(came[0], harbour):
        leg = legs.refer(case, body, by=cem, why="theirs", legal_basis="DSA 18", fields=ALL_FIELDS, at=now)
        if leg.state == "held":
            legs.release(leg, by=dan, at=now)
    settle()
    services.reverse(decision, by=sam, at=now)
    settle()
    approvals.agree(approvals.ask(case, kind=Approval.Kind.EXPORT, why="asked", by=cem, at=now), by=dan, at=now)
    packed = export.for_affected(case, by=cem, at=now)

    kinds = {json.loads(body)["type"] for body in came[1]}
    assert {"evidence.requested", "action.requested"} <= kinds
    assert any(kind.startswith("referral.") for kind in kinds)
    assert len(mail.outbox) >= 2
    payloads = {
        **{f"webhook {number}": body for number, body in enumerate(came[1])},
        **{f"mail {number}": letter.message().as_bytes() for number, letter in enumerate(mail.outbox)},
        "records": json.dumps(list(Record.objects.values("facts", "actor"))).encode(),
        "deliveries": json.dumps(list(Delivery.objects.values("arguments", "last_error"))).encode(),
        "export": packed,
        "log": caplog.text.encode() + repr([record.__dict__ for record in caplog.records]).encode(),
    }
    assert {door: media_in(payload) for door, payload in payloads.items() if media_in(payload)} == {}


def test_digests_do_leave_where_they_may(
    case: Case, came: tuple[str, list[bytes]], harbour: Organisation, cem: User, dan: User, settle: Settle
) -> None:
    """What is sent instead of the media, so that the test above is not true because nothing was sent."""
    with_evidence(case, ITEM)
    settle()
    services.agree(services.judge(case, ILLEGAL, by=cem, at=timezone.now()), by=dan, at=timezone.now())
    hooked = bodies_of(came[0], harbour)[0]
    leg = legs.refer(case, hooked, by=cem, why="theirs", legal_basis="DSA 18", fields=ALL_FIELDS, at=timezone.now())
    if leg.state == "held":
        legs.release(leg, by=dan, at=timezone.now())
    settle()

    item = Evidence.objects.get(case=case, kind="item")
    assert any(item.sha256.encode() in body for body in came[1])

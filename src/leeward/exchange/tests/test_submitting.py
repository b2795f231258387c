"""What a partner adds: its words and signs go to the intake, a status says what became of them, and it takes back its own only."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leeward.core import machines, sequencer
from leeward.core.models import ApiKey
from leeward.engines import stix
from leeward.exchange.intake.models import Feedback, Received
from leeward.exchange.partners.models import Partner
from leeward.exchange.sharing import services as sharing
from leeward.exchange.taxii import submissions
from leeward.exchange.taxii.models import Submission
from leeward.exchange.tests import tellers
from leeward.exchange.tests.conftest import ACCEPT, AT, COLLECTION, digest, published
from leeward.exchange.tests.tellers import Teller
from leeward.indicators.models import Indicator

taxii2client = import_module("taxii2client.v21")
pytestmark = pytest.mark.django_db
DOOR = f"{COLLECTION}objects/"


def envelope(*objects: bytes) -> bytes:
    return b'{"objects": [' + b",".join(objects) + b"]}"


def joined(teller: Teller, *categories: str) -> tuple[Partner, Client]:
    """Let somebody take part, trusted with some categories, and return its own program."""
    partner = teller.joins()
    tellers.trust(partner, *categories)
    key = machines.make_key(partner.organisation, scopes=[ApiKey.Scope.EXCHANGE], at=AT)
    return partner, Client(headers={"Host": "localhost", "Accept": ACCEPT, "Authorization": f"Bearer {key}"})


def sent(client: Client, *objects: bytes) -> dict[str, Any]:
    """Return the status of what was sent."""
    answer = client.post(DOOR, envelope(*objects), content_type=ACCEPT)
    assert answer.status_code == 202, answer.content
    status: dict[str, Any] = answer.json()
    return status


def test_a_sign_of_a_trusted_partner_protects_and_its_status_can_be_read_later(db: None) -> None:
    dan = Teller("dan")
    _, client = joined(dan, "bullying")

    status = sent(client, dan.told(dan.sign()))

    assert Received.objects.get().state == Received.State.ACTIVE
    assert Indicator.objects.get().source.startswith("partner:dan/")
    assert (status["status"], status["total_count"], status["success_count"]) == ("complete", 1, 1)
    assert (status["failure_count"], status["pending_count"]) == (0, 0)
    assert status["successes"] == [{"id": f"indicator--{dan.sign().uid}", "version": "2026-11-22T10:00:00.000Z"}]
    assert "failures" not in status
    assert client.get(f"/taxii2/api/status/{status['id']}/").json() == status


def test_a_sign_waits_where_its_partner_is_not_trusted_with_its_category_or_with_any(db: None) -> None:
    dan, eve = Teller("dan"), Teller("eve")
    _, dans = joined(dan, "csam")
    _, eves = joined(eve)

    assert sent(dans, dan.told(dan.sign()))["success_count"] == 1
    assert sent(eves, eve.told(eve.sign()))["success_count"] == 1

    assert [row.state for row in Received.objects.all()] == [Received.State.QUARANTINE] * 2
    assert not Indicator.objects.exists()


def test_everybody_may_say_that_it_disagrees(db: None) -> None:
    (oid,) = published(digest(1))
    dan = Teller("dan")
    _, client = joined(dan)
    about = dan.sign(uid=uuid.UUID(oid.partition("--")[2]))

    status = sent(client, dan.disagrees(about))

    assert status["success_count"] == 1
    assert Feedback.objects.get().object_id == oid


def test_one_bad_object_does_not_hold_back_the_others(db: None) -> None:
    dan, eve = Teller("dan"), Teller("eve")
    _, client = joined(dan, "bullying")
    forged = json.dumps({**dan.known(dan.sign("another shape")), "confidence": 1}).encode()
    not_a_sign = json.dumps(stix.identity(dan.identity_uid, "Dan")).encode()

    status = sent(client, forged, eve.told(eve.sign()), not_a_sign, dan.told(dan.sign()))

    assert (status["total_count"], status["success_count"], status["failure_count"]) == (4, 1, 3)
    assert all(set(failure) == {"id", "version", "message"} for failure in status["failures"])
    assert Received.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"no json", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"objects": []}', 400),
        (b'{"objects": [1]}', 400),
        (b'{"objects": [{"type": "indicator"}]}', 400),
        (b'{"objects": [' + b'{"a":' * 100 + b"1" + b"}" * 100 + b"]}", 400),
        (envelope(*[b'{"type":"x","id":"x--1","created":"x"}'] * (submissions.OBJECTS_MAX + 1)), 413),
    ],
)
def test_what_cannot_be_read_is_refused_as_a_whole(db: None, body: bytes, status: int) -> None:
    _, client = joined(Teller("dan"), "bullying")

    answer = client.post(DOOR, body, content_type=ACCEPT)

    assert answer.status_code == status
    assert answer.json()["http_status"] == str(status)
    assert answer["Content-Type"] == ACCEPT
    assert not Submission.objects.exists()


def test_a_status_is_nothing_to_anybody_else(db: None) -> None:
    dan = Teller("dan")
    _, dans = joined(dan, "bullying")
    _, eves = joined(Teller("eve"))
    status = sent(dans, dan.told(dan.sign()))

    for uid in (status["id"], "nonsense", str(uuid.uuid4())):
        assert eves.get(f"/taxii2/api/status/{uid}/").status_code == 404


def test_old_statuses_are_forgotten(db: None) -> None:
    dan = Teller("dan")
    _, client = joined(dan, "bullying")
    status, at = sent(client, dan.told(dan.sign())), timezone.now()

    submissions.forget(at)
    kept = client.get(f"/taxii2/api/status/{status['id']}/").status_code
    submissions.forget(at + submissions.KEPT + timedelta(seconds=1))

    assert (kept, client.get(f"/taxii2/api/status/{status['id']}/").status_code) == (200, 404)


def test_whoever_told_a_sign_takes_it_back(db: None) -> None:
    dan = Teller("dan")
    _, client = joined(dan, "bullying")
    sent(client, dan.told(dan.sign()))
    oid = f"indicator--{dan.sign().uid}"

    answers = [client.delete(f"{DOOR}{oid}/").status_code for _ in range(2)]

    assert answers == [200, 200]
    assert Received.objects.get().state == Received.State.WITHDRAWN
    assert Indicator.objects.get().state == Indicator.State.REVOKED
    later = dan.sign(modified=AT + timedelta(days=2))
    assert sent(client, dan.told(later))["failure_count"] == 1


def test_nobody_takes_back_what_others_told(db: None) -> None:
    sharing.share_everything(at=AT)
    (ours,) = published(digest(1))
    (hidden,) = published(digest(2), source="partner:somebody/1")
    dan = Teller("dan")
    _, dans = joined(dan, "bullying")
    _, eves = joined(Teller("eve"), "bullying")
    sent(dans, dan.told(dan.sign()))
    theirs = f"indicator--{dan.sign().uid}"

    statuses = [eves.delete(f"{DOOR}{oid}/").status_code for oid in (ours, theirs, hidden, "nonsense")]

    assert statuses == [403, 404, 404, 404]
    assert Indicator.objects.filter(state=Indicator.State.ACTIVE).count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_client_sends_and_asks_for_the_status(live_server: Any, site_at: Any) -> None:
    site_at(live_server.url)
    dan = Teller("dan")
    partner, _ = joined(dan, "bullying")
    key = machines.make_key(partner.organisation, scopes=[ApiKey.Scope.EXCHANGE], at=AT)
    server = taxii2client.Server(f"{live_server.url}/taxii2/", user="dan", password=key)
    (collection,) = server.default.collections

    status = collection.add_objects({"objects": [dan.known(dan.sign())]})
    sequencer.stamp(at=AT)

    assert (status.status, status.success_count, status.failure_count) == ("complete", 1, 0)
    again = server.default.get_status(status.id)
    assert [dict(one) for one in again.successes] == [dict(one) for one in status.successes]

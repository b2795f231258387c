"""A provider's server adds what only it knows; it is sealed, belongs to its own items, and is never given out again."""

from __future__ import annotations

import base64
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from leeward.core import blobs, machines
from leeward.core.models import ApiKey, Blob, Organisation, Record
from leeward.reports import contexts, services
from leeward.reports.contexts import Connection, Facts, Known, Note
from leeward.reports.models import Channel, Context, Nature, Reason, Report
from leeward.reports.services import Draft, Item
from leeward.reports.tests.ana import AT, DOOR, Answer, body

pytestmark = pytest.mark.django_db
CONTEXTS = f"{DOOR}/context"
CANARY = "kanarienvogel of the profile"
LOGIN = {"ip": "192.0.2.7", "port": 4711, "at": "2026-11-22T09:30:00+01:00", "event": "login"}
CONTENT = b"the words as they were"


@pytest.fixture
def key(harbour: Organisation) -> str:
    return machines.make_key(harbour, scopes=[ApiKey.Scope.REPORT], at=AT)


@pytest.fixture
def lagoon(db: None) -> Organisation:
    """Another provider."""
    return Organisation.objects.create(slug="lagoon", name="Lagoon Chat", kind=Organisation.Kind.PROVIDER)


def context(**fields: Any) -> dict[str, Any]:
    whole = {
        "item_id": "message-7",
        "author_id": "author-3",
        "conversation_id": "talk-1",
        "connections": [LOGIN],
        "profile_notes": [{"text": CANARY, "high_risk": True}],
        "content": base64.b64encode(CONTENT).decode(),
        "media_type": "text/plain",
    }
    return whole | fields


def add(client: Client, data: Any, *, key: str) -> Answer:
    return client.post(CONTEXTS, data, content_type="application/json", headers={"authorization": f"Bearer {key}"})


def reported(item_id: str = "message-7", *, provider: str = "harbour") -> Report:
    item = Item(provider, item_id)
    return services.receive(Draft(Reason.BOTHERS, Channel.BUTTON, nature=Nature.SOLICITATION, item=item), at=AT).report


def test_what_was_added_is_opened_for_a_report_of_the_item(client: Client, key: str) -> None:
    answer = add(client, context(), key=key)

    assert answer.status_code == 201
    [known] = contexts.of(reported())
    assert str(known.uid) == answer.json()["context"]
    assert known.facts == Facts(
        author_id="author-3",
        conversation_id="talk-1",
        connections=(Connection("192.0.2.7", 4711, datetime(2026, 11, 22, 8, 30, tzinfo=UTC), "login"),),
        profile_notes=(Note(CANARY, high_risk=True),),
    )
    assert known.is_high_risk
    assert known.content is not None
    assert (blobs.unseal(known.content), known.content.media_type) == (CONTENT, "text/plain")


def test_it_does_not_matter_whether_the_report_or_the_context_came_first(client: Client, key: str) -> None:
    report = reported()

    add(client, context(), key=key)

    assert len(contexts.of(report)) == 1


def test_nothing_of_it_lies_in_the_open(client: Client, key: str) -> None:
    add(client, context(), key=key)

    sealed = Path(settings.STORAGES["sealed"]["OPTIONS"]["location"])
    on_disk = b"".join(path.read_bytes() for path in sealed.rglob("*") if path.is_file())
    rows = [*Context.objects.values(), *Blob.objects.values(), *Record.objects.values()]
    for secret in (CANARY, "192.0.2.7", CONTENT.decode()):
        assert secret.encode() not in on_disk
        assert secret not in str(rows)


def test_the_record_names_the_number_and_the_provider_only(client: Client, key: str) -> None:
    answer = add(client, context(), key=key)

    record = Record.objects.get(kind="reports.ContextAdded")
    assert record.facts == {"context_uid": answer.json()["context"]}
    assert record.actor == "partner:harbour"


def test_the_same_again_gives_the_same_number_and_seals_nothing_twice(client: Client, key: str) -> None:
    first, again = (add(client, context(), key=key).json()["context"] for _ in range(2))

    assert first == again
    assert (Context.objects.count(), Blob.objects.count(), Record.objects.count()) == (1, 2, 1)


def test_something_else_about_the_same_item_is_added_to_it(client: Client, key: str) -> None:
    for data in (context(), context(content=None), context(connections=[])):
        add(client, data, key=key)

    assert len(contexts.of(reported())) == 3


def test_a_log_without_ports_says_so(client: Client, key: str) -> None:
    assert add(client, context(connections=[LOGIN | {"port": None}]), key=key).status_code == 201

    assert contexts.of(reported())[0].facts.connections[0].port is None


def test_the_item_of_another_provider_with_the_same_id_is_another_item(
    client: Client, key: str, lagoon: Organisation
) -> None:
    add(client, context(), key=key)

    assert contexts.of(reported(provider="lagoon")) == []


def test_a_report_of_a_page_finds_no_context(client: Client, key: str) -> None:
    add(client, context(), key=key)

    page = services.receive(Draft(Reason.SCARES, Channel.BUTTON, page_url="https://bad.example/"), at=AT).report

    assert contexts.of(page) == []


def test_a_report_may_name_a_context_of_another_item_of_the_same_provider(client: Client, key: str) -> None:
    number = add(client, context(item_id="talk-1"), key=key).json()["context"]

    answer = client.post(
        DOOR,
        body(page_url="", item={"provider": "harbour", "id": "message-8"}, context=[number, number]),
        content_type="application/json",
    )

    assert answer.status_code == 201
    assert [str(known.uid) for known in contexts.of(Report.objects.get())] == [number]


@pytest.mark.parametrize("item", [{"provider": "lagoon", "id": "message-7"}, None])
def test_a_context_of_another_provider_is_refused_like_one_that_does_not_exist(
    client: Client, key: str, lagoon: Organisation, item: dict[str, str] | None
) -> None:
    number = add(client, context(), key=key).json()["context"]

    answers = [
        client.post(DOOR, body(item=item, context=[named]), content_type="application/json")
        for named in (number, str(uuid.uuid4()))
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json() == answers[1].json()
    assert Report.objects.count() == 0


@pytest.mark.parametrize("scope", [scope for scope in ApiKey.Scope if scope != ApiKey.Scope.REPORT])
def test_a_key_for_other_doors_adds_nothing(client: Client, harbour: Organisation, scope: ApiKey.Scope) -> None:
    other = machines.make_key(harbour, scopes=[scope], at=AT)

    assert add(client, context(), key=other).status_code == 403
    assert Context.objects.count() == 0


def test_without_a_key_nothing_is_added(client: Client) -> None:
    assert client.post(CONTEXTS, context(), content_type="application/json").status_code == 401


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_nobody_can_read_or_change_it_by_the_api(client: Client, key: str, method: str) -> None:
    number = add(client, context(), key=key).json()["context"]

    answers = [
        client.generic(method, path, headers={"authorization": f"Bearer {key}"})
        for path in (CONTEXTS, f"{CONTEXTS}/{number}")
    ]

    assert [answer.status_code for answer in answers] == [405, 404]
    assert all(CANARY not in answer.content.decode() for answer in answers)


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"item_id": ""}, "item_id"),
        ({"item_id": "a\nb"}, "item_id"),
        ({"connections": [LOGIN | {"ip": "192.0.2"}]}, "ip"),
        ({"connections": [LOGIN | {"port": 0}]}, "port"),
        ({"connections": [{name: value for name, value in LOGIN.items() if name != "port"}]}, "port"),
        ({"connections": [LOGIN | {"at": "2026-11-22T09:30:00"}]}, "at"),
        ({"connections": [LOGIN | {"event": ""}]}, "event"),
        ({"connections": [LOGIN] * 1001}, "connections"),
        ({"profile_notes": [{"text": ""}]}, "text"),
        ({"profile_notes": [{"text": "x", "severity": 1}]}, "severity"),
        ({"content": "not base64!"}, "content"),
        ({"content": "AAAA" * (18 * 1024 * 1024 // 3 + 1)}, "content"),
        ({"media_type": "text"}, "media_type"),
        ({"media_type": "text/plain\r\nx: y"}, "media_type"),
        ({"connections": [], "profile_notes": [], "content": None}, "connections"),
        ({"provider": "lagoon"}, "provider"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_sealed(
    client: Client, key: str, fields: dict[str, Any], at_fault: str
) -> None:
    answer = add(client, context(**fields), key=key)

    assert answer.status_code == 422
    [fault] = answer.json()["errors"]
    assert fault["field"].rpartition(".")[2] == at_fault
    assert CANARY not in answer.content.decode()
    assert Context.objects.count() == Blob.objects.count() == 0


def test_what_a_mail_said_is_opened_beside_it(harbour: Organisation) -> None:
    report = reported()
    said = Facts(author_id="user-7")
    sealed = contexts.seal(said, at=AT)
    Report.objects.update(surroundings={"sealed": str(sealed.uid)})

    assert contexts.of(Report.objects.get(pk=report.pk)) == [Known(added_at=AT, facts=said)]

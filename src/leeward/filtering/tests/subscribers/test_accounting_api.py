"""Sessions by the API: the same events as by RADIUS, all of them or none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from leeward.core import machines
from leeward.core.models import ApiKey, Organisation
from leeward.filtering.subscribers import services
from leeward.filtering.subscribers.models import Session

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
START = {
    "event": "start",
    "session": "17",
    "at": "2026-11-22T09:00:00Z",
    "reference": "contract 1",
    "addresses": ["192.0.2.7", "2001:db8:1::/60"],
    "ports": [{"address": "198.51.100.9", "ports": "2048-3071"}],
    "devices": ["cpe-1"],
}
STOP = {"event": "stop", "session": "17", "at": "2026-11-22T10:00:00Z"}
RESTART = {"event": "restart", "at": "2026-11-22T11:00:00Z"}


@pytest.fixture
def key(harbour: Organisation) -> str:
    return machines.make_key(harbour, scopes=[ApiKey.Scope.LINES], at=AT)


def told(key: str, *events: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    door = Client(headers={"host": "localhost", "authorization": f"Bearer {key}"})
    answer = door.post("/api/v1/subscribers/sessions", [*events], content_type="application/json")
    return answer.status_code, answer.json()


def test_a_session_that_was_told_has_its_addresses(key: str) -> None:
    assert told(key, START) == (200, {"taken": 1})

    lines = [services.line_at("192.0.2.7"), services.line_at("2001:db8:1:f::1")]
    lines.append(services.line_at("198.51.100.9", port=3000))
    assert [line.reference for line in lines if line] == ["contract 1"] * 3


def test_an_end_and_a_restart_end_it(key: str) -> None:
    told(key, STOP, START)
    ended = services.line_at("192.0.2.7")
    told(key, START | {"session": "18", "at": "2026-11-22T10:30:00Z"})
    begun = services.line_at("192.0.2.7")
    told(key, RESTART)

    assert (ended, begun is not None, services.line_at("192.0.2.7")) == (None, True, None)


def test_another_organisation_ends_no_session_of_this_one(key: str) -> None:
    quay = Organisation.objects.create(slug="quay", name="Quay", kind=Organisation.Kind.PROVIDER)
    theirs = machines.make_key(quay, scopes=[ApiKey.Scope.LINES], at=AT)
    told(key, START)

    told(theirs, STOP, RESTART)

    assert services.line_at("192.0.2.7") is not None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (START | {"addresses": ["192.0.2.0/24"]}, "1.addresses"),
        (START | {"ports": [{"address": "192.0.2.9", "ports": "1-2"}]}, "1.addresses"),
        (START | {"session": ""}, "1.session"),
        (START | {"at": "2026-11-22T09:00:00"}, "events.1.at"),
        (START | {"event": "begin"}, "events.1.event"),
    ],
)
def test_one_wrong_event_keeps_all_of_them_out_and_is_named(key: str, wrong: dict[str, Any], field: str) -> None:
    status, problem = told(key, START, wrong)

    assert status == 422
    assert problem["errors"][0]["field"].startswith(field)
    assert not Session.objects.exists()


def test_nobody_without_a_key_tells_anything() -> None:
    assert told("lwk_guessed", START)[0] == 401
    assert not Session.objects.exists()

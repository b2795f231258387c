"""A service's own system is told at once what a child may do, signed; and the database holds no date of birth afterwards."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone
from standardwebhooks import Webhook

from leeward.core import webhooks
from leeward.core.models import Organisation, User
from leeward.families.birthdays import services as birthdays
from leeward.families.birthdays.months import Month
from leeward.families.models import Child
from leeward.families.permission import links, services
from leeward.families.permission.choices import Months, Scope
from leeward.families.permission.models import Permission
from leeward.families.tests.family import show_adult
from tests.stage.settling import Settle

pytestmark = pytest.mark.django_db
SECRET = "whsec_" + "bGFtcHMgb2YgdGhlIG5vcnRoIGFuZCB0aGUgc291dGg="


@pytest.fixture
def came(harbour: Organisation) -> Iterator[list[dict[str, object]]]:
    """Harbour's own system; each message is read with its signature checked."""
    messages: list[dict[str, object]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            messages.append(Webhook(SECRET).verify(body, dict(self.headers.items())))
            self.send_response(204)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    webhooks.open_endpoint(harbour, url=f"http://127.0.0.1:{server.server_port}/hook", secret=SECRET)
    yield messages
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def asked(ana: Child, bea: User, harbour: Organisation) -> Permission:
    at = timezone.now()
    links.state(ana, by=bea, at=at)
    show_adult(bea)
    return services.ask(ana, services.AskDraft(harbour, [Scope.ACCOUNT, Scope.DM], "ticket-1"), at=at)


def test_the_service_is_told_what_is_allowed_and_that_it_was_taken_back(
    asked: Permission, bea: User, settle: Settle, came: list[dict[str, object]]
) -> None:
    settle()
    assert came == []

    services.grant(asked, [Scope.ACCOUNT], months=Months.SIX, by=bea, at=timezone.now())
    settle()
    services.revoke(asked, by=bea, at=timezone.now())
    settle()

    assert [message["type"] for message in came] == ["permission.granted", "permission.revoked"]
    granted = came[0]["data"]
    assert isinstance(granted, dict)
    assert (granted["subject"], granted["ticket"], granted["scopes"]) == (str(asked.subject), "ticket-1", ["account"])
    assert came[1]["data"] == {"subject": str(asked.subject), "ticket": "ticket-1"}
    assert "Ana" not in json.dumps(came)


def test_a_call_that_comes_late_says_nothing_that_is_over(
    asked: Permission, bea: User, settle: Settle, came: list[dict[str, object]]
) -> None:
    services.grant(asked, [Scope.ACCOUNT], months=Months.SIX, by=bea, at=timezone.now())
    services.revoke(asked, by=bea, at=timezone.now())
    settle()

    assert {message["type"] for message in came} == {"permission.revoked"}


def test_after_everything_the_database_holds_no_date_of_birth(
    asked: Permission, ana: Child, bea: User, settle: Settle
) -> None:
    at = timezone.now()
    born = Month(at.year - 11, at.month)
    birthdays.say(ana, born, by=bea, at=at)
    services.grant(asked, [Scope.ACCOUNT], months=Months.SIX, by=bea, at=at)
    settle()

    dump = dumped()

    assert len(dump) > 1000
    assert not re.search(rf"\b{born.year}\b", dump)
    assert not re.search(rf"{born.year}-{born.number:02}", dump)
    assert "Ana-Lu" not in dump
    assert "ticket-1" not in dump
    births = [field for model in apps.get_models() for field in model._meta.get_fields() if "birth" in field.name]
    assert births == []


def dumped() -> str:
    """Return every value of every table of families and ages, and the record chain, as the database has it."""
    labels = {"families", "birthdays", "permission", "areas", "age", "core"}
    values = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.app_label in labels:
                cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')  # names of our own tables
                values += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(values)

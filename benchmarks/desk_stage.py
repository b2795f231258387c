"""What the benchmark of the desk plays on: a desk with a long queue, its people, and a provider's system that can be down."""

from __future__ import annotations

import base64
import http.client
import json
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BATCH = 2000


class Provider:
    """A provider's system: it takes signed webhooks and notes when; while it is down, nobody listens."""

    def __init__(self, port: int) -> None:
        self.port, self.taken = port, list[tuple[float, str, dict[str, Any]]]()
        self._server: ThreadingHTTPServer | None = None

    def up(self) -> None:
        """Listen."""
        taken = self.taken

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                taken.append((time.perf_counter(), body["type"], body["data"]))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self) -> None:
        """Stop listening, so that connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def orders(self) -> list[tuple[float, dict[str, Any]]]:
        """Return the orders that came, each once, in the order in which they came first."""
        found: dict[str, tuple[float, dict[str, Any]]] = {}
        for at, kind, data in list(self.taken):
            if kind == "action.requested":
                found.setdefault(data["action_id"], (at, data))
        return list(found.values())


@dataclass
class Stage:
    """Leeward, the provider, and the people at the desk with their keys."""

    port: int
    provider: Provider
    password: str
    keys: dict[str, str] = field(default_factory=dict)

    def ask(self, person: str, method: str, path: str, body: object = None) -> Any:
        """Ask the desk's API as a person and return what it answers."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.keys[person]}", "Content-Type": "application/json"}
        connection.request(method, f"/api/v1/desk/{path}", None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path} was answered with {answer.status}: {text[:300]!r}")
        return json.loads(text) if text else None


def fill(count: int) -> None:
    """Open `count` cases, each with its report. They are due after those of the burst, as on a desk that is behind."""
    from django.db import connection, transaction
    from django.utils import timezone

    from leeward.cases.models import Case, CaseReport, Subject
    from leeward.reports.models import Report

    at = timezone.now()
    for start in range(0, count, BATCH):
        numbers = range(start, min(count, start + BATCH))
        pages = [f"https://forum.example/old/{number}" for number in numbers]
        with transaction.atomic():
            subjects = Subject.objects.bulk_create(
                Subject(digest=Subject.digest_of(f"url:{page}"), page_url=page) for page in pages
            )
            cases = Case.objects.bulk_create(
                Case(subject=one, opened_at=at, due_at=at + timedelta(hours=6, seconds=start + n), report_count=1)
                for n, one in enumerate(subjects)
            )
            reports = Report.objects.bulk_create(
                Report(
                    reason="scares", channel="button", page_url=page, received_at=at, receipt=secrets.token_bytes(32)
                )
                for page in pages
            )
            CaseReport.objects.bulk_create(
                CaseReport(case=case, report=report, joined_at=at) for case, report in zip(cases, reports, strict=True)
            )
    if connection.vendor == "postgresql":
        # What autovacuum does within the minute.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def make_stage(port: int, provider: Provider) -> Stage:
    """Make a provider with a webhook, three people of the desk and a key for each."""
    from django.utils import timezone

    from leeward.core import machines, webhooks
    from leeward.core.models import ApiKey, Membership, Organisation, Role, User

    harbour = Organisation.objects.create(slug="harbour", name="Harbour", kind=Organisation.Kind.PROVIDER)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    webhooks.open_endpoint(harbour, url=f"http://127.0.0.1:{provider.port}/hooks", secret=secret)
    stage = Stage(port, provider, secrets.token_hex(8))
    for name, role in (("cem", Role.REVIEWER), ("dan", Role.REVIEWER), ("sam", Role.SENIOR_REVIEWER)):
        person = User.objects.create_user(username=name, password=stage.password)
        Membership.objects.create(user=person, organisation=harbour, role=role)
        scopes = [ApiKey.Scope.DESK]
        stage.keys[name] = machines.make_key(harbour, scopes=scopes, at=timezone.now(), person=person)
    return stage


def item_cases(names: Sequence[str]) -> dict[str, str]:
    """Report these items of the provider, wait for their cases, and return the cases' numbers by item."""
    from django.utils import timezone

    from leeward.cases.models import Case
    from leeward.reports import services
    from leeward.reports.models import Channel, Reason
    from tests.stage.waiting import until

    for name in names:
        draft = services.Draft(Reason.SCARES, Channel.BUTTON, item=services.Item("harbour", name))
        services.receive(draft, at=timezone.now())
    found = Case.objects.filter(subject__item_id__in=names)
    until(lambda: found.count() == len(names), within_s=60, what="the cases of the items")
    return {str(item): str(uid) for item, uid in found.values_list("subject__item_id", "uid")}

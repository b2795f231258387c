"""What the tests of routing begin with: bodies of drawn-up places, rules in force, and a system that takes legs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

from leeward.cases import legs, responsible, routing
from leeward.cases.models import Body, Case, Leg, Rule
from leeward.cases.tests.desk import AT, PAGE, case_of
from leeward.core.models import Membership, Organisation, Role, User
from leeward.engines import routing as engine
from leeward.reports import services as reports
from leeward.reports.models import Channel, Nature, Outcome, Reason

MINUTES = 60


def senior() -> User:
    """Return a senior reviewer who only sets things up and takes no part in the story."""
    home, _ = Organisation.objects.get_or_create(slug="office", defaults={"name": "Office", "kind": "provider"})
    person, is_new = User.objects.get_or_create(username="setter-up")
    if is_new:
        Membership.objects.create(user=person, organisation=home, role=Role.SENIOR_REVIEWER)
    return person


def body(
    slug: str, kind: str, *, theirs: tuple[str, ...] = ("any",), never: tuple[str, ...] = (), is_confirmed: bool = True
) -> Body:
    """Return a body that is responsible for some matters."""
    by = senior() if is_confirmed else None
    return Body.objects.create(
        slug=slug,
        name=f"The {slug}",
        kind=kind,
        jurisdiction="any",
        responsible_for=list(theirs),
        never_for=list(never),
        source="drawn up for a test",
        as_of_date=AT.date(),
        confirmed_by=by,
        confirmed_at=AT if by else None,
    )


def by_mail(slug: str, kind: str, **said: tuple[str, ...]) -> Body:
    """Return a confirmed body that takes letters."""
    made = body(slug, kind, **said)  # type: ignore[arg-type]  # the words of `body`
    responsible.add_mail(made, mail=f"desk@{slug}.example", is_xarf=False, natures=(), by=senior(), at=AT)
    responsible.confirm(made, by=senior(), at=AT)
    return made


def rule(name: str, leg: str, **values: Any) -> dict[str, Any]:
    """Return a row of the table: to a body of the kind of the leg where nothing else is said."""
    row: dict[str, Any] = {
        "id": name,
        "leg": leg,
        "why": "Theirs by the law of this test.",
        "source": "drawn up for a test",
    }
    row |= {"legal_basis": "Law of this test, article 1", "as_of": "2026-11-21"}
    row |= {"fields": ["case_ref", "matter", "page_url", "digests"], "due_minutes": MINUTES}
    if leg == "desk":
        row = {key: value for key, value in row.items() if key not in {"fields", "due_minutes", "legal_basis"}}
    elif "body" not in values:
        row["body_kind"] = {"emergency": "police"}.get(leg, leg)
    return row | values


def in_force(*rows: Mapping[str, Any]) -> None:
    """Put rules in force."""
    rules = [(engine.Rule.from_dict(row), AT.date()) for row in rows]
    routing.keep("draft:test", rules)
    routing.go_live("draft:test", by=senior(), at=AT)


def case_about(
    nature: Nature | None, page_url: str = PAGE, *, reason: Reason = Reason.SCARES, band: str = "", words: str = ""
) -> Case:
    """Return a new case of some nature, as the loop opens it; what is owed because of it is not done yet."""
    draft = reports.Draft(reason, Channel.BUTTON, nature=nature, page_url=page_url, band=band, words=words)
    return case_of(reports.receive(draft, at=AT).report)


def trail(case: Case) -> list[tuple[str, str]]:
    """Return the legs of a case in order: the body and where it stands."""
    return list(Leg.objects.filter(case=case).order_by("pk").values_list("body__slug", "state"))


def rules_in_force() -> list[str]:
    """Return the names of the rules in force, in order."""
    return [row.rule["id"] for row in Rule.objects.filter(is_live=True)]


def referred(
    case: Case,
    to: Body,
    *,
    by: User,
    why: str = "Theirs by law.",
    fields: Sequence[str] = ("case_ref",),
    is_danger: bool = False,
) -> Leg:
    """Return the leg by which a person gives a body its part."""
    basis = "Law of this test, article 1"
    return legs.refer(case, to, by=by, why=why, legal_basis=basis, fields=fields, is_danger=is_danger, at=AT)


def outcomes(kind: Outcome.Kind) -> list[str]:
    """Return what reporters read of one kind: whose name stands there."""
    return [outcome.why for outcome in Outcome.objects.filter(kind=kind).order_by("pk")]


class Taker:
    """A body's own system. It checks the signature of each message and keeps what it said."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.secret = ""
        self.taken: list[tuple[str, dict[str, Any]]] = []

    @property
    def kinds(self) -> list[str]:
        """The types of the messages, in order."""
        return [message["type"] for _id, message in self.taken]


@contextmanager
def taker() -> Iterator[Taker]:
    """Open a system that takes legs on this machine."""
    found: list[Taker] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            Webhook(found[0].secret).verify(data, headers)
            found[0].taken.append((headers["webhook-id"], json.loads(data)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.append(Taker(f"http://127.0.0.1:{server.server_port}/"))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def by_webhook(slug: str, kind: str, to: Taker, **said: tuple[str, ...]) -> Body:
    """Return a confirmed body whose own system takes legs."""
    made = body(slug, kind, **said)  # type: ignore[arg-type]  # the words of `body`
    _contact, to.secret = responsible.add_webhook(made, url=to.url, natures=(), by=senior(), at=AT)
    responsible.confirm(made, by=senior(), at=AT)
    return made

"""What a body is given of a case: the fields that its leg names, digests and pointers, and never media."""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.mail import EmailMessage
from django.urls import reverse

from leeward.cases import conversations, leg_making, routing
from leeward.cases.models import Case, Decision, Leg
from leeward.cases.states import DecisionState
from leeward.core import config
from leeward.engines import routing as engine
from leeward.indicators.models import Category
from leeward.reports import contexts, receipts
from leeward.reports.models import Nature, Report

# What XARF has words for: "exploitation_type", content-csem.json of XARF 4.2.0. Its type `csam` asks for a class of the material
# (baseline, A1 …), which nobody here records and which we would have to make up.
_EXPLOITATION = {
    "csam": "distribution",
    "sexual_child": "distribution",
    "solicitation": "grooming",
    "sextortion": "sextortion",
}


# What a person reads for a matter; a system is told the short word.
_MATTERS = {str(value): str(label) for value, label in [*Category.choices, *Nature.choices]}


class Notice(enum.StrEnum):
    """What a body is told of its leg, as the end of the webhook's type `referral.…`."""

    MADE = "made"
    REMINDED = "reminded"
    RECALLED = "recalled"


class NoXarf(Exception):
    """XARF has no words for this matter, or there is no address to name; it goes as a plain letter."""


def message(leg: Leg, notice: Notice) -> dict[str, Any]:
    """Return what the webhook carries. A body that is told of a recall is told nothing more of the case."""
    said: dict[str, Any] = {"leg": str(leg.uid)}
    if notice == Notice.RECALLED:
        return said
    said |= {"why": leg.why, "legal_basis": leg.legal_basis, "due_at": leg.due_at.isoformat()}
    said |= {"answer_at": answer_page(), "code": receipts.grouped(leg_making.code_of(leg))}
    return said | {"case": values(leg)}


def values(leg: Leg, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the values of the fields that a leg names, in the order of the closed list; what is not known is left out."""
    facts, decision = routing.facts_of(leg.case), _decision(leg.case)
    named = [field for field in engine.Field if field in leg.fields and field not in without]
    found = {field.value: _READ[field](leg.case, facts, decision) for field in named}
    return {name: value for name, value in found.items() if value not in ("", None, [])}


def _decision(case: Case) -> Decision | None:
    return case.decisions.filter(state=DecisionState.EFFECTIVE).first()


def _reports(case: Case) -> list[Report]:
    found = Report.objects.filter(casereport__case=case).select_related("provider")
    return list(found.order_by("casereport__joined_at", "pk"))


def _words(case: Case) -> list[str]:
    return [report.words for report in _reports(case) if report.words]


def _connections(case: Case) -> list[dict[str, Any]]:
    known = conversations.known(conversations.threads(case))
    rows = [one for context in known for one in context.facts.connections]
    return [_connection(one) for one in dict.fromkeys(rows)]


def _connection(one: contexts.Connection) -> dict[str, Any]:
    return {"ip": one.ip, "port": one.port, "at": one.at.isoformat(), "event": one.event}


def _digests(case: Case) -> list[str]:
    return list(case.evidence.order_by("pk").values_list("sha256", flat=True))


type _Reader = Callable[[Case, engine.Facts, Decision | None], Any]
_F = engine.Field
_READ: Mapping[engine.Field, _Reader] = {
    _F.CASE_REF: lambda case, _facts, _decision: case.ref,
    _F.MATTER: lambda _case, facts, _decision: facts.matter,
    _F.SEVERITY: lambda case, _facts, _decision: case.severity,
    _F.REPORT_COUNT: lambda case, _facts, _decision: case.report_count,
    _F.OPENED_AT: lambda case, _facts, _decision: case.opened_at.isoformat(),
    _F.DECIDED_AT: lambda _case, _facts, decision: _iso(decision.effective_at) if decision else "",
    _F.GROUND: lambda _case, _facts, decision: decision.ground if decision else "",
    _F.SUMMARY: lambda _case, _facts, decision: decision.facts if decision else "",
    _F.PAGE_URL: lambda case, _facts, _decision: case.subject.page_url,
    _F.PROVIDER: lambda case, _facts, _decision: case.subject.provider.slug if case.subject.provider else "",
    _F.ITEM_ID: lambda case, _facts, _decision: case.subject.item_id,
    _F.ITEM_KIND: lambda case, _facts, _decision: case.subject.item_kind,
    _F.AUTHOR_ID: lambda case, _facts, _decision: case.subject.author_id,
    _F.DIGESTS: lambda case, _facts, _decision: _digests(case),
    _F.HOST_COUNTRY: lambda _case, facts, _decision: facts.host_country,
    _F.SUSPECT_COUNTRY: lambda _case, facts, _decision: facts.suspect_country,
    _F.REPORTER_IS_CHILD: lambda _case, facts, _decision: facts.reporter_is_child,
    _F.VICTIM_IS_MINOR: lambda _case, facts, _decision: facts.victim_is_minor,
    _F.REPORTER_WORDS: lambda case, _facts, _decision: _words(case),
    # Reporters leave no address here: they read and answer with a code.
    _F.REPORTER_CONTACT: lambda _case, _facts, _decision: "",
    _F.CONNECTION_RECORDS: lambda case, _facts, _decision: _connections(case),
}


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def answer_page() -> str:
    """Return where a body answers."""
    return config.current().server.site_url + reverse("legs")


def letter(leg: Leg, notice: Notice, *, to: str, is_xarf: bool, at: datetime) -> EmailMessage:
    """Write the mail about a leg. It is not sealed on its way, so nothing that shows who somebody is stands in it."""
    host = urlsplit(config.current().server.site_url).hostname
    mail = EmailMessage(
        subject=_SUBJECTS[notice],
        body=_body(leg, notice),
        from_email=config.current().intake.mail_from,
        to=[to],
        headers={"Auto-Submitted": "auto-generated", "Message-ID": f"<{leg.uid}-{notice}@{host}>"},
    )
    if is_xarf and notice == Notice.MADE:
        try:
            document = xarf_of(leg, at=at)
        except NoXarf:
            return mail
        mail.attach("xarf.json", json.dumps(document, ensure_ascii=False), "application/json")
    return mail


_SUBJECTS = {
    Notice.MADE: "A child protection case that we think is yours",
    Notice.REMINDED: "We wait for your answer about a child protection case",
    Notice.RECALLED: "A child protection case was taken back",
}


def _body(leg: Leg, notice: Notice) -> str:
    lines = ["Hello,", ""]
    if notice == Notice.RECALLED:
        lines += ["We sent you a case and take it back. Please do nothing more about it.", "", f"Our number: {leg.uid}"]
        return "\n".join([*lines, ""])
    lines += _told(leg, without=engine.IDENTITY_FIELDS)
    if withheld := [field for field in leg.fields if field in engine.IDENTITY_FIELDS]:
        lines += ["", f"Not in a mail, ask us for a safe way: {', '.join(withheld)}"]
    return "\n".join(lines + _asked(leg, code=receipts.grouped(leg_making.code_of(leg))))


def sheet(leg: Leg, *, code: str) -> str:
    """Return what a person hands over, as plain text: all that may leave, also what shows who somebody is.

    `code` is empty while the leg has not left: then no code stands there.
    """
    return "\n".join(_told(leg) + _asked(leg, code=code))


def _told(leg: Leg, *, without: frozenset[str] = frozenset()) -> list[str]:
    basis = [f"Legal basis: {leg.legal_basis}", ""] if leg.legal_basis else []
    found = values(leg, without=without)
    return [leg.why, "", *basis, *(f"{name}: {_in_words(name, value)}" for name, value in found.items())]


def _asked(leg: Leg, *, code: str) -> list[str]:
    asked = ["", f"Please answer until {leg.due_at:%Y-%m-%d %H:%M} UTC, also where it is not yours:", answer_page()]
    return [*asked, *([f"Code: {code}"] if code else []), f"Our number: {leg.uid}", ""]


def _in_words(name: str, value: Any) -> str:
    return _MATTERS.get(value, value) if name == engine.Field.MATTER else _said(value)


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_said(one) for one in value)
    if isinstance(value, dict):
        return " ".join(f"{name} {_said(one)}" for name, one in value.items())
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def xarf_of(leg: Leg, *, at: datetime) -> dict[str, Any]:
    """Return the leg as a valid XARF 4 document with the address and digests, and no evidence inside. Raises `NoXarf`."""
    import xarf  # It builds grammars for a second when it is loaded, and only this needs it.

    found = values(leg, without=engine.IDENTITY_FIELDS)
    matter, url = routing.facts_of(leg.case).matter, found.get(engine.Field.PAGE_URL, "")
    if not url or matter not in _EXPLOITATION:
        raise NoXarf
    we = {"org": "Leeward", "contact": config.current().intake.mail_from}
    we["domain"] = urlsplit(config.current().server.site_url).hostname or ""
    document: dict[str, Any] = {
        "xarf_version": xarf.SPEC_VERSION,
        "report_id": str(leg.uid),
        "timestamp": at.isoformat(),
        "reporter": we,
        "sender": we,
        "source_identifier": urlsplit(url).hostname or "",
        "category": "content",
        "type": "csem",
        "exploitation_type": _EXPLOITATION[matter],
        "detection_method": "manual_review" if _decision(leg.case) else "user_report",
        "url": url,
    }
    if digests := found.get(engine.Field.DIGESTS):
        document["hash_values"] = {"sha256": digests[0]}
    if xarf.parse(document).errors:
        raise NoXarf
    return document

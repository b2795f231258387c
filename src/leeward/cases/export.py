"""Export one case for the person concerned: what is theirs in words, of media only digests, and nothing of anybody else."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import datetime
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string

from leeward.cases import approvals, events, services
from leeward.cases.models import Action, Appeal, Approval, Case, Decision, Evidence, View
from leeward.cases.states import DecisionState
from leeward.core import facts
from leeward.core.models import User
from leeward.reports.models import Report

VERSION = 1
AFFECTED = "affected"
# Of what reporters sent, the affected user is told nothing, not even that there was a picture.
_PURPOSE = "Named with its digest in an export for the person concerned"
_STOOD = (DecisionState.EFFECTIVE, DecisionState.OVERTURNED)

type Part = dict[str, Any]


class NotOfThisCase(Exception):
    """The report is not one of this case; choose one that is."""


@transaction.atomic
def for_reporter(case: Case, report: Report, *, by: User, at: datetime) -> bytes:
    """Return a ZIP with what one reporter gave and was told: `case.json` and `case.html`.

    Uses up an approval that two people gave; raises `NotApproved`, `NotForThisPerson` or `NotOfThisCase`.
    """
    if not case.reports.filter(report=report).exists():
        raise NotOfThisCase
    pieces = case.evidence.filter(sha256__in=report.attachments.values_list("blob__sha256", flat=True))
    told = {
        "report": _report(report),
        "conversation": _conversation(report),
        "told": [
            {"what": outcome.get_kind_display(), "why": outcome.why, "at": outcome.at}
            for outcome in report.outcomes.all()
        ],
        "complaints": [
            {"words": complaint.text, "at": complaint.at} | _answer(complaint.appeal)
            if hasattr(complaint, "appeal")
            else {"words": complaint.text, "at": complaint.at}
            for complaint in report.complaints.select_related("appeal")
        ],
    }
    return _packed(case, told, list(pieces), concerned=f"report:{report.uid}", by=by, at=at)


@transaction.atomic
def for_affected(case: Case, *, by: User, at: datetime) -> bytes:
    """Return a ZIP with what concerns the user whose content it is: `case.json` and `case.html`.

    Uses up an approval that two people gave; raises `NotApproved` or `NotForThisPerson`.
    """
    subject = case.subject
    told = {
        "about": {
            "address": subject.page_url,
            "provider": subject.provider.name if subject.provider else "",
            "item": subject.item_id,
            "kind": subject.item_kind,
            "author": subject.author_id,
        },
        "decisions": [_decision(decision) for decision in case.decisions.filter(state__in=_STOOD).order_by("pk")],
        "appeals": [
            {"words": appeal.text, "at": appeal.at} | _answer(appeal)
            for appeal in Appeal.objects.filter(decision__case=case, by=Appeal.By.AFFECTED).order_by("at")
        ],
    }
    pieces = case.evidence.exclude(kind__in=Evidence.FROM_REPORTERS)
    return _packed(case, told, list(pieces), concerned=AFFECTED, by=by, at=at)


def _report(report: Report) -> Part:
    return {
        "reason": report.get_reason_display(),
        "nature": report.get_nature_display(),
        "address": report.page_url,
        "provider": report.provider.name if report.provider else "",
        "item": report.item_id,
        "words": report.words,
        "language": report.language,
        # What the provider's server knows of others is sealed beside it and is not the reporter's own.
        "surroundings": {
            name: value
            for name, value in report.surroundings.items()
            if name in {"time_zone", "browser", "seen_at", "actions"}
        },
        "received_at": report.received_at,
    }


def _conversation(report: Report) -> list[Part]:
    return [
        {"from": "desk" if message.asked_by_id else "you", "words": message.text, "at": message.at}
        for message in report.messages.all()
    ]


def _decision(decision: Decision) -> Part:
    """Return a decision without who took it, and without its facts, which may speak of others; the statement says why."""
    return {
        "outcome": decision.get_outcome_display(),
        "harm": decision.get_category_display(),
        "ground": decision.ground,
        "automation": decision.get_automation_display(),
        "in_effect_since": decision.effective_at,
        "reversed_at": decision.reversed_at,
        "measures": [
            {"what": action.get_kind_display(), "state": action.get_state_display(), "ordered_at": action.ordered_at}
            for action in Action.objects.filter(decision=decision).order_by("pk")
        ],
    }


def _answer(appeal: Appeal) -> Part:
    return {"state": appeal.get_state_display(), "answered_at": appeal.answered_at, "answer": appeal.why}


def _piece(evidence: Evidence) -> Part:
    return {
        "kind": evidence.get_kind_display(),
        "sha256": evidence.sha256,
        "added_at": evidence.added_at,
        "erased_at": evidence.erased_at,
    }


def _packed(case: Case, told: Part, pieces: list[Evidence], *, concerned: str, by: User, at: datetime) -> bytes:
    if not by.roles & services.JUDGES:
        raise services.NotForThisPerson
    approvals.use(case, kind=Approval.Kind.EXPORT, by=by, at=at)
    whole = {
        "leeward_export": VERSION,
        "case": case.ref,
        "made_at": at,
        "opened_at": case.opened_at,
        "state": case.get_state_display(),
        **told,
        "files": [_piece(piece) for piece in pieces],
    }
    as_json = json.dumps(whole, ensure_ascii=False, indent=2, default=_plain)
    as_html = render_to_string("cases/export.html", {"case": json.loads(as_json), "concerned": concerned})
    View.objects.bulk_create(
        View(evidence=piece, by=by, purpose=_PURPOSE, form=View.Form.EXPORTED, at=at) for piece in pieces
    )
    facts.announce(events.CaseExported(str(case.uid), concerned), actor=services.actor(by), at=at)
    return _zip({"case.json": as_json, "case.html": as_html})


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _zip(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        digests = "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in files.items())
        archive.writestr("SHA256SUMS", digests)
    return out.getvalue()

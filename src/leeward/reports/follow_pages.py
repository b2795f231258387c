"""What a reporter reads who came back with the code: every step, every message, and a form for whatever there is to say."""

from __future__ import annotations

import functools
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from leeward.core import texts
from leeward.engines.reading import Band
from leeward.reports import dialogue
from leeward.reports.follow_forms import SayForm, WordsForm
from leeward.reports.models import Message, Nature, Outcome, Report

TICKET_S = 2 * 3600
_SALT = "leeward.reports.follow"


@dataclass(frozen=True)
class Said:
    """What was just done: the code that was typed for the first time, a thank-you, or a form that needs another look."""

    code: str = ""
    notice: str = ""
    words: str = ""
    say: SayForm | None = None
    complain: WordsForm | None = None

    @property
    def has_faults(self) -> bool:
        """True where something was not sent."""
        return self.say is not None or self.complain is not None


@dataclass(frozen=True)
class Step:
    """One line of what became of a report. `detail` says why, or who it went to."""

    words: str
    at: datetime | None = None
    asked: str = ""
    detail: str = ""


def of_ticket(ticket: str) -> Report | None:
    """Return the report whose page carried this ticket, or None where we did not write it, or more than two hours ago."""
    try:
        uid = signing.loads(ticket, salt=_SALT, max_age=TICKET_S)
    except signing.BadSignature:
        return None
    return Report.objects.filter(uid=uid).prefetch_related("outcomes").first()


def say_form(report: Report, data: QueryDict | None = None, files: Any = None, *, words: str = "") -> SayForm:
    """Return the form with which a reporter answers or adds something; it takes no picture where none may ever be taken."""
    return SayForm(
        texts_for(report),
        data,
        files,
        words=words,
        has_picture=not (report.nature and Nature(report.nature).is_never_captured),
        is_answer=_question(list(report.messages.all())) is not None,
    )


def _question(conversation: list[Message]) -> Message | None:
    return conversation[-1] if conversation and conversation[-1].asked_by_id else None


def status(request: HttpRequest, report: Report, said: Said) -> HttpResponse:
    """Return the page of a report, with 422 where a form on it needs another look."""
    words, steps, decision = texts_for(report), _steps(report), _last_decision(report)
    conversation = list(report.messages.prefetch_related("attachments"))
    if any(message.asked_by_id and message.read_at is None for message in conversation):
        dialogue.note_read(report, by=None, at=timezone.now())
    may_complain = decision is not None and not report.complaints.filter(outcome=decision).exists()
    context = {
        "words": texts.tables(words),
        "ticket": signing.dumps(str(report.uid), salt=_SALT),
        "report": report,
        "said": said,
        "notice": words[said.notice] if said.notice else "",
        "steps": steps,
        "zone": _zone(report),
        "conversation": conversation,
        "question": _question(conversation),
        "say": said.say or say_form(report, words=said.words),
        "decision": decision,
        "complain": said.complain or (WordsForm(words) if may_complain else None),
        "may_withdraw": decision is None and not hasattr(report, "withdrawal"),
    }
    return render(request, "reports/status.html", context, status=422 if said.has_faults else 200)


def _steps(report: Report) -> list[Step]:
    words = texts_for(report)
    steps = [Step(words["status.received"], report.received_at)]
    steps += [_told(outcome, words) for outcome in report.outcomes.all()]
    steps += [
        Step(words["status.complained"], complaint.at, detail=complaint.text) for complaint in report.complaints.all()
    ]
    if hasattr(report, "withdrawal"):
        steps.append(Step(words["status.withdrawn"], report.withdrawal.at))
    steps.sort(key=lambda step: step.at or report.received_at)
    return steps if _last_decision(report) else [*steps, Step(words["status.nothing_yet"])]


def _told(outcome: Outcome, words: Mapping[str, str]) -> Step:
    names_others = outcome.kind in {Outcome.Kind.SENT_ON, Outcome.Kind.NOT_OURS}
    asked = words["status.who" if names_others else "status.why"]
    # The desk writes no reason of its own where a thing was taken away: the decision itself is the reason.
    why = outcome.why or words.get(f"status.why_{outcome.kind}", "")
    return Step(words[f"status.{outcome.kind}"], outcome.at, asked if why else "", why)


@functools.cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _zone(report: Report) -> str:
    """Return the time zone in which the reporter saw it, where the button sent one that exists, else UTC."""
    named = str(report.surroundings.get("time_zone", ""))
    return named if named in _zones() else "UTC"


def _last_decision(report: Report) -> Outcome | None:
    decisions = [outcome for outcome in report.outcomes.all() if outcome.is_decision]
    return decisions[-1] if decisions else None


def texts_for(report: Report) -> Mapping[str, str]:
    """Return the words for the reporter's age, in the language of the visitor's browser."""
    return texts.read("reports", language=get_language() or "en", band=Band(report.band or Band.MIDDLE))

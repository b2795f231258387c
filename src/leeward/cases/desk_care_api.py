"""The desk for programs: evidence and what keeps it, appeals, what two people must allow, and orders that a person carries out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Schema, Status

from leeward.cases import actions, appeals, approvals, desk_door, evidence_copies, export, retention, viewing, wellbeing
from leeward.cases.desk_bodies import ActionOut, AppealOut, ApprovalOut, HoldOut
from leeward.cases.desk_door import in_words
from leeward.cases.models import Action, Appeal, Approval, Case, Evidence, Hold, View
from leeward.core import machines, problems
from leeward.core.models import User
from leeward.reports.models import Report

router = desk_door.new_router()

# A program that shows something clear says no more when it stopped, so as much is counted as the desk's page shows it.
CLEAR_SECONDS = 30


class ViewIn(Schema):
    """For what, and how. Each view is recorded with its purpose, and counts towards the person's time."""

    purpose: str = Field(min_length=1, max_length=300)
    form: Literal[View.Form.COVERED, View.Form.CLEAR] = View.Form.COVERED
    is_sure: bool = Field(False, description="You must see it yourself although it may show a child sexually.")


@router.post(
    "/cases/{uuid:uid}/evidence/{sha256}/view",
    response={200: None},
    url_name="desk_view",
    openapi_extra={"responses": {200: {"description": "A JPEG, a PNG, or text", "content": {"image/jpeg": {}}}}},
)
def view(request: HttpRequest, uid: UUID, sha256: str, body: ViewIn) -> HttpResponse:
    """Open one piece of evidence: a copy drawn anew, covered unless asked otherwise. The original bytes never leave."""
    person, at = machines.person(request), timezone.now()
    pieces = Evidence.objects.select_related("case__subject__provider", "blob")
    piece, form = get_object_or_404(pieces, case__uid=uid, sha256=sha256), View.Form(body.form)
    with in_words():
        data = viewing.open_evidence(piece, by=person, purpose=body.purpose, form=form, at=at, is_sure=body.is_sure)
    if form == View.Form.CLEAR:
        wellbeing.seen(person, seconds=CLEAR_SECONDS, at=at)
    return _file(data, evidence_copies.media_type_of(data))


def _file(data: bytes, media_type: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=media_type)
    answer["Cache-Control"] = "no-store"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


class HoldIn(Schema):
    """Until when nothing of a case is erased, and on which basis."""

    basis: str = Field(min_length=1, max_length=300)
    until: datetime


@router.post("/cases/{uuid:uid}/holds", response={201: HoldOut}, url_name="desk_hold")
def hold(request: HttpRequest, uid: UUID, body: HoldIn) -> Status[Any]:
    """Let nothing of a case be erased until then."""
    if body.until.tzinfo is None:
        raise problems.Refused(422, "Write the time zone of «until»; Z is UTC.")
    case, person = get_object_or_404(Case, uid=uid), machines.person(request)
    with in_words():
        return Status(201, retention.hold(case, basis=body.basis, until=body.until, by=person, at=timezone.now()))


@router.post("/holds/{int:hold_id}/release", response=HoldOut, url_name="desk_release_hold")
def release(request: HttpRequest, hold_id: int) -> Hold:
    """End a hold before its time. For senior reviewers."""
    holds = Hold.objects.select_related("case", "placed_by", "released_by")
    with in_words():
        retention.release(get_object_or_404(holds, pk=hold_id), by=machines.person(request), at=timezone.now())
    return holds.get(pk=hold_id)


class ApprovalIn(Schema):
    """What a second person must allow, and why."""

    kind: Approval.Kind
    why: str = Field(min_length=1, max_length=500)


@router.post("/cases/{uuid:uid}/approvals", response={201: ApprovalOut}, url_name="desk_ask_approval")
def ask_approval(request: HttpRequest, uid: UUID, body: ApprovalIn) -> Status[Any]:
    """Ask for something that a colleague must allow; asking twice before the answer is one question."""
    case, person = get_object_or_404(Case, uid=uid), machines.person(request)
    with in_words():
        return Status(201, approvals.ask(case, kind=body.kind, why=body.why, by=person, at=timezone.now()))


@router.post("/approvals/{uuid:uid}/agree", response=ApprovalOut, url_name="desk_agree_approval")
def agree_approval(request: HttpRequest, uid: UUID) -> Approval:
    """Allow what a colleague asked for: once, within a day."""
    return _approval(request, uid, approvals.agree)


@router.post("/approvals/{uuid:uid}/refuse", response=ApprovalOut, url_name="desk_refuse_approval")
def refuse_approval(request: HttpRequest, uid: UUID) -> Approval:
    """Do not allow what a colleague asked for."""
    return _approval(request, uid, approvals.refuse)


def _approval(request: HttpRequest, uid: UUID, step: Callable[..., None]) -> Approval:
    asked = Approval.objects.select_related("case", "asked_by", "answered_by")
    with in_words():
        step(get_object_or_404(asked, uid=uid), by=machines.person(request), at=timezone.now())
    return asked.get(uid=uid)


class ExportIn(Schema):
    """For whom: the affected user, or the reporter of one report."""

    report: UUID | None = Field(None, description="Null: for the user whose content it is.")


@router.post("/cases/{uuid:uid}/export", response={200: None}, url_name="desk_export")
def make_export(request: HttpRequest, uid: UUID, body: ExportIn) -> HttpResponse:
    """Return a ZIP of what concerns one person, others' data removed. Uses up an approval of kind «export»."""
    case, person = (
        get_object_or_404(Case.objects.select_related("subject__provider"), uid=uid),
        machines.person(request),
    )
    with in_words():
        return _file(_exported(case, body.report, by=person, at=timezone.now()), "application/zip")


def _exported(case: Case, report: UUID | None, *, by: User, at: datetime) -> bytes:
    if report is None:
        return export.for_affected(case, by=by, at=at)
    return export.for_reporter(case, get_object_or_404(Report, uid=report), by=by, at=at)


@router.get("/appeals", response=list[AppealOut], url_name="desk_appeals")
def list_appeals(request: HttpRequest) -> QuerySet[Appeal]:
    """List the appeals that wait, what is due first in front."""
    return appeals.waiting().select_related("answered_by")


@router.post("/appeals/{uuid:uid}/take", response=AppealOut, url_name="desk_take_appeal")
def take_appeal(request: HttpRequest, uid: UUID) -> Appeal:
    """Begin to look at an appeal. Never open to anybody who took part in the decision."""
    return _appeal(request, uid, appeals.take)


@router.post("/appeals/{uuid:uid}/put-back", response=AppealOut, url_name="desk_put_back_appeal")
def put_back_appeal(request: HttpRequest, uid: UUID) -> Appeal:
    """Leave an appeal to somebody else."""
    return _appeal(request, uid, appeals.put_back)


class AnswerIn(Schema):
    """How an appeal ends; whoever appealed reads why."""

    answer: Literal["uphold", "overturn", "refuse"]
    why: str = Field(min_length=1, max_length=appeals.WHY_MAX)


@router.post("/appeals/{uuid:uid}/answer", response=AppealOut, url_name="desk_answer_appeal")
def answer_appeal(request: HttpRequest, uid: UUID, body: AnswerIn) -> Appeal:
    """Answer an appeal that you took. «overturn» lifts everything that followed from the decision."""
    steps = {"uphold": appeals.uphold, "overturn": appeals.overturn, "refuse": appeals.refuse}

    def step(appeal: Appeal, *, by: User, at: datetime) -> None:
        steps[body.answer](appeal, by=by, why=body.why, at=at)

    return _appeal(request, uid, step)


def _appeal(request: HttpRequest, uid: UUID, step: Callable[..., None]) -> Appeal:
    found = Appeal.objects.select_related("decision__case", "taken_by", "answered_by")
    with in_words():
        step(get_object_or_404(found, uid=uid), by=machines.person(request), at=timezone.now())
    return found.get(uid=uid)


class DoneIn(Schema):
    """How an order ended that a person carries out."""

    done: bool


@router.post("/actions/{uuid:uid}/answer", response=ActionOut, url_name="desk_answer_action")
def answer_action(request: HttpRequest, uid: UUID, body: DoneIn) -> Action:
    """Say that you did what an order asks, or that you could not."""

    def step(action: Action, *, by: User, at: datetime) -> None:
        actions.confirm(action, done=body.done, by=by, at=at)

    return _action(request, uid, step)


@router.post("/actions/{uuid:uid}/retry", response=ActionOut, url_name="desk_retry_action")
def retry_action(request: HttpRequest, uid: UUID) -> Action:
    """Have an order tried again that was parked or could not be carried out."""
    return _action(request, uid, actions.retry)


def _action(request: HttpRequest, uid: UUID, step: Callable[..., None]) -> Action:
    found = Action.objects.select_related("decision__case", "done_by")
    with in_words():
        step(get_object_or_404(found, uid=uid), by=machines.person(request), at=timezone.now())
    return found.get(uid=uid)

"""What the desk does by itself when something happened. Each carries ids, reads the present, and may come twice."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.tasks import task
from django.urls import reverse
from django.utils import timezone

from leeward.cases import events, services
from leeward.cases.models import Action, Case, CaseReport, Decision, Evidence, Measure, Subject, Undo
from leeward.cases.states import UNDECIDED, ActionState, CaseState, DecisionState
from leeward.core import blobs, config, facts, outbox, webhooks
from leeward.core.models import Blob, Endpoint
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind
from leeward.reports import contexts
from leeward.reports import services as reports
from leeward.reports.models import Attachment, Channel, Context, Nature, Outcome, Reason, Report

log = logging.getLogger("leeward.cases")
ACTOR = "system"
# "Danger to a child": human eyes within one hour; everything else within a day until the desk's own rules say otherwise.
DUE_IN = {0: timedelta(hours=1), 1: timedelta(hours=4), 2: timedelta(hours=24), 3: timedelta(hours=72)}
SEVERITY = {Reason.DANGER: 0, Reason.BOTHERS: 1, Reason.SCARES: 2, Reason.NOT_ALLOWED: 2}
# What may hurt a child now comes sooner than its reason alone would.
SEVERITY_OF_NATURE = {
    Nature.SEXUAL_CHILD: 1,
    Nature.SOLICITATION: 0,
    Nature.SEXTORTION: 0,
    Nature.SELF_HARM: 1,
    Nature.STALKING: 1,
    Nature.BULLYING: 1,
}
# A provider's own note that children may be in danger from a profile.
SEVERITY_OF_HIGH_RISK = 1
FIRST, LAST = 1, -1
# The part of a sign's features that says that a row is a frame of a video.
VIDEO_FRAME = 15


@task
def open_or_join_case(report_uid: str) -> None:
    """Give a report its case: the open one about the same thing, the one that removed it already, or a new one."""
    report = Report.objects.select_related("provider").get(uid=report_uid)
    try:
        _join(report, at=timezone.now())
    except IntegrityError:
        # Another report of the same thing opened the case in this moment; now there is one to join.
        _join(report, at=timezone.now())


@transaction.atomic
def _join(report: Report, *, at: datetime) -> None:
    if CaseReport.objects.filter(report=report).exists():
        return
    subject, is_new = _subject(report)
    found = None if is_new else _case_for(subject)
    known = _contexts(report)
    urgency = _urgency(report, known)
    case = _opened(subject, urgency, at=at) if found is None else _hastened(found, urgency)
    CaseReport.objects.create(case=case, report=report, joined_at=at)
    Case.objects.filter(pk=case.pk).update(report_count=F("report_count") + 1, nature=case.nature or report.nature)
    _take_attachments(case, report, at=at)
    for context in known:
        _add(case, context.content, kind=Evidence.Kind.CONTENT, at=at)
    if found is not None and (decision := _removal(case)):
        outbox.owe([outbox.Owed(tell_reporters, {"decision_uid": str(decision.uid)})], at=at)
    if found is None:
        facts.announce(events.CaseOpened(str(case.uid), is_item=subject.provider_id is not None), actor=ACTOR, at=at)


@dataclass(frozen=True)
class _Urgency:
    severity: int
    priority: int
    due_at: datetime


def _urgency(report: Report, known: Sequence[Context]) -> _Urgency:
    severity = SEVERITY[Reason(report.reason)]
    if report.nature in SEVERITY_OF_NATURE:
        severity = min(severity, SEVERITY_OF_NATURE[Nature(report.nature)])
    if any(context.has_high_risk_notes for context in known):
        severity = min(severity, SEVERITY_OF_HIGH_RISK)
    is_last = report.is_doubted and severity > 0
    priority = FIRST if report.channel == Channel.FLAGGER else LAST if is_last else 0
    return _Urgency(severity, priority, report.received_at + DUE_IN[severity])


def _contexts(report: Report) -> list[Context]:
    # A report of a bare address has none, and need not ask.
    return list(contexts.joined(report)) if report.provider_id else []


def _opened(subject: Subject, urgency: _Urgency, *, at: datetime) -> Case:
    return Case.objects.create(
        subject=subject, severity=urgency.severity, priority=urgency.priority, opened_at=at, due_at=urgency.due_at
    )


def _hastened(case: Case, urgency: _Urgency) -> Case:
    """Bring a case forward where more became known that makes it more urgent; nothing puts it back."""
    severity, due_at = min(case.severity, urgency.severity), min(case.due_at, urgency.due_at)
    priority = max(case.priority, urgency.priority)
    if (severity, priority, due_at) != (case.severity, case.priority, case.due_at):
        Case.objects.filter(pk=case.pk).update(severity=severity, priority=priority, due_at=due_at)
    return case


def _take_attachments(case: Case, report: Report, *, at: datetime) -> None:
    for attachment in report.attachments.select_related("blob"):
        kind = _kind_of(report, is_capture=attachment.kind == Attachment.Kind.CAPTURE)
        _add(case, attachment.blob, kind=kind, at=at)


@task
@transaction.atomic
def take_said(report_uid: str) -> None:
    """Give the pictures of a reporter's later messages to the report's case; one that is not open yet takes them itself."""
    joined = CaseReport.objects.select_related("case", "report").filter(report__uid=report_uid).first()
    if joined is not None:
        _take_attachments(joined.case, joined.report, at=timezone.now())


@task
@transaction.atomic
def take_context(context_uid: str) -> None:
    """Give what a provider added about its item to the case that is open about it; a case that opens later takes it itself."""
    context, at = Context.objects.select_related("content").get(uid=context_uid), timezone.now()
    same = Case.objects.filter(subject__provider=context.provider_id, subject__item_id=context.item_id)
    for case in same.filter(state__in=UNDECIDED):
        _add(case, context.content, kind=Evidence.Kind.CONTENT, at=at)
        if context.has_high_risk_notes:
            due_at = context.added_at + DUE_IN[SEVERITY_OF_HIGH_RISK]
            _hastened(case, _Urgency(SEVERITY_OF_HIGH_RISK, LAST, due_at))


def _add(case: Case, blob: Blob | None, *, kind: Evidence.Kind, at: datetime) -> None:
    if blob is not None:
        services.add_evidence(case, blobs.unseal(blob), kind=kind, media_type=blob.media_type, by=ACTOR, at=at)


def _kind_of(report: Report, *, is_capture: bool) -> Evidence.Kind:
    if report.known_as:
        return Evidence.Kind.KNOWN
    if report.channel == Channel.SCREENING:
        return Evidence.Kind.UPLOAD
    return Evidence.Kind.CAPTURE if is_capture else Evidence.Kind.ATTACHMENT


def _subject(report: Report) -> tuple[Subject, bool]:
    return Subject.objects.get_or_create(
        digest=Subject.digest_of(report.subject),
        defaults={
            "provider": report.provider,
            "item_id": report.item_id,
            "item_kind": report.item_kind,
            "author_id": report.author_id,
            "page_url": report.page_url,
        },
    )


def _case_for(subject: Subject) -> Case | None:
    undecided = Case.objects.filter(subject=subject, state__in=UNDECIDED).first()
    if undecided is not None:
        return undecided
    latest = Case.objects.filter(subject=subject, state=CaseState.DECIDED).order_by("-pk").first()
    return latest if latest is not None and _removal(latest) else None


def _removal(case: Case) -> Decision | None:
    effective = Decision.objects.filter(case=case, state=DecisionState.EFFECTIVE).first()
    return effective if effective is not None and effective.removes else None


@task
def ask_for_item(case_uid: str) -> None:
    """Ask the provider's system for the item itself, so that it is sealed before it can be gone."""
    case = Case.objects.select_related("subject__provider").get(uid=case_uid)
    subject = case.subject
    if subject.provider is None or case.evidence.filter(kind=Evidence.Kind.ITEM).exists():
        return
    post_to = config.current().server.site_url + reverse("api:add_evidence", args=[case_uid])
    for endpoint in Endpoint.objects.filter(organisation=subject.provider, is_open=True):
        data = {"case": case_uid, "subject": _named(subject), "post_to": post_to}
        message_id = f"evidence-{case_uid}-{endpoint.uid}"
        webhooks.send(endpoint, message_id=message_id, kind="evidence.requested", data=data, at=timezone.now())


def _named(subject: Subject) -> dict[str, str]:
    return {"kind": "item", "provider": subject.provider.slug if subject.provider else "", "id": subject.item_id}


@task
@transaction.atomic
def publish_signs(case_uid: str) -> None:
    """Publish the signs of the decision in effect, evidence that came late included; none where it was reversed meanwhile."""
    # The lock puts this before or after a reversal, so that no sign stays in force for a decision that was taken back.
    decision = Decision.objects.select_for_update().filter(case__uid=case_uid, state=DecisionState.EFFECTIVE).first()
    if decision is None or not decision.removes:
        return
    at = timezone.now()
    indicators.publish(_signs(decision), source=decision.source, actor=ACTOR, at=at)


def _signs(decision: Decision) -> list[indicators.Sign]:
    legality = [{"jurisdiction": "any", "status": decision.outcome, "basis": decision.ground}]
    reviews = 2 if decision.seconded_by_id else 1
    judged = decision.case.evidence.exclude(kind__in=Evidence.FROM_REPORTERS)
    bare = [sign for evidence in judged for sign in _signs_of(evidence, decision)]
    if decision.block_host:
        bare.append(indicators.Sign(Kind.DOMAIN, decision.block_host, Category(decision.category)))
    return [dataclasses.replace(sign, reviews=reviews, legality=legality) for sign in bare]


def _signs_of(evidence: Evidence, decision: Decision) -> list[indicators.Sign]:
    category, features = Category(decision.category), bytes(evidence.features)
    exact = ((Kind.SHA256, evidence.sha256), (Kind.SHA1, evidence.sha1), (Kind.MD5, evidence.md5))
    signs = [indicators.Sign(kind, value, category) for kind, value in exact]
    if evidence.pdq and (evidence.pdq_quality or 0) >= services.PDQ_QUALITY:
        signs.append(indicators.Sign(Kind.PDQ, evidence.pdq, category, features=features))
    elif features and not evidence.pdq:
        signs.append(indicators.Sign.of_video(features, category=category))
    return signs


@task
def describe_video(case_uid: str, sha256: str) -> None:
    """Hash the frames of evidence that is a video, which takes longer than a request may."""
    from leeward.engines.hashing import video  # PyAV is large in memory, and only this task needs it

    evidence = Evidence.objects.select_related("case", "blob").get(case__uid=case_uid, sha256=sha256)
    if evidence.pdq or evidence.features:
        return
    data = blobs.unseal(evidence.sealed)
    if not video.is_video(data):
        return
    try:
        frames = video.bank(data)
    except video.VideoRefused as refused:
        # Its digests are signs all the same; copies that were changed will not be recognised.
        log.warning("video not hashed", extra={"reason": str(refused.reason)})
        return
    features = b"".join(bytes([VIDEO_FRAME]) + row.tobytes() for row in frames.hashes)
    services.describe(evidence, features, at=timezone.now())


@task
def revoke_signs(decision_uid: str) -> None:
    """Take back every sign that a decision published."""
    decision = Decision.objects.get(uid=decision_uid)
    if decision.state == DecisionState.OVERTURNED:
        indicators.revoke(source=decision.source, actor=ACTOR, at=timezone.now())


@task
@transaction.atomic
def order_removal(decision_uid: str) -> None:
    """Order the provider's systems to take the item away: one delivery for each of them."""
    _order(decision_uid, Measure.REMOVE)


@task
@transaction.atomic
def order_restoring(decision_uid: str) -> None:
    """Order the provider's systems to put the item back."""
    _order(decision_uid, Undo.RESTORE)


def _order(decision_uid: str, kind: Measure | Undo) -> None:
    decision = Decision.objects.select_related("case__subject__provider").get(uid=decision_uid)
    subject, at = decision.case.subject, timezone.now()
    if subject.provider is None or not decision.removes:
        return
    # A removal that comes late, after the reversal, must not be the last word.
    if kind == Measure.REMOVE and decision.state != DecisionState.EFFECTIVE:
        return
    for endpoint in Endpoint.objects.filter(organisation=subject.provider, is_open=True):
        action, is_new = Action.objects.get_or_create(
            decision=decision,
            target=f"endpoint:{endpoint.uid}",
            kind=kind,
            defaults={"endpoint": endpoint, "ordered_at": at},
        )
        if is_new:
            lane = f"subject:{subject.pk}:endpoint:{endpoint.pk}"
            outbox.owe([outbox.Owed(deliver_action, {"action_uid": str(action.uid)}, lane)], at=at)


@task
def deliver_action(action_uid: str) -> None:
    """Send one order to the provider's system and note that it was taken."""
    action = Action.objects.select_related("decision__case__subject__provider", "endpoint").get(uid=action_uid)
    if action.delivered_at is not None:
        return
    case = action.decision.case
    if action.endpoint is None:
        return
    data = {
        "action": action.kind,
        "action_id": str(action.uid),
        "sequence": action.pk,
        "subject": _named(case.subject),
        "case": case.ref,
        "reason": action.decision.category,
    }
    webhooks.send(action.endpoint, message_id=str(action.uid), kind="action.requested", data=data, at=timezone.now())
    with transaction.atomic():
        if Action.objects.filter(pk=action.pk, delivered_at=None).update(
            state=ActionState.DELIVERED, delivered_at=timezone.now()
        ):
            facts.announce(events.ActionDelivered(str(case.uid), action_uid), actor=ACTOR, at=timezone.now())


@task
def tell_reporters(decision_uid: str) -> None:
    """Let everyone who reported the subject read what was decided."""
    decision = Decision.objects.get(uid=decision_uid)
    kind = _outcome(decision)
    if kind is None:
        return
    for joined in CaseReport.objects.filter(case=decision.case).select_related("report"):
        reports.tell(joined.report, kind=kind, decision=str(decision.uid), at=timezone.now())


def _outcome(decision: Decision) -> Outcome.Kind | None:
    if decision.state == DecisionState.EFFECTIVE:
        return Outcome.Kind.REMOVED if decision.removes else Outcome.Kind.KEPT
    return Outcome.Kind.RESTORED if decision.state == DecisionState.OVERTURNED and decision.removes else None

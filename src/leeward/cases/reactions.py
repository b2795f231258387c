"""What the desk does by itself when something happened. Each carries ids, reads the present, and may come twice."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.tasks import task
from django.urls import reverse
from django.utils import timezone

from leeward.cases import deadlines, events, orders, services
from leeward.cases.models import Appeal, Case, CaseReport, Decision, Evidence, Measure, Queue, Subject
from leeward.cases.states import UNDECIDED, AppealState, CaseState, DecisionState
from leeward.core import blobs, config, facts, outbox, rows, webhooks, worker
from leeward.core.models import Blob, Endpoint
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind, Tlp
from leeward.reports import contexts
from leeward.reports import services as reports
from leeward.reports.models import Attachment, Channel, Context, Nature, Outcome, Reason, Report

log = logging.getLogger("leeward.cases")
ACTOR = "system"
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
# Where a report has no case although it should have one in the same moment: that is owed, and comes soon.
NO_CASE_YET_S = 1.0
# The part of a sign's features that says that a row is a frame of a video.
VIDEO_FRAME = 15


@task
def open_or_join_case(report_uid: str) -> None:
    """Give a report its case: the open one about the same thing, the one that removed it already, or a new one."""
    report = rows.find(Report, "uid", report_uid)
    try:
        _join(report, at=timezone.now())
    except IntegrityError:
        # Another report of the same thing opened the case in this moment; now there is one to join.
        _join(report, at=timezone.now())


# Inside of the transaction that receives the report there is a savepoint around it already.
@transaction.atomic(savepoint=False)
def _join(report: Report, *, at: datetime) -> None:
    subject, is_new = _subject(report)
    # A report of something that nobody reported before cannot have been joined before.
    if not is_new and CaseReport.objects.filter(report=report).exists():
        return
    found = None if is_new else _case_for(subject)
    known = _contexts(report)
    urgency = _urgency(report, known)
    case = (
        _opened(subject, report, urgency, at=at) if found is None else _hastened(found, urgency, at=report.received_at)
    )
    rows.insert(CaseReport(case=case, report=report, joined_at=at))
    # What is sealed is opened and sealed again for the case, which takes longer than whoever reports should wait.
    outbox.owe([outbox.Owed(take_context, {"context_uid": str(context.uid)}) for context in known], at=at)
    if found is None:
        facts.announce(events.CaseOpened(str(case.uid), is_item=subject.provider_id is not None), actor=ACTOR, at=at)
        return
    Case.objects.filter(pk=case.pk).update(report_count=F("report_count") + 1, nature=case.nature or report.nature)
    if decision := _removal(case):
        outbox.owe([outbox.Owed(tell_reporters, {"decision_uid": str(decision.uid)})], at=at)


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
    return _Urgency(severity, priority, deadlines.due_for(severity, Queue.TRIAGE, report.received_at))


def _contexts(report: Report) -> list[Context]:
    # A report of a bare address has none, and need not ask.
    return list(contexts.joined(report)) if report.provider_id else []


def _opened(subject: Subject, report: Report, urgency: _Urgency, *, at: datetime) -> Case:
    case = Case(
        subject=subject,
        severity=urgency.severity,
        priority=urgency.priority,
        nature=report.nature,
        report_count=1,
        opened_at=at,
        due_at=urgency.due_at,
    )
    rows.insert(case)
    deadlines.begin(case, at=report.received_at)
    return case


def _hastened(case: Case, urgency: _Urgency, *, at: datetime) -> Case:
    """Bring a case forward where more became known that makes it more urgent; nothing puts it back."""
    severity, due_at = min(case.severity, urgency.severity), min(case.due_at, urgency.due_at)
    priority = max(case.priority, urgency.priority)
    if (severity, priority, due_at) != (case.severity, case.priority, case.due_at):
        Case.objects.filter(pk=case.pk).update(severity=severity, priority=priority, due_at=due_at)
        if case.state in UNDECIDED:
            deadlines.start_for(case, at=at)
    return case


def _take_attachments(case: Case, report: Report, *, at: datetime) -> None:
    for attachment in report.attachments.select_related("blob"):
        kind = _kind_of(report, is_capture=attachment.kind == Attachment.Kind.CAPTURE)
        _add(case, attachment.blob, kind=kind, at=at)


@task
@transaction.atomic
def take_said(report_uid: str) -> None:
    """Give the pictures that came with a report, and with its later messages, to the report's case."""
    joined = CaseReport.objects.select_related("case", "report").filter(report__uid=report_uid).first()
    if joined is None:
        raise worker.Later(wait_s=NO_CASE_YET_S)
    _take_attachments(joined.case, joined.report, at=timezone.now())


@task
@transaction.atomic
def take_context(context_uid: str) -> None:
    """Give what a provider added about its item to the case about that; a case that opens later takes it itself."""
    context, at = Context.objects.select_related("content").get(uid=context_uid), timezone.now()
    for subject in Subject.objects.filter(provider=context.provider_id, item_id=context.item_id):
        case = _case_for(subject)
        if case is None:
            continue
        _add(case, context.content, kind=Evidence.Kind.CONTENT, at=at)
        if context.has_high_risk_notes and case.state in UNDECIDED:
            due_at = deadlines.due_for(SEVERITY_OF_HIGH_RISK, case.queue, context.added_at)
            _hastened(case, _Urgency(SEVERITY_OF_HIGH_RISK, LAST, due_at), at=context.added_at)


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
    subject = Subject(
        digest=Subject.digest_of(report.subject),
        provider=report.provider,
        item_id=report.item_id,
        item_kind=report.item_kind,
        author_id=report.author_id,
        page_url=report.page_url,
    )
    if rows.insert_new(subject):
        return subject, True
    return Subject.objects.get(digest=subject.digest), False


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
        data = {"case": case_uid, "subject": orders.named(subject), "post_to": post_to}
        message_id = f"evidence-{case_uid}-{endpoint.uid}"
        webhooks.send(endpoint, message_id=message_id, kind="evidence.requested", data=data, at=timezone.now())


@task
@transaction.atomic
def publish_signs(case_uid: str) -> None:
    """Publish the signs of the decision in effect, evidence that came late included; none where it was reversed meanwhile."""
    # The lock puts this before or after a reversal, so that no sign stays in force for a decision that was taken back.
    decision = Decision.objects.select_for_update().filter(case__uid=case_uid, state=DecisionState.EFFECTIVE).first()
    at = timezone.now()
    if decision is None or (decision.ends_at is not None and decision.ends_at <= at):
        return
    indicators.publish(_signs(decision), source=decision.source, actor=ACTOR, at=at)


def _signs(decision: Decision) -> list[indicators.Sign]:
    bare: list[indicators.Sign] = []
    if Measure.PUBLISH_HASH in decision.measures:
        judged = decision.case.evidence.exclude(kind__in=Evidence.FROM_REPORTERS)
        bare += [sign for evidence in judged for sign in _signs_of(evidence, decision)]
    if Measure.BLOCK_ADDRESS in decision.measures:
        bare.append(indicators.Sign(Kind.DOMAIN, decision.block_host, Category(decision.category)))
    is_confirmed = decision.seconded_by_id is not None
    common = _Common(
        reviews=2 if is_confirmed else 1,
        # What one person decided alone protects here and is told to nobody else.
        tlp=Tlp.AMBER if is_confirmed else Tlp.RED,
        legality=({"jurisdiction": "any", "status": decision.outcome, "basis": decision.ground},),
        valid_until=decision.ends_at,
    )
    return [common.given_to(sign) for sign in bare]


@dataclass(frozen=True)
class _Common:
    """What every sign of one decision has alike."""

    reviews: int
    tlp: Tlp
    legality: Sequence[dict[str, str]]
    valid_until: datetime | None

    def given_to(self, sign: indicators.Sign) -> indicators.Sign:
        return dataclasses.replace(
            sign, reviews=self.reviews, tlp=self.tlp, legality=self.legality, valid_until=self.valid_until
        )


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
def tell_reporters(decision_uid: str) -> None:
    """Let everyone who reported the subject read what was decided."""
    decision = Decision.objects.select_related("case__subject").get(uid=decision_uid)
    kind = _outcome(decision)
    if kind is None:
        return
    # Whoever appealed reads the same with the reasons, as the answer to the appeal.
    answered = Appeal.objects.filter(decision=decision, state=AppealState.OVERTURNED).exclude(complaint=None)
    told_otherwise = answered.values_list("complaint__report_id", flat=True)
    joins = CaseReport.objects.filter(case=decision.case).exclude(report__in=told_otherwise)
    for joined in joins.select_related("report"):
        reports.tell(joined.report, kind=kind, decision=str(decision.uid), at=timezone.now())


def _outcome(decision: Decision) -> Outcome.Kind | None:
    if decision.state == DecisionState.EFFECTIVE:
        return _effective(decision)
    if decision.state != DecisionState.OVERTURNED:
        return None
    if decision.removes:
        return Outcome.Kind.RESTORED if decision.takes_away else Outcome.Kind.LIFTED
    # It was said to stay, and it is judged again.
    return Outcome.Kind.LOOKED_AT if decision.case.state in UNDECIDED else None


def _effective(decision: Decision) -> Outcome.Kind:
    if decision.removes:
        return Outcome.Kind.REMOVED if decision.takes_away else Outcome.Kind.ACTED
    return Outcome.Kind.KEPT if decision.outcome == Decision.Outcome.NO_VIOLATION else Outcome.Kind.UNCLEAR

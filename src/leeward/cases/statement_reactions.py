"""What follows from decisions and appeals for those who are told. Each carries ids, reads the present, and may come twice."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from leeward.cases import appeals, reasons, statements
from leeward.cases.models import Appeal, Decision, Statement
from leeward.cases.states import AppealState, DecisionState
from leeward.core import outbox, texts, webhooks
from leeward.core.models import Endpoint
from leeward.engines.reading import Band
from leeward.reports import receipts
from leeward.reports import services as reports
from leeward.reports.models import Complaint, Outcome

# The plainest words that every language has; nobody knows how old the affected user is, and the page offers others.
BAND = Band.MIDDLE
MADE, ANSWERED, WITHDRAWN = "statement.made", "appeal.answered", "statement.withdrawn"


@task
def make_statement(decision_uid: str) -> None:
    """Make the statement of reasons of a decision that is in effect and restricts somebody."""
    statements.make(Decision.objects.get(uid=decision_uid), at=timezone.now())


@task
@transaction.atomic
def tell_provider(statement_uid: str) -> None:
    """Owe the statement to each system of the provider, which passes it on to its user."""
    _owe(Statement.objects.select_related("decision__case__subject").get(uid=statement_uid), MADE)


@task
@transaction.atomic
def withdraw_statement(decision_uid: str) -> None:
    """Where the affected user was told of a decision that was taken back, tell that too; and end what appeals are left."""
    decision = Decision.objects.select_related("case__subject").get(uid=decision_uid)
    if decision.state != DecisionState.OVERTURNED:
        return
    appeals.end_reversed(decision, at=timezone.now())
    statement = Statement.objects.filter(decision=decision).first()
    if statement is not None:
        # Nobody reads in the database of a decision that does not stand, unless it is there already.
        Statement.objects.filter(pk=statement.pk, submission=Statement.Submission.OWED).update(
            submission=Statement.Submission.NONE, payload={}
        )
        _owe(statement, WITHDRAWN)


def _owe(statement: Statement, kind: str, appeal: Appeal | None = None) -> None:
    endpoints = Endpoint.objects.filter(organisation=statement.decision.case.subject.provider, is_open=True)
    names = {"statement_uid": str(statement.uid), "kind": kind, "appeal_uid": str(appeal.uid) if appeal else ""}
    outbox.owe(
        [
            outbox.Owed(
                send_statement,
                {**names, "endpoint_uid": str(endpoint.uid)},
                f"statement:{statement.pk}:endpoint:{endpoint.pk}",
            )
            for endpoint in endpoints.order_by("pk")
        ],
        at=timezone.now(),
    )


@task
def send_statement(statement_uid: str, endpoint_uid: str, kind: str, appeal_uid: str) -> None:
    """Send one message about a statement to one system of the provider; a first one about what was taken back is left out."""
    found = Statement.objects.select_related("decision__case__subject__provider")
    statement, at = found.get(uid=statement_uid), timezone.now()
    if kind == MADE and statement.decision.state != DecisionState.EFFECTIVE:
        return
    if kind != MADE and statement.told_at is None:
        return
    endpoint = Endpoint.objects.get(uid=endpoint_uid)
    message_id = "-".join(part for part in (kind, statement_uid, appeal_uid, endpoint_uid) if part)
    webhooks.send(endpoint, message_id=message_id, kind=kind, data=_data(statement), at=at)
    if kind == MADE:
        Statement.objects.filter(pk=statement.pk, told_at=None).update(told_at=timezone.now())


def _data(statement: Statement) -> dict[str, Any]:
    """Return what a provider needs to tell its user: whose item it is, the code, and the text in every language."""
    decision, at = statement.decision, timezone.now()
    subject = decision.case.subject
    return {
        "statement": str(statement.uid),
        "case": decision.case.ref,
        "subject": {
            "kind": "item",
            "provider": subject.provider.slug if subject.provider else "",
            "id": subject.item_id,
        },
        "author": subject.author_id,
        "measures": [str(measure) for measure in statements.told_measures(decision)],
        "is_in_effect": decision.state == DecisionState.EFFECTIVE,
        "appeal_until": appeals.until(decision).isoformat(),
        "code": receipts.grouped(statements.code_of(statement)),
        "page": reasons.page_url(),
        "language": statement.language,
        "texts": {
            language: reasons.message(statement, language=language, band=BAND, at=at) for language in texts.languages()
        },
    }


@task
def open_appeal(report_uid: str, outcome: str, decision: str) -> None:
    """Make an appeal of what a reporter complains of, where a decision of this desk is meant."""
    said = Complaint.objects.filter(report__uid=report_uid, outcome__kind=outcome, outcome__decision=decision)
    for complaint in said.select_related("outcome"):
        appeals.open_by_reporter(complaint, at=timezone.now())


@task
@transaction.atomic
def tell_appellant(appeal_uid: str) -> None:
    """Tell whoever appealed how it ended, with the reasons, once; what a reversal means is told to everybody else by what follows."""
    found = Appeal.objects.select_related("decision__case__subject", "complaint__outcome", "complaint__report")
    appeal = found.get(uid=appeal_uid)
    if appeal.state in appeals.WAITING:
        return
    statement = Statement.objects.select_related("decision__case__subject").filter(decision=appeal.decision).first()
    if appeal.by == Appeal.By.AFFECTED and statement is not None:
        _owe(statement, ANSWERED, appeal)
    elif appeal.complaint is not None:
        kind = _outcome(appeal, appeal.complaint)
        reports.tell(
            appeal.complaint.report, kind=kind, decision=f"appeal:{appeal.uid}", why=appeal.why, at=timezone.now()
        )


def _outcome(appeal: Appeal, complaint: Complaint) -> Outcome.Kind:
    """Return what the reporter reads beside the reasons: the same outcome, that it is undone, or that it is looked at anew."""
    if appeal.state != AppealState.OVERTURNED:
        return Outcome.Kind(complaint.outcome.kind)
    if not appeal.decision.removes:
        return Outcome.Kind.LOOKED_AT
    return Outcome.Kind.RESTORED if appeal.decision.takes_away else Outcome.Kind.LIFTED

"""What needs two people and is no decision: the release of who reported, and the export of evidence."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from leeward.cases import events, services
from leeward.cases.models import Approval, Case
from leeward.cases.states import ApprovalState
from leeward.core import facts
from leeward.core.models import User

GOOD_FOR = timedelta(hours=24)


class NotApproved(Exception):
    """No colleague allowed this within the last day, or it was done already. Ask for it, and let a colleague agree."""


@transaction.atomic
def ask(case: Case, *, kind: Approval.Kind, why: str, by: User, at: datetime) -> Approval:
    """Ask for something that a second person must allow; asking twice before an answer is one question."""
    services.require(by, services.JUDGES)
    # The lock makes that of two at a time the second one finds the first.
    Case.objects.select_for_update().get(pk=case.pk)
    waiting = case.approvals.filter(kind=kind, asked_by=by, state=ApprovalState.ASKED).first()
    if waiting is not None:
        return waiting
    approval = Approval.objects.create(case=case, kind=kind, why=why, asked_by=by, asked_at=at)
    fact = events.ApprovalAsked(str(case.uid), str(approval.uid), kind)
    facts.announce(fact, actor=services.actor(by), at=at)
    return approval


@transaction.atomic
def agree(approval: Approval, *, by: User, at: datetime) -> None:
    """Allow what a colleague asked for: once, within a day. Raises `NeedsAnother` or `AlreadyDecided` of `services`."""
    _answer(approval, ApprovalState.AGREED, by=by, at=at)


@transaction.atomic
def refuse(approval: Approval, *, by: User, at: datetime) -> None:
    """Do not allow what a colleague asked for. Raises `NeedsAnother` or `AlreadyDecided` of `services`."""
    _answer(approval, ApprovalState.REFUSED, by=by, at=at)


def _answer(approval: Approval, state: ApprovalState, *, by: User, at: datetime) -> None:
    services.require(by, services.JUDGES)
    if approval.asked_by_id == by.pk:
        raise services.NeedsAnother
    waiting = Approval.objects.filter(pk=approval.pk, state=ApprovalState.ASKED)
    if not waiting.update(state=state, answered_by=by, answered_at=at):
        raise services.AlreadyDecided
    fact = events.ApprovalAnswered(
        str(approval.case.uid), str(approval.uid), approval.kind, is_allowed=state == ApprovalState.AGREED
    )
    facts.announce(fact, actor=services.actor(by), at=at)


@transaction.atomic
def use(case: Case, *, kind: Approval.Kind, by: User, at: datetime) -> Approval:
    """Use up what this person asked for and a colleague allowed; call it in the transaction that does it.

    Raises `NotApproved` unless it was allowed within the last day and not used yet.
    """
    services.require(by, services.JUDGES)
    allowed = case.approvals.filter(kind=kind, asked_by=by, state=ApprovalState.AGREED, used_at=None)
    for approval in allowed.filter(answered_at__gt=at - GOOD_FOR).order_by("pk"):
        if Approval.objects.filter(pk=approval.pk, used_at=None).update(used_at=at):
            approval.used_at = at
            fact = events.ApprovalUsed(str(case.uid), str(approval.uid), kind)
            facts.announce(fact, actor=services.actor(by), at=at)
            return approval
    raise NotApproved

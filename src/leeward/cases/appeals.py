"""Appeals: somebody does not agree with a decision, and somebody who had no part in it looks again.

By the affected user, with the code of the statement of reasons, and by a reporter, whose complaint becomes an appeal. This
is the one way in which a complaint about a decision is answered (Article 20 of the Digital Services Act).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from leeward.cases import deadlines, events, services
from leeward.cases.models import Appeal, Case, Decision, Statement
from leeward.cases.states import APPEAL_MOVES, AppealState, CaseState, DecisionState
from leeward.core import facts
from leeward.core.models import User
from leeward.reports import dialogue
from leeward.reports.models import Complaint

# "in a timely […] manner", Article 20(4); the number is ours.
ANSWER_IN = timedelta(days=14)
WAITING = (AppealState.OPEN, AppealState.IN_REVIEW)
WHY_MAX = 500


class TookPart(Exception):
    """Whoever decided, agreed, or answered an appeal about this decision before cannot answer this one; ask a colleague."""


class TooLate(Exception):
    """The time in which the affected user can appeal is over; name the court and the outside body instead."""


class AppealedAlready(Exception):
    """An appeal of the affected user waits already; wait for its answer."""


class NothingToAppeal(Exception):
    """The decision is not in effect any more, so there is nothing to appeal against."""


class SaysNothing(Exception):
    """There are no words; write why first."""


class NotYours(Exception):
    """The appeal is not where this step begins: it is answered, or a colleague has it. Load the page again."""


def until(decision: Decision) -> datetime:
    """Return when the time ends in which the affected user can appeal; the table of clocks says how long that is."""
    return deadlines.appeal_until(decision.effective_at or decision.proposed_at)


def is_open(case: Case) -> bool:
    """True while an appeal about the case waits: nothing of its evidence may be erased."""
    return Appeal.objects.filter(decision__case=case, state__in=WAITING).exists()


def waiting() -> QuerySet[Appeal]:
    """Return the appeals that wait, what is due first in front."""
    found = Appeal.objects.filter(state__in=WAITING).select_related("decision__case__subject__provider", "taken_by")
    return found.prefetch_related("decision__appeals").order_by("due_at", "pk")


def waiting_complaints() -> QuerySet[Complaint]:
    """Return the complaints of reporters that wait: those whose appeal does, and those about no decision, without words yet."""
    without_appeal = dialogue.waiting_complaints().filter(appeal=None)
    return Complaint.objects.filter(Q(appeal__state__in=WAITING) | Q(pk__in=without_appeal.values("pk")))


def took_part(appeal: Appeal) -> frozenset[int]:
    """Return the ids of everybody who must not answer an appeal: they took, seconded or reversed the decision, or answered before."""
    decision = appeal.decision
    people = {decision.proposed_by_id, decision.seconded_by_id, decision.reversed_by_id}
    people.update(other.answered_by_id for other in decision.appeals.all() if other.pk != appeal.pk)
    return frozenset(person for person in people if person is not None)


@transaction.atomic
def open_by_affected(statement: Statement, text: str, *, at: datetime) -> Appeal:
    """Store that the affected user does not agree. Raises `SaysNothing`, `NothingToAppeal`, `TooLate` or `AppealedAlready`."""
    # The lock puts this before or after a reversal.
    decision = Decision.objects.select_for_update(of=("self",)).select_related("case").get(pk=statement.decision_id)
    if not text.strip():
        raise SaysNothing
    if decision.state != DecisionState.EFFECTIVE:
        raise NothingToAppeal
    if at > until(decision):
        raise TooLate
    try:
        with transaction.atomic():
            appeal = Appeal.objects.create(
                decision=decision, by=Appeal.By.AFFECTED, text=text, at=at, due_at=at + ANSWER_IN
            )
    except IntegrityError:
        raise AppealedAlready from None
    _announce_open(appeal, actor="affected", at=at)
    return appeal


@transaction.atomic
def open_by_reporter(complaint: Complaint, *, at: datetime) -> Appeal | None:
    """Make the appeal of a reporter's complaint, once; None where it is about no decision of this desk.

    No complaint comes too late: Article 20 says "at least".
    """
    decision = _complained_of(complaint)
    if decision is None:
        return None
    appeal, is_new = Appeal.objects.get_or_create(
        complaint=complaint,
        defaults={
            "decision": decision,
            "by": Appeal.By.REPORTER,
            "text": complaint.text,
            "at": complaint.at,
            "due_at": complaint.at + ANSWER_IN,
        },
    )
    if is_new:
        _announce_open(appeal, actor="reporter", at=at)
    return appeal


def _complained_of(complaint: Complaint) -> Decision | None:
    """Return the decision that a complaint is about; the answer to an appeal is about that appeal's decision."""
    kind, colon, uid = complaint.outcome.decision.rpartition(":")
    try:
        if not colon:
            return Decision.objects.select_related("case").filter(uid=uid).first()
        appeal = Appeal.objects.select_related("decision__case").filter(uid=uid).first() if kind == "appeal" else None
    except ValidationError:
        return None
    return appeal.decision if appeal else None


def _announce_open(appeal: Appeal, *, actor: str, at: datetime) -> None:
    fact = events.AppealOpened(str(appeal.decision.case.uid), str(appeal.uid), appeal.by)
    facts.announce(fact, actor=actor, at=at)


@transaction.atomic
def take(appeal: Appeal, *, by: User, at: datetime) -> None:
    """Begin to look at an appeal; taking it again changes nothing.

    Raises `services.NotForThisPerson`, `TookPart`, or `NotYours` where a colleague has it or it is answered.
    """
    _require_other(appeal, by=by)
    if Appeal.objects.filter(pk=appeal.pk, state=AppealState.IN_REVIEW, taken_by=by).exists():
        return
    _move(appeal, AppealState.IN_REVIEW, start=AppealState.OPEN, values={"taken_by": by})
    fact = events.AppealTaken(str(appeal.decision.case.uid), str(appeal.uid))
    facts.announce(fact, actor=services.actor(by), at=at)


@transaction.atomic
def put_back(appeal: Appeal, *, by: User, at: datetime) -> None:
    """Leave an appeal to somebody else: one's own, or a colleague's as a senior reviewer."""
    standing = Appeal.objects.get(pk=appeal.pk)
    services.require(by, services.JUDGES if standing.taken_by_id == by.pk else services.REVERSERS)
    _move(appeal, AppealState.OPEN, start=AppealState.IN_REVIEW, values={"taken_by": None})
    fact = events.AppealPutBack(str(appeal.decision.case.uid), str(appeal.uid))
    facts.announce(fact, actor=services.actor(by), at=at)


@transaction.atomic
def uphold(appeal: Appeal, *, by: User, why: str, at: datetime) -> None:
    """Let the decision stand, and say why to whoever appealed.

    As `overturn` and `refuse`, it raises `services.NotForThisPerson`, `TookPart`, `SaysNothing` or `NotYours`.
    """
    _end(appeal, AppealState.UPHELD, by=by, why=why, at=at)
    _announce_end(appeal, AppealState.UPHELD, actor=services.actor(by), at=at)


@transaction.atomic
def overturn(appeal: Appeal, *, by: User, why: str, at: datetime) -> None:
    """Take the decision back with everything that followed; what was kept is judged again, first by whoever overturned it.

    Raises what `uphold` raises, and `services.AlreadyDecided` where the decision is not in effect any more.
    """
    _end(appeal, AppealState.OVERTURNED, by=by, why=why, at=at)
    services.lift(appeal.decision, by=by, at=at)
    case = Case.objects.get(pk=appeal.decision.case_id)
    if case.state == CaseState.OPEN:
        services.take(case, by=by, at=at)
    _announce_end(appeal, AppealState.OVERTURNED, actor=services.actor(by), at=at)


@transaction.atomic
def refuse(appeal: Appeal, *, by: User, why: str, at: datetime) -> None:
    """Say that this cannot be looked at, and why; it may be about something else, or nothing that anybody can read."""
    _end(appeal, AppealState.INADMISSIBLE, by=by, why=why, at=at)
    _announce_end(appeal, AppealState.INADMISSIBLE, actor=services.actor(by), at=at)


@transaction.atomic
def end_reversed(decision: Decision, *, at: datetime) -> int:
    """End every other appeal about a decision that was taken back, and return how many: what they asked for is done.

    Nobody answered these, so nobody is named as the one who did.
    """
    rest = Appeal.objects.filter(decision=decision, state__in=WAITING, at__lte=decision.reversed_at)
    count = 0
    for appeal in rest.select_for_update(of=("self",)).select_related("decision__case").order_by("pk"):
        if appeal.state == AppealState.OPEN:
            _move(appeal, AppealState.IN_REVIEW, start=AppealState.OPEN, values={})
        _move(appeal, AppealState.OVERTURNED, start=AppealState.IN_REVIEW, values={"answered_at": at})
        _announce_end(appeal, AppealState.OVERTURNED, actor="system", at=at)
        count += 1
    return count


def _require_other(appeal: Appeal, *, by: User) -> None:
    services.require(by, services.JUDGES)
    if by.pk in took_part(appeal):
        raise TookPart


def _end(appeal: Appeal, state: AppealState, *, by: User, why: str, at: datetime) -> None:
    _require_other(appeal, by=by)
    if not why.strip():
        raise SaysNothing
    values = {"answered_by": by, "answered_at": at, "why": why}
    _move(appeal, state, start=AppealState.IN_REVIEW, held_by=by, values=values)


def _move(
    appeal: Appeal,
    target: AppealState,
    *,
    start: AppealState,
    values: Mapping[str, object],
    held_by: User | None = None,
) -> None:
    standing = Appeal.objects.filter(pk=appeal.pk, state=start)
    if held_by is not None:
        standing = standing.filter(taken_by=held_by)
    if target not in APPEAL_MOVES[start] or not standing.update(state=target, **values):
        raise NotYours


def _announce_end(appeal: Appeal, state: AppealState, *, actor: str, at: datetime) -> None:
    fact = events.AppealAnswered(str(appeal.decision.case.uid), str(appeal.uid), state)
    facts.announce(fact, actor=actor, at=at)

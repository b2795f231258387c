"""Many cases decided at once, and taken back at once; and what is so like a case that it can be decided with it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from leeward.cases import events, services
from leeward.cases.models import Bulk, Case, Decision, Evidence
from leeward.cases.services import Judgement
from leeward.cases.states import CaseState, DecisionState
from leeward.core import facts
from leeward.core.models import User
from leeward.engines import matching

# Each case is decided in a transaction of its own, so that reports are taken meanwhile; a person waits for all of them.
MOST = 200


class TooMany(Exception):
    """More cases at once than `MOST`. Choose fewer, and decide the others afterwards."""


@dataclass(frozen=True)
class One:
    """How it went with one of many cases. `problem` is why nothing was done, or None where something was."""

    case: Case
    decision: Decision | None
    problem: type[Exception] | None = None


@dataclass(frozen=True)
class Judged:
    """Many cases that were judged at once, each with how it went."""

    bulk: Bulk
    each: tuple[One, ...]

    @property
    def decided(self) -> int:
        """How many were decided, or proposed to a second person."""
        return sum(one.problem is None for one in self.each)


def judge_many(cases: Sequence[Case], judgement: Judgement, *, by: User, at: datetime) -> Judged:
    """Judge each of these cases alike, by the same rules as one alone; one that cannot be judged stops no other.

    Raises `TooMany`, or what `services.judge` raises for the judgement itself; then nothing is decided.
    """
    services.require(by, services.JUDGES)
    services.check(judgement, at=at)
    if len(cases) > MOST:
        raise TooMany
    bulk = Bulk.objects.create(by=by, at=at)
    judged = Judged(bulk, tuple(_judged(case, judgement, bulk=bulk, by=by, at=at) for case in cases))
    _announce(events.ManyJudged(str(bulk.uid), judged.decided), by=by, at=at)
    return judged


def _judged(case: Case, judgement: Judgement, *, bulk: Bulk, by: User, at: datetime) -> One:
    try:
        return One(case, services.judge(case, judgement, by=by, at=at, bulk=bulk))
    except (services.TakenByAnother, services.AlreadyDecided) as problem:
        return One(case, None, type(problem))


@transaction.atomic
def _announce(fact: object, *, by: User, at: datetime) -> None:
    facts.announce(fact, actor=services.actor(by), at=at)


def agree(bulk: Bulk, *, by: User, at: datetime) -> tuple[One, ...]:
    """Second everything of it that waits for a second person. Raises `NeedsAnother` for whoever proposed it."""
    services.require(by, services.JUDGES)
    if bulk.by_id == by.pk:
        raise services.NeedsAnother
    return _with_each(_of(bulk, DecisionState.PROPOSED), services.agree, by=by, at=at)


def undo(bulk: Bulk, *, by: User, at: datetime) -> tuple[One, ...]:
    """Take back what of it still waits or is in effect, and return how each went.

    The person who did it may, and a senior reviewer; what a second person agreed to is for a senior reviewer alone.
    Raises `NotForThisPerson`, or `AlreadyDecided` where nothing of it is left to take back.
    """
    services.require(by, services.JUDGES if bulk.by_id == by.pk else services.REVERSERS)
    left = _of(bulk, DecisionState.PROPOSED, DecisionState.EFFECTIVE)
    if not left:
        raise services.AlreadyDecided
    each = _with_each(left, _taken_back, by=by, at=at)
    undone = sum(one.problem is None for one in each)
    if undone:
        Bulk.objects.filter(pk=bulk.pk).update(undone_by=by, undone_at=at)
        _announce(events.ManyUndone(str(bulk.uid), undone), by=by, at=at)
    return each


def _taken_back(decision: Decision, *, by: User, at: datetime) -> None:
    if decision.state == DecisionState.PROPOSED:
        services.withdraw(decision, by=by, at=at)
        return
    if decision.seconded_by_id is not None:
        services.require(by, services.REVERSERS)
    services.lift(decision, by=by, at=at)


def _of(bulk: Bulk, *states: DecisionState) -> list[Decision]:
    return list(bulk.decisions.filter(state__in=states).select_related("case").order_by("pk"))


def _with_each(decisions: Iterable[Decision], step: Callable[..., None], *, by: User, at: datetime) -> tuple[One, ...]:
    return tuple(_one(decision, step, by=by, at=at) for decision in decisions)


def _one(decision: Decision, step: Callable[..., None], *, by: User, at: datetime) -> One:
    try:
        step(decision, by=by, at=at)
    except (services.NotForThisPerson, services.NeedsAnother, services.AlreadyDecided) as problem:
        return One(decision.case, decision, type(problem))
    return One(decision.case, decision)


@dataclass(frozen=True)
class Alike:
    """Another open case, and why it is like the first one."""

    case: Case
    has_same_file: bool
    looks_alike: bool
    is_by_same_author: bool


def similar(case: Case) -> QuerySet[Case]:
    """Return the other open cases with the same file, a picture that looks alike, or by the same author; most urgent first.

    Alike means at most `matching.WITHIN_BITS` of 256 bits between the PDQ hashes. At most `MOST` cases.
    """
    return _found(case, with_same_file=_with_same_file(case), looking_alike=_looking_alike(case))


def alike(case: Case) -> list[Alike]:
    """Return what `similar` returns, each with why."""
    same, looking = _with_same_file(case), _looking_alike(case)
    author = (case.subject.provider_id, case.subject.author_id)
    return [
        Alike(
            other,
            has_same_file=other.pk in same,
            looks_alike=other.pk in looking,
            is_by_same_author=bool(author[1]) and author == (other.subject.provider_id, other.subject.author_id),
        )
        for other in _found(case, with_same_file=same, looking_alike=looking)
    ]


def _found(case: Case, *, with_same_file: set[int], looking_alike: set[int]) -> QuerySet[Case]:
    like, subject = Q(pk__in=with_same_file | looking_alike), case.subject
    if subject.author_id:
        like |= Q(subject__provider=subject.provider_id, subject__author_id=subject.author_id)
    found = Case.objects.filter(like, state=CaseState.OPEN).exclude(pk=case.pk)
    return found.select_related("subject__provider", "taken_by").order_by("-priority", "due_at", "pk")[:MOST]


def _of_others(case: Case) -> QuerySet[Evidence]:
    # What anybody may send shows nothing about what two cases are about.
    open_ones = Evidence.objects.filter(case__state=CaseState.OPEN).exclude(case=case)
    return open_ones.exclude(kind__in=Evidence.FROM_REPORTERS)


def _with_same_file(case: Case) -> set[int]:
    files = case.evidence.exclude(kind__in=Evidence.FROM_REPORTERS).values("sha256")
    return set(_of_others(case).filter(sha256__in=files).values_list("case", flat=True)[:MOST])


def _looking_alike(case: Case) -> set[int]:
    clear = Q(pdq_quality__gte=services.PDQ_QUALITY) & ~Q(pdq="")
    mine = case.evidence.filter(clear).exclude(kind__in=Evidence.FROM_REPORTERS).values_list("pdq", flat=True)
    looks = [int(pdq, 16) for pdq in mine]
    if not looks:
        return set()
    others = _of_others(case).filter(clear).values_list("case", "pdq").iterator()
    near = (
        pk for pk, pdq in others if any((int(pdq, 16) ^ look).bit_count() <= matching.WITHIN_BITS for look in looks)
    )
    return set(itertools.islice(near, MOST))

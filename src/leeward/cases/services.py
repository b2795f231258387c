"""What cases can be asked to do by people: take, judge, agree, reverse, add evidence."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from leeward.cases import events
from leeward.cases.models import Case, CaseReport, Decision, Evidence
from leeward.cases.states import CASE_MOVES, UNDECIDED, CaseState, DecisionState
from leeward.core import blobs, config, facts
from leeward.core.models import Role, User
from leeward.engines import hashing, policy
from leeward.indicators.models import Category
from leeward.reports import services as reports
from leeward.reports.models import Outcome

LEASE = timedelta(minutes=15)
# Below this quality a picture has too little in it for its hash to mean anything. "drop quality <= 49", pdq/README.md.
PDQ_QUALITY = 50
JUDGES = frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER})
REVERSERS = frozenset({Role.SENIOR_REVIEWER})


class NotForThisPerson(Exception):
    """The person has not the role for this; ask a reviewer, or for a reversal a senior reviewer."""


class TakenByAnother(Exception):
    """Somebody else has this case now; take another one, or wait until the lease ends."""


class AlreadyDecided(Exception):
    """The case is not where this step begins; load the page again and see what was decided."""


class NeedsAnother(Exception):
    """Whoever proposed a decision cannot be the second person; ask a colleague."""


class HostCannotBeBlocked(Exception):
    """The host name cannot be blocked. The message says why and what to do."""


@dataclass(frozen=True)
class Judgement:
    """What a reviewer decides. `block_host` is empty where no name is to be blocked."""

    outcome: Decision.Outcome
    category: Category
    ground: str
    block_host: str = ""


def actor(user: User) -> str:
    """Return how a person stands in the record."""
    return f"user:{user.pk}"


def _require(user: User, roles: frozenset[Role]) -> None:
    if not user.roles & roles:
        raise NotForThisPerson


def _move(case: Case, target: CaseState, *, start: CaseState) -> None:
    listed = target in CASE_MOVES[start]
    standing = Case.objects.filter(pk=case.pk, state=start)
    if not listed or not standing.update(state=target, taken_by=None, taken_until=None):
        raise AlreadyDecided


@transaction.atomic
def take(case: Case, *, by: User, at: datetime) -> None:
    """Lease a case to one reviewer; raises `TakenByAnother` or `AlreadyDecided`. Taking it again renews the lease.

    Everyone who reported it can read from then on that a person is looking at it; each is told once.
    """
    _require(by, JUDGES)
    undecided = Case.objects.filter(pk=case.pk, state__in=UNDECIDED)
    free_or_mine = undecided.filter(Q(taken_until=None) | Q(taken_until__lte=at) | Q(taken_by=by))
    if not free_or_mine.update(taken_by=by, taken_until=at + LEASE):
        raise TakenByAnother if undecided.exists() else AlreadyDecided
    told = Outcome.objects.filter(report=OuterRef("report"), kind=Outcome.Kind.LOOKED_AT)
    for joined in CaseReport.objects.filter(~Exists(told), case=case).select_related("report"):
        reports.tell(joined.report, kind=Outcome.Kind.LOOKED_AT, decision=f"case:{case.uid}", at=at)


def _blockable(judgement: Judgement) -> str:
    host = judgement.block_host
    if host and judgement.outcome == Decision.Outcome.NO_VIOLATION:
        raise HostCannotBeBlocked("the decision is that it may stay; leave the name out, or decide otherwise")
    try:
        return policy.blockable(host, never_block=config.never_block()) if host else ""
    except (policy.NotAHostName, policy.PublicSuffix, policy.NeverBlocked) as error:
        raise HostCannotBeBlocked(str(error)) from error


@transaction.atomic
def judge(case: Case, judgement: Judgement, *, by: User, at: datetime) -> Decision:
    """Decide a case. Illegal content waits for a second person; everything else takes effect now.

    Raises `NotForThisPerson`, `TakenByAnother`, `AlreadyDecided` or `HostCannotBeBlocked`.
    """
    _require(by, JUDGES)
    host = _blockable(judgement)
    if Case.objects.get(pk=case.pk).is_taken_by_another(by, at=at):
        raise TakenByAnother
    waits = judgement.outcome == Decision.Outcome.ILLEGAL
    _move(case, CaseState.PROPOSED if waits else CaseState.DECIDED, start=CaseState.OPEN)
    decision = Decision.objects.create(
        case=case,
        outcome=judgement.outcome,
        category=judgement.category,
        ground=judgement.ground,
        block_host=host,
        state=DecisionState.PROPOSED if waits else DecisionState.EFFECTIVE,
        proposed_by=by,
        proposed_at=at,
        effective_at=None if waits else at,
    )
    names = (str(case.uid), str(decision.uid))
    fact = events.DecisionProposed(*names) if waits else events.DecisionConfirmed(*names, decision.outcome)
    facts.announce(fact, actor=actor(by), at=at)
    return decision


@transaction.atomic
def agree(decision: Decision, *, by: User, at: datetime) -> None:
    """Second a proposed decision, which then takes effect; raises `NeedsAnother` for the one who proposed it."""
    _second(decision, by=by)
    moved = Decision.objects.filter(pk=decision.pk, state=DecisionState.PROPOSED).update(
        state=DecisionState.EFFECTIVE, seconded_by=by, effective_at=at
    )
    if not moved:
        raise AlreadyDecided
    _move(decision.case, CaseState.DECIDED, start=CaseState.PROPOSED)
    fact = events.DecisionConfirmed(str(decision.case.uid), str(decision.uid), decision.outcome)
    facts.announce(fact, actor=actor(by), at=at)


@transaction.atomic
def decline(decision: Decision, *, by: User, at: datetime) -> None:
    """Do not agree: nothing follows and the case waits for a reviewer again."""
    _second(decision, by=by)
    declined = DecisionState.DECLINED
    if not Decision.objects.filter(pk=decision.pk, state=DecisionState.PROPOSED).update(state=declined, seconded_by=by):
        raise AlreadyDecided
    _move(decision.case, CaseState.OPEN, start=CaseState.PROPOSED)
    facts.announce(events.DecisionDeclined(str(decision.case.uid), str(decision.uid)), actor=actor(by), at=at)


def _second(decision: Decision, *, by: User) -> None:
    _require(by, JUDGES)
    if decision.proposed_by_id == by.pk:
        raise NeedsAnother


@transaction.atomic
def reverse(decision: Decision, *, by: User, at: datetime) -> None:
    """Take a decision back; everything that followed from it is lifted. For senior reviewers."""
    _require(by, REVERSERS)
    moved = Decision.objects.filter(pk=decision.pk, state=DecisionState.EFFECTIVE).update(
        state=DecisionState.OVERTURNED, reversed_by=by, reversed_at=at
    )
    if not moved:
        raise AlreadyDecided
    _move(decision.case, CaseState.REVERSED, start=CaseState.DECIDED)
    facts.announce(events.DecisionReversed(str(decision.case.uid), str(decision.uid)), actor=actor(by), at=at)


@transaction.atomic
def add_evidence(case: Case, data: bytes, *, kind: Evidence.Kind, media_type: str, by: str, at: datetime) -> Evidence:
    """Seal bytes into a case with their digests; the same bytes again are the same evidence.

    A picture that cannot be hashed perceptually keeps its exact digests, so that it is never lost. What a reporter sent is
    no sign by itself, so it is not even decoded here.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    known = Evidence.objects.filter(case=case, sha256=sha256).first()
    if known is not None:
        return known
    blob = blobs.seal(data, media_type=media_type, at=at)
    evidence = Evidence.objects.create(case=case, kind=kind, blob=blob, added_at=at, **_known_by(data, kind=kind))
    facts.announce(events.EvidenceAdded(str(case.uid), sha256), actor=by, at=at)
    return evidence


def _known_by(data: bytes, *, kind: Evidence.Kind) -> dict[str, str | int | bytes | None]:
    exact = hashing.digests(data)
    fields: dict[str, str | int | bytes | None] = {"sha256": exact.sha256, "sha1": exact.sha1, "md5": exact.md5}
    if kind in Evidence.FROM_REPORTERS:
        return fields
    try:
        whole, *crops = hashing.banked(data)
    except hashing.PictureRefused:
        return fields
    features = b"".join(bytes([crop.crop]) + crop.pdq for crop in crops if crop.quality >= PDQ_QUALITY)
    return {**fields, "pdq": whole.pdq.hex(), "pdq_quality": whole.quality, "features": features}


@transaction.atomic
def describe(evidence: Evidence, features: bytes, *, at: datetime) -> None:
    """Add the frames of a video to its evidence; a second time changes nothing."""
    if Evidence.objects.filter(pk=evidence.pk, features=b"").update(features=features):
        fact = events.EvidenceDescribed(str(evidence.case.uid), evidence.sha256)
        facts.announce(fact, actor="system", at=at)

"""What cases can be asked to do by people: take, judge, agree, decline, withdraw, reverse, add evidence."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, OuterRef, Q

from leeward.cases import deadlines, events, wellbeing
from leeward.cases.clock_table import HUMAN_EYES
from leeward.cases.models import OWN_MEASURES, Bulk, Case, CaseReport, Decision, Evidence, Measure
from leeward.cases.states import CASE_MOVES, UNDECIDED, CaseState, DecisionState
from leeward.core import blobs, facts, never
from leeward.core.models import Role, User
from leeward.engines import hashing, policy
from leeward.indicators.models import Category
from leeward.reports import services as reports
from leeward.reports.models import Channel, Outcome

LEASE = timedelta(minutes=15)
# Below this quality a picture has too little in it for its hash to mean anything. "drop quality <= 49", pdq/README.md.
PDQ_QUALITY = 50
JUDGES = frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER})
REVERSERS = frozenset({Role.SENIOR_REVIEWER})
# What may be done where nothing breaks the law or the terms: nothing.
VIOLATIONS = frozenset({Decision.Outcome.AGAINST_TERMS, Decision.Outcome.ILLEGAL})
DEFAULT_MEASURES = (Measure.REMOVE, Measure.PUBLISH_HASH)
# How a report came says how the provider came to know. What a person filled in on a page is a notice after Article 16.
FOUND_BY = {
    Channel.FLAGGER: Decision.Found.FLAGGER,
    Channel.SCREENING: Decision.Found.OWN,
    Channel.MAIL: Decision.Found.OTHER_NOTICE,
    Channel.PARTNER: Decision.Found.OTHER_NOTICE,
    Channel.HELPLINE: Decision.Found.OTHER_NOTICE,
    Channel.API: Decision.Found.OTHER_NOTICE,
}


class NotForThisPerson(Exception):
    """The person has not the role for this; ask a reviewer, or for a reversal a senior reviewer."""


class NotTaken(Exception):
    """The lease of a case is somebody else's, or over: there is nothing to give back."""


class TakenByAnother(Exception):
    """Somebody else has this case now; take another one, or wait until the lease ends."""


class AlreadyDecided(Exception):
    """The case is not where this step begins; load the page again and see what was decided."""


class NeedsAnother(Exception):
    """Whoever proposed a decision cannot be the second person; ask a colleague."""


class HostCannotBeBlocked(Exception):
    """The host name cannot be blocked. The message says why and what to do."""


class MeasuresDoNotFit(Exception):
    """The measures do not go with the decision. The message says why and what to do."""


@dataclass(frozen=True)
class Judgement:
    """What a reviewer decides. `block_host` is empty where no name is to be blocked.

    `measures` None means those that go with the outcome: a violation is taken away and its signs are published, and its
    host name is blocked where one is given. `ends_at` is when the measures end by themselves. `is_for_partners` asks a
    second person, so that partners are told the signs; those of a decision that one person took alone stay here.
    """

    outcome: Decision.Outcome
    category: Category
    ground: str
    block_host: str = ""
    facts: str = ""
    measures: tuple[Measure, ...] | None = None
    ends_at: datetime | None = None
    is_for_partners: bool = False


def measures_of(judgement: Judgement) -> tuple[Measure, ...]:
    """Return what is done because of a judgement, each measure once, in the order in which they were chosen."""
    if judgement.measures is not None:
        chosen: tuple[Measure, ...] = judgement.measures
    else:
        chosen = DEFAULT_MEASURES if judgement.outcome in VIOLATIONS else ()
    blocked = (Measure.BLOCK_ADDRESS,) if judgement.block_host else ()
    return tuple(dict.fromkeys((*chosen, *blocked)))


def needs_second(judgement: Judgement) -> str | None:
    """Return why a second person must agree before anything follows, or None where one person is enough."""
    if judgement.outcome == Decision.Outcome.ILLEGAL:
        return "Illegal content takes effect when a second person agrees."
    if Measure.TERMINATE in measures_of(judgement):
        return "An account is closed when a second person agrees."
    if judgement.is_for_partners:
        return "Partners are told when a second person agrees."
    return None


def actor(user: User) -> str:
    """Return how a person stands in the record."""
    return f"user:{user.pk}"


def require(user: User, roles: frozenset[Role]) -> None:
    """Do nothing for a person with one of the roles; raise `NotForThisPerson` for everybody else."""
    if not user.roles & roles:
        raise NotForThisPerson


def _move(case: Case, target: CaseState, *, start: CaseState, decided_at: datetime | None = None) -> None:
    standing = Case.objects.filter(pk=case.pk, state=start)
    fields: dict[str, object] = {"state": target, "taken_by": None, "taken_until": None}
    # A reversed case was decided all the same; an open one was not, and nobody has taken it yet.
    if target == CaseState.DECIDED:
        fields["decided_at"] = decided_at
    elif target == CaseState.OPEN:
        fields |= {"decided_at": None, "taken_at": None}
    if target not in CASE_MOVES[start] or not standing.update(**fields):
        raise AlreadyDecided


@transaction.atomic
def take(case: Case, *, by: User, at: datetime) -> None:
    """Lease a case to one reviewer; raises `TakenByAnother` or `AlreadyDecided`. Taking it again renews the lease.

    Everyone who reported it can read from then on that a person is looking at it; each is told once.
    """
    require(by, JUDGES)
    # A break keeps nobody from a child in danger.
    if case.severity > 0 and (until := wellbeing.on_break(by, at=at)):
        raise wellbeing.OnBreak(until)
    undecided = Case.objects.filter(pk=case.pk, state__in=UNDECIDED)
    free_or_mine = undecided.filter(Q(taken_until=None) | Q(taken_until__lte=at) | Q(taken_by=by))
    # Handling time begins when the lease began, not when it was renewed last.
    since = models.Case(models.When(taken_by=by, taken_until__gt=at, then=F("taken_at")), default=at)
    if not free_or_mine.update(taken_at=since, taken_by=by, taken_until=at + LEASE):
        raise TakenByAnother if undecided.exists() else AlreadyDecided
    deadlines.met(case, HUMAN_EYES, at=at)
    told = Outcome.objects.filter(report=OuterRef("report"), kind=Outcome.Kind.LOOKED_AT)
    for joined in CaseReport.objects.filter(~Exists(told), case=case).select_related("report"):
        reports.tell(joined.report, kind=Outcome.Kind.LOOKED_AT, decision=f"case:{case.uid}", at=at)


@transaction.atomic
def give_back(case: Case, *, by: User, at: datetime) -> None:
    """End one's own lease of a case, so that whoever comes next can take it; raises `NotTaken` where one has none."""
    require(by, JUDGES)
    own = Case.objects.filter(pk=case.pk, taken_by=by, taken_until__gt=at)
    if not own.update(taken_by=None, taken_at=None, taken_until=None):
        raise NotTaken


def _blockable(judgement: Judgement) -> str:
    host = judgement.block_host
    if host and judgement.outcome not in VIOLATIONS:
        raise HostCannotBeBlocked("the decision is that it may stay; leave the name out, or decide otherwise")
    try:
        return policy.blockable(host, never_block=never.names()) if host else ""
    except (policy.NotAHostName, policy.PublicSuffix, policy.NeverBlocked) as error:
        raise HostCannotBeBlocked(str(error)) from error


def check(judgement: Judgement, *, at: datetime) -> tuple[str, tuple[Measure, ...]]:
    """Return the host name in its one spelling, or nothing, and the measures of a judgement that can be taken at `at`.

    Raises `HostCannotBeBlocked` or `MeasuresDoNotFit`.
    """
    host, measures = _blockable(judgement), measures_of(judgement)
    if problem := _misfit(judgement, measures, at=at):
        raise MeasuresDoNotFit(problem)
    return host, measures


def _misfit(judgement: Judgement, measures: tuple[Measure, ...], *, at: datetime) -> str:
    if judgement.outcome not in VIOLATIONS:
        nothing_asked = not measures and not judgement.is_for_partners and judgement.ends_at is None
        return "" if nothing_asked else "nothing is done where nothing is wrong; leave it out, or decide otherwise"
    if not measures:
        return "something must follow from a violation; choose what, if only a warning"
    if Measure.BLOCK_ADDRESS in measures and not judgement.block_host:
        return "a host name is blocked; write which one, or leave that measure out"
    if judgement.is_for_partners and not set(measures) & set(OWN_MEASURES):
        return "partners are told signs; publish the sign or block the host name, or leave the partners out"
    if judgement.ends_at is not None and judgement.ends_at <= at:
        return "the end lies in the past; choose a later time, or leave it empty"
    if judgement.ends_at is not None and Measure.TERMINATE in measures:
        return "a closed account does not open by itself; suspend it instead, or leave the end empty"
    return ""


@dataclass(frozen=True)
class _Moment:
    """What the case itself says about how it came here, when it is judged."""

    found_by: Decision.Found
    is_detected_by_machine: bool
    automation: Decision.Automation


def _moment(case: Case) -> _Moment:
    """Return the facts of this moment. The first report is how it became known; a trusted flagger's is never forgotten."""
    joined = CaseReport.objects.filter(case=case).order_by("pk").values_list("report__channel", "report__known_as")
    reports_of = [(Channel(channel), bool(known)) for channel, known in joined]
    if not reports_of:
        return _Moment(Decision.Found.OWN, False, Decision.Automation.NOT)
    channels = [channel for channel, _ in reports_of]
    first = Channel.FLAGGER if Channel.FLAGGER in channels else channels[0]
    is_detected = channels[0] == Channel.SCREENING
    is_proposed = is_detected or any(known for _, known in reports_of)
    return _Moment(
        FOUND_BY.get(first, Decision.Found.NOTICE),
        is_detected,
        Decision.Automation.PARTIALLY if is_proposed else Decision.Automation.NOT,
    )


@transaction.atomic
def judge(case: Case, judgement: Judgement, *, by: User, at: datetime, bulk: Bulk | None = None) -> Decision:
    """Decide a case. What `needs_second` names waits for a second person; everything else takes effect now.

    How it was found and what a machine had to do with it are taken from the case. `bulk` is the act of which this
    decision is a part. Raises `NotForThisPerson`, `TakenByAnother`, `AlreadyDecided`, `HostCannotBeBlocked` or
    `MeasuresDoNotFit`.
    """
    require(by, JUDGES)
    host, measures = check(judgement, at=at)
    if Case.objects.get(pk=case.pk).is_taken_by_another(by, at=at):
        raise TakenByAnother
    waits = needs_second(judgement) is not None
    _move(case, CaseState.PROPOSED if waits else CaseState.DECIDED, start=CaseState.OPEN, decided_at=at)
    # Whoever decides has looked, whether or not the case was taken first.
    deadlines.met(case, HUMAN_EYES, at=at)
    moment = _moment(case)
    decision = Decision.objects.create(
        case=case,
        outcome=judgement.outcome,
        category=judgement.category,
        ground=judgement.ground,
        facts=judgement.facts,
        measures=[str(measure) for measure in measures],
        ends_at=judgement.ends_at,
        block_host=host,
        found_by=moment.found_by,
        is_detected_by_machine=moment.is_detected_by_machine,
        automation=moment.automation,
        bulk=bulk,
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
    _move(decision.case, CaseState.DECIDED, start=CaseState.PROPOSED, decided_at=at)
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
    require(by, JUDGES)
    if decision.proposed_by_id == by.pk:
        raise NeedsAnother


@transaction.atomic
def withdraw(decision: Decision, *, by: User, at: datetime) -> None:
    """Take back one's own proposal before anybody agreed to it; the case waits for a reviewer again.

    Raises `NotForThisPerson` for somebody who neither proposed it nor is a senior reviewer, or `AlreadyDecided`.
    """
    require(by, JUDGES if decision.proposed_by_id == by.pk else REVERSERS)
    if not Decision.objects.filter(pk=decision.pk, state=DecisionState.PROPOSED).update(state=DecisionState.DECLINED):
        raise AlreadyDecided
    _move(decision.case, CaseState.OPEN, start=CaseState.PROPOSED)
    facts.announce(events.DecisionDeclined(str(decision.case.uid), str(decision.uid)), actor=actor(by), at=at)


@transaction.atomic
def reverse(decision: Decision, *, by: User, at: datetime) -> None:
    """Take a decision back; everything that followed from it is lifted. For senior reviewers."""
    require(by, REVERSERS)
    lift(decision, by=by, at=at)


@transaction.atomic
def lift(decision: Decision, *, by: User, at: datetime) -> None:
    """Take a decision back for whoever was already found to be allowed to: by an appeal, or by undoing many at once.

    What was taken away is given back and its case has ended; what was kept is judged again, unless another case about
    the same thing is open already. Raises `AlreadyDecided` where it is not in effect.
    """
    moved = Decision.objects.filter(pk=decision.pk, state=DecisionState.EFFECTIVE).update(
        state=DecisionState.OVERTURNED, reversed_by=by, reversed_at=at
    )
    if not moved:
        raise AlreadyDecided
    if decision.removes or not _opened_again(decision.case):
        _move(decision.case, CaseState.REVERSED, start=CaseState.DECIDED)
    facts.announce(events.DecisionReversed(str(decision.case.uid), str(decision.uid)), actor=actor(by), at=at)


def _opened_again(case: Case) -> bool:
    """Open a case again and return True; False where another one about its subject is open."""
    try:
        with transaction.atomic():
            _move(case, CaseState.OPEN, start=CaseState.DECIDED)
    except IntegrityError:
        return False
    return True


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

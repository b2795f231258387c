"""The legs of a case: each hand-over of it to one body, what the body said, and what is taken back."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from prometheus_client import Counter

from leeward.cases import events, leg_making, routing, services
from leeward.cases.leg_making import BY_PERSON, DANGER, PERSON, RUNNING, WHOLE, Given
from leeward.cases.models import Body, Case, Decision, Leg, Queue
from leeward.cases.states import LEG_MOVES, UNDECIDED, CaseState, LegState
from leeward.core import facts
from leeward.core.models import Role, User
from leeward.engines import routing as engine

ANSWERABLE = (LegState.SENT, LegState.ACCEPTED)
WAITING = (LegState.HELD, LegState.OWED, LegState.SENT)
# How long a body has where a person, and no rule, chose it. Our own measure; a danger to life is not left over an hour.
BY_HAND, BY_HAND_IN_DANGER = timedelta(hours=72), timedelta(hours=1)
SYSTEM = "system"
# What a body needs to find the thing and judge whose it is; nothing of it is about the reporter.
HANDED_OVER = (
    engine.Field.CASE_REF,
    engine.Field.MATTER,
    engine.Field.PAGE_URL,
    engine.Field.PROVIDER,
    engine.Field.ITEM_ID,
    engine.Field.ITEM_KIND,
    engine.Field.DIGESTS,
)

breaches = Counter("leeward_leg_breaches_total", "Legs that were not answered in time", ["leg"])
unroutable = Counter("leeward_unroutable_total", "Times that nobody responsible was known for a case")


class NotForPolice(Exception):
    """Police get a leg for what was found illegal and is theirs, or where a person confirms a danger to life. The text says why not."""


class NotTheirs(Exception):
    """The body is this desk itself, or never responsible for this; the text says which. Choose another one."""


class MovedOn(Exception):
    """The leg is not where this step begins; load the page again and see how it stands."""


class NoWay(Exception):
    """Nothing can be sent there by itself: hand it over yourself and note it, or let a senior reviewer add a contact."""


class WordsMissing(Exception):
    """Whoever reads it later must know why; write one sentence."""


class Said(enum.StrEnum):
    """What a body answers."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    DONE = "done"


@transaction.atomic
def refer(
    case: Case,
    body: Body,
    *,
    by: User,
    why: str,
    legal_basis: str,
    fields: Collection[str],
    at: datetime,
    is_danger: bool = False,
) -> Leg:
    """Give a body its part of a case, by hand. `is_danger`: the person confirms a danger to life, which the record keeps.

    Raises `NotForPolice`, `NotTheirs`, `WordsMissing`, `leg_making.NotAField`, `leg_making.RunsAlready`, or what
    `services.judge` raises for somebody who may not, or not now.
    """
    _check(case, body, why=why, by=by, is_danger=is_danger, at=at)
    given = Given(
        body=body,
        name=body.kind,
        given_by=DANGER if is_danger else PERSON,
        why=why.strip(),
        legal_basis=legal_basis,
        fields=leg_making.closed(fields),
        due_at=at + (BY_HAND_IN_DANGER if is_danger else BY_HAND),
        # A danger to life does not wait for a colleague; what shows who somebody is does, even then.
        needs_second=leg_making.has_identity(fields) or (body.kind == Body.Kind.POLICE and not is_danger),
        sent_by=by,
    )
    # Somebody found out who is responsible.
    Case.objects.filter(pk=case.pk).update(is_unroutable=False)
    return leg_making.open_leg(case, given, actor=services.actor(by), at=at)


@transaction.atomic
def hand_over(
    case: Case,
    *,
    to: Body,
    by: User,
    why: str,
    at: datetime,
    legal_basis: str = "",
    fields: Collection[str] = HANDED_OVER,
) -> Leg:
    """Give a whole case away: others decide it, and everyone who reported it is told who. It comes back if it is not theirs.

    Raises what `refer` raises, and `services.AlreadyDecided` where the case is not open.
    """
    _check(case, to, why=why, by=by, is_danger=False, at=at)
    standing = Case.objects.filter(pk=case.pk, state=CaseState.OPEN)
    if not standing.update(state=CaseState.REFERRED, taken_by=None, taken_until=None, is_unroutable=False):
        raise services.AlreadyDecided
    given = Given(
        body=to,
        name=to.kind,
        given_by=WHOLE,
        why=why.strip(),
        legal_basis=legal_basis,
        fields=leg_making.closed(fields),
        due_at=at + BY_HAND,
        needs_second=leg_making.has_identity(fields) or to.kind == Body.Kind.POLICE,
        sent_by=by,
    )
    leg = leg_making.open_leg(case, given, actor=services.actor(by), at=at)
    facts.announce(events.CaseHandedOver(str(case.uid), str(leg.uid)), actor=services.actor(by), at=at)
    return leg


def _check(case: Case, body: Body, *, why: str, by: User, is_danger: bool, at: datetime) -> None:
    require(by)
    if Case.objects.get(pk=case.pk).is_taken_by_another(by, at=at):
        raise services.TakenByAnother
    if not why.strip():
        raise WordsMissing
    if body.kind == Body.Kind.DESK:
        raise NotTheirs("it is this desk itself")
    known = routing.facts_of(case)
    known = replace(known, is_danger_confirmed=known.is_danger_confirmed or is_danger)
    why_not = engine.refusal(routing.body_of(body), known)
    if body.kind == Body.Kind.POLICE and why_not:
        raise NotForPolice(why_not)
    # A person may know better than the list whose it is, but not better than the body what never is.
    if known.matter in body.never_for and why_not:
        raise NotTheirs(why_not)


def require(by: User, roles: Collection[Role] = services.JUDGES) -> None:
    """Raise `services.NotForThisPerson` for somebody without one of these roles."""
    if not by.roles & frozenset(roles):
        raise services.NotForThisPerson


def _move(leg: Leg, to: LegState, *, noted: Mapping[str, Any], start: Collection[LegState] = tuple(LegState)) -> None:
    starts = [state for state, ends in LEG_MOVES.items() if to in ends and state in start]
    if not Leg.objects.filter(pk=leg.pk, state__in=starts).update(state=to, **noted):
        raise MovedOn


@transaction.atomic
def release(leg: Leg, *, by: User, at: datetime) -> None:
    """Let a held leg leave by itself. Raises `NoWay`, `services.NeedsAnother` or `MovedOn`."""
    _second(leg, by=by)
    contact = leg_making.contact_for(leg.body, nature=leg.case.nature)
    if leg.body.confirmed_at is None or not leg_making.sends_itself(contact):
        raise NoWay
    _move(leg, LegState.OWED, noted={"contact": contact}, start=[LegState.HELD])
    leg_making.announce(leg, LegState.OWED, actor=services.actor(by), at=at)


@transaction.atomic
def handed(leg: Leg, *, by: User, at: datetime) -> None:
    """Note that a person handed a leg over. Raises `services.NeedsAnother` or `MovedOn`."""
    _second(leg, by=by)
    # One that cannot leave by itself, because its contact is gone, is handed over as well.
    _move(leg, LegState.SENT, noted={"sent_at": at}, start=[LegState.HELD, LegState.OWED])
    leg_making.announce(leg, LegState.SENT, actor=services.actor(by), at=at)


def _second(leg: Leg, *, by: User) -> None:
    """Keep whoever began a leg, or judged what it rests on, from being the second person as well."""
    require(by)
    if not may_release(leg, by=by):
        raise services.NeedsAnother


def may_release(leg: Leg, *, by: User) -> bool:
    """True where a person may let a leg leave: a second one where that is needed."""
    decision = leg_making.illegal_decision(leg.case)
    first = leg.sent_by_id or (decision.proposed_by_id if decision else None)
    return first != by.pk or not leg_making.needs_second(leg)


@transaction.atomic
def sent(leg: Leg, *, at: datetime) -> None:
    """Note that the worker sent a leg; a second time changes nothing."""
    try:
        _move(leg, LegState.SENT, noted={"sent_at": at}, start=[LegState.OWED])
    except MovedOn:
        return
    leg_making.announce(leg, LegState.SENT, actor=SYSTEM, at=at)


@transaction.atomic
def answer(leg: Leg, *, said: Said, words: str, at: datetime, by: User | None = None) -> None:
    """Note what a body said: itself with its code, or by a reviewer who heard it. Raises `WordsMissing` or `MovedOn`.

    Not theirs: the loop finds the next body, and a case that was handed over whole is ours again at once.
    """
    if by is not None:
        require(by)
    if said != Said.ACCEPTED and not words.strip():
        raise WordsMissing
    ends = said != Said.ACCEPTED
    _move(
        leg,
        LegState(said),
        noted={"answer": words.strip(), "answered_at": at} | ({"ended_at": at} if ends else {}),
        start=ANSWERABLE,
    )
    if said == Said.DECLINED and leg.given_by == WHOLE:
        _take_back(leg.case)
    actor = services.actor(by) if by else f"body:{leg.body.slug}"
    leg_making.announce(leg, LegState(said), actor=actor, at=at)


def _take_back(case: Case) -> None:
    # Somebody may have reported the same thing meanwhile; then that case is the open one, and this one stays put away.
    others = Case.objects.filter(subject=case.subject, state__in=UNDECIDED).exclude(pk=case.pk)
    if not others.exists():
        Case.objects.filter(pk=case.pk, state=CaseState.REFERRED).update(state=CaseState.OPEN)


@transaction.atomic
def take_back(leg: Leg, *, by: User, why: str, at: datetime) -> None:
    """Recall one leg by hand; no rule gives it again, and a case that was handed over whole is ours again.

    Raises `WordsMissing` or `MovedOn`.
    """
    require(by)
    if not why.strip():
        raise WordsMissing
    if leg.given_by == WHOLE:
        _take_back(leg.case)
    _recall(leg, why=why.strip(), actor=services.actor(by), at=at)


def _recall(leg: Leg, *, why: str, actor: str, at: datetime) -> None:
    _move(leg, LegState.RECALLED, noted={"ended_at": at, "answer": why}, start=RUNNING)
    leg_making.announce(leg, LegState.RECALLED, actor=actor, at=at)


@transaction.atomic
def recall(decision: Decision, *, still: Collection[str], at: datetime) -> list[Leg]:
    """Take back what went out because of a decision that was reversed, and return the legs whose bodies were done with it.

    `still` are the bodies (slugs) that the rules give the case without it, and those keep theirs. What a person sent stays,
    but for the leg to police that only the decision allowed. A second time changes nothing.
    """
    since = decision.effective_at or decision.proposed_at
    given = Leg.objects.filter(case=decision.case, made_at__gte=since).exclude(body__slug__in=still)
    rests_on_it = [leg for leg in given.select_related("case", "body") if _rests_on_decision(leg)]
    for leg in rests_on_it:
        if leg.state in RUNNING:
            _recall(leg, why="", actor=SYSTEM, at=at)
    return [leg for leg in rests_on_it if leg.state == LegState.DONE]


def _rests_on_decision(leg: Leg) -> bool:
    return leg.given_by not in BY_PERSON or (leg.given_by == PERSON and leg.body.kind == Body.Kind.POLICE)


@transaction.atomic
def alarm(case: Case, *, at: datetime) -> None:
    """Say that nobody responsible is known: back to triage, marked, counted. A second time changes nothing."""
    marked = Case.objects.filter(pk=case.pk, is_unroutable=False).update(is_unroutable=True, queue=Queue.TRIAGE)
    if marked:
        facts.announce(events.CaseUnroutable(str(case.uid)), actor=SYSTEM, at=at)
        transaction.on_commit(unroutable.inc)


def note_overdue(at: datetime) -> None:
    """Note every leg whose time ran out before its body answered, each once. A chore."""
    late = Leg.objects.filter(state__in=WAITING, due_at__lte=at, is_breached=False)
    for leg in late.select_related("case")[:1000]:
        with transaction.atomic():
            if Leg.objects.filter(pk=leg.pk, state__in=WAITING, is_breached=False).update(is_breached=True):
                facts.announce(events.LegBreached(str(leg.case.uid), str(leg.uid)), actor=SYSTEM, at=at)
                transaction.on_commit(breaches.labels(leg=leg.name).inc)

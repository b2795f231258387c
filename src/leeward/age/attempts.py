"""Attempts to show an age: begun with one method, judged once, and answered with a token for the site that asked."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db import transaction

from leeward.age import levels, results, switches, tokens
from leeward.age.effect import counts
from leeward.age.effect import services as effect
from leeward.age.effect.models import Side, SignWeek
from leeward.age.levels import Kind, Level
from leeward.age.methods import registered
from leeward.age.methods.protocol import Limited, Method, Outcome, State
from leeward.age.models import AgeTransaction, Requirement
from leeward.age.openid import services as openid
from leeward.core import config, keys
from leeward.core.models import User

# A visitor who fetches a wallet first needs a while; after this the attempt is over.
OPEN_FOR = timedelta(minutes=30)
# For the figures only: nothing in the row leads to a person without an account.
KEPT = timedelta(days=90)
# A token is good for minutes. For so long the same browser gets the next one for the same area without showing the age again.
RENEWED_FOR = timedelta(hours=1)
# What stands in the place of a method where an account was enough.
ACCOUNT = "account"
_PURPOSE = "browser of an age attempt"
_CLEAR = frozenset({State.SATISFIED, State.NOT_SATISFIED})
_CLOSED = Outcome(State.INCONCLUSIVE, reason="way_closed")


class NotOffered(Exception):
    """The method is not good enough for this area, not set up, or switched off: choose another one."""


class AttemptOver(Exception):
    """The attempt has ended or was left open too long: begin a new one."""


class NotShown(Exception):
    """The attempt did not show the age, so there is no token for it: try another method."""


def offered(requirement: Requirement) -> list[Method]:
    """Return the methods that can open the area, the surest first."""
    closed = switches.closed()
    fit = (method for method in registered().values() if method.id not in closed and fits(method, requirement))
    return [method for method in fit if method.is_ready()]


def fits(method: Method, requirement: Requirement) -> bool:
    """True where a method is good enough for an area, be it set up or not."""
    if method.top_level < requirement.level or method.kind not in requirement.kinds:
        return False
    if isinstance(method, Limited) and not method.can_open(requirement):
        return False
    return _can_speak_of(method.thresholds, requirement)


def _can_speak_of(thresholds: Iterable[int] | None, requirement: Requirement) -> bool:
    if thresholds is None:
        return True
    if requirement.age_over is not None:
        return any(threshold >= requirement.age_over for threshold in thresholds)
    return any(threshold <= (requirement.age_under or 0) for threshold in thresholds)


@transaction.atomic
def begin(
    requirement: Requirement, *, method: str, nonce: str, browser: str, user: User | None, at: datetime
) -> AgeTransaction:
    """Begin an attempt; raises `NotOffered`. `browser` is a secret that stands in a cookie of the visitor."""
    if method not in {one.id for one in offered(requirement)} or requirement.closed_at is not None:
        raise NotOffered(method)
    return AgeTransaction.objects.create(
        requirement=requirement,
        method=method,
        nonce=nonce,
        browser=browser_digest(browser),
        user=user,
        begun_at=at,
    )


def browser_digest(browser: str) -> bytes:
    """Return the digest under which the secret of a visitor's browser is stored."""
    return keys.keyed_digest(_PURPOSE, browser)


def wanted(requirement: Requirement) -> int:
    """Return the one age that the requirement speaks of, in years."""
    return requirement.age_over if requirement.age_over is not None else requirement.age_under or 0


def judged(outcome: Outcome, *, requirement: Requirement, top_level: Level) -> tuple[State, Level, str]:
    """Return how an outcome stands to a requirement: state, level, reason."""
    level = min(outcome.level, top_level)
    if outcome.state in {State.FAILED, State.INCONCLUSIVE}:
        return outcome.state, level, outcome.reason
    claims = levels.claims(outcome.over, wanted(requirement))
    if len(claims) != 1:
        return State.INCONCLUSIVE, level, outcome.reason or ("contradiction" if claims else "other_age")
    if (True in claims) != (requirement.age_over is not None):
        return State.NOT_SATISFIED, level, outcome.reason
    if level < requirement.level:
        return State.INCONCLUSIVE, level, "level_too_low"
    return State.SATISFIED, level, outcome.reason


@transaction.atomic
def answer(attempt: AgeTransaction, form: Mapping[str, str | bytes], *, at: datetime) -> State:
    """Judge what the visitor sent, once; raises `AttemptOver` and `methods.Again`.

    Facts are kept of somebody who is signed in, but not by an estimate.
    """
    if attempt.begun_at <= at - OPEN_FOR or attempt.state != AgeTransaction.State.PENDING:
        raise AttemptOver
    method = registered()[attempt.method]
    # Whoever began before the operator switched the way off is offered the others.
    is_closed = method.id in switches.closed()
    outcome = _CLOSED if is_closed else method.answer(attempt, form, at=at)
    state, level, reason = judged(outcome, requirement=attempt.requirement, top_level=method.top_level)
    still_open = AgeTransaction.objects.filter(pk=attempt.pk, state=AgeTransaction.State.PENDING)
    if not still_open.update(
        state=state, level=level, reason=reason[:40], holder=outcome.holder, memory="", ended_at=at
    ):
        raise AttemptOver
    if attempt.user is not None and outcome.over and _is_evidence(method):
        results.keep(attempt.user, outcome=outcome, method=method, at=at)
    attempt.refresh_from_db()
    _learn(attempt, outcome, level=level, at=at)
    return state


def _learn(attempt: AgeTransaction, outcome: Outcome, *, level: Level, at: datetime) -> None:
    """Let an answer say how right the less sure ones of this visitor were, and wait for a surer one."""
    visitor = _visitor(attempt)
    if outcome.state in _CLEAR and _is_evidence(registered()[attempt.method]):
        effect.compare(visitor, method=attempt.method, level=level, over=outcome.over, at=at)
        _close_less_sure(attempt, outcome, level=level, at=at)
    if attempt.state not in _CLEAR:
        return
    was_let_in = attempt.state == AgeTransaction.State.SATISFIED
    said = effect.Said(attempt.method, level, wanted(attempt.requirement), _side(attempt.requirement), was_let_in)
    share = config.current().age.step_up_share if was_let_in and _surer(attempt) else 0.0
    effect.note(visitor, said, drawn_share=effect.draw(share), at=at)


def _close_less_sure(attempt: AgeTransaction, outcome: Outcome, *, level: Level, at: datetime) -> None:
    """Let nobody go on with a less sure «yes» of the last hour, for this area or another one, where a surer way says «no»."""
    let_in = AgeTransaction.objects.filter(
        browser=attempt.browser,
        state=AgeTransaction.State.SATISFIED,
        level__lt=level,
        ended_at__gt=at - RENEWED_FOR,
    )
    closed = {"state": AgeTransaction.State.NOT_SATISFIED, "reason": "surer_no", "nonce": ""}
    for one in let_in.select_related("requirement"):
        claims = levels.claims(outcome.over, wanted(one.requirement))
        if claims == {one.requirement.age_over is None}:
            AgeTransaction.objects.filter(pk=one.pk).update(**closed)


def _is_evidence(method: Method) -> bool:
    """True where an answer may stand longer than the attempt, or say that another way was wrong; an estimate is wrong by years."""
    return method.kind != Kind.ESTIMATION


def _visitor(attempt: AgeTransaction) -> effect.Visitor:
    return effect.Visitor(attempt.user, bytes(attempt.browser))


def _side(requirement: Requirement) -> Side:
    return Side.OVER if requirement.age_over is not None else Side.UNDER


def _surer(attempt: AgeTransaction) -> list[Method]:
    methods = offered(attempt.requirement)
    surer = [one for one in methods if one.top_level > (attempt.level or 0) and one.id != attempt.method]
    return [one for one in surer if _is_evidence(one)]


def second_ways(attempt: AgeTransaction, *, at: datetime) -> list[Method]:
    """Return the surer ways for which this visitor was drawn, the surest first; empty for everybody else. They may say no."""
    if attempt.state != AgeTransaction.State.SATISFIED:
        return []
    age, side = wanted(attempt.requirement), _side(attempt.requirement)
    if not effect.is_asked(_visitor(attempt), method=attempt.method, age=age, side=side, at=at):
        return []
    return _surer(attempt)


@transaction.atomic
def refuse_again(attempt: AgeTransaction, *, at: datetime) -> None:
    """End an attempt of a browser that said something else before."""
    refused = {"state": AgeTransaction.State.NOT_SATISFIED, "reason": "said_before", "ended_at": at}
    if AgeTransaction.objects.filter(pk=attempt.pk, state=AgeTransaction.State.PENDING).update(**refused):
        counts.sign(SignWeek.Sign.OTHER_YEAR, at=at)
    attempt.refresh_from_db()


@transaction.atomic
def recall(requirement: Requirement, *, nonce: str, browser: str, user: User, at: datetime) -> AgeTransaction:
    """Begin and end an attempt by what is known of an account; raises `NotOffered` where that is not enough."""
    level = known(requirement, user, at=at)
    if level is None or requirement.closed_at is not None:
        raise NotOffered(ACCOUNT)
    return AgeTransaction.objects.create(
        requirement=requirement,
        method=ACCOUNT,
        nonce=nonce,
        browser=browser_digest(browser),
        user=user,
        state=AgeTransaction.State.SATISFIED,
        level=level,
        begun_at=at,
        ended_at=at,
    )


@transaction.atomic
def renew(requirement: Requirement, *, nonce: str, browser: str, at: datetime) -> AgeTransaction | None:
    """Return an attempt that goes on with what this browser showed for the same area within the hour; None without one.

    Not for the strict level, which is shown anew each time, not for anybody whose tokens can be taken back, and not by a way
    that was switched off.
    """
    shown = AgeTransaction.objects.filter(
        requirement=requirement,
        browser=browser_digest(browser),
        state=AgeTransaction.State.SATISFIED,
        # The area may ask for more since then.
        level__gte=requirement.level,
        ended_at__gt=at - RENEWED_FOR,
        holder="",
        user=None,
    )
    still_good = shown.exclude(level=Level.STRICT).exclude(method__in=switches.closed())
    first = still_good.order_by("ended_at").first()
    if first is None or not browser or requirement.closed_at is not None:
        return None
    first.pk, first.uid, first.nonce, first.begun_at, first.went_at = None, uuid.uuid4(), nonce, at, None
    first.save(force_insert=True)
    return first


@transaction.atomic
def go(attempt: AgeTransaction, *, at: datetime) -> str:
    """Return the address to which the visitor goes back, with a token; raises `NotShown` and `AttemptOver`.

    Pressed twice it gives a second token for the same browser, as long as the attempt is fresh.
    """
    if attempt.state != AgeTransaction.State.SATISFIED or attempt.level is None:
        raise NotShown
    if attempt.begun_at <= at - OPEN_FOR or not attempt.nonce:
        raise AttemptOver
    requirement, user = attempt.requirement, attempt.user
    token = tokens.issue(
        audience=requirement.site.origin,
        nonce=attempt.nonce,
        over=requirement.age_over,
        under=requirement.age_under,
        level=Level(attempt.level),
        at=at,
        holder=attempt.holder or (f"user:{user.pk}" if user is not None else ""),
    )
    AgeTransaction.objects.filter(pk=attempt.pk, went_at=None).update(went_at=at)
    callback = openid.callback(attempt.nonce) or requirement.site.callback
    return f"{callback}?{urlencode({'token': token})}"


@transaction.atomic
def take_back(holder: str, *, at: datetime) -> None:
    """Take back every token of a holder such as `permit:SUBJECT`, and let none of its attempts give another one.

    Every gate knows within ten seconds.
    """
    AgeTransaction.objects.filter(holder=holder).update(nonce="", holder="")
    tokens.revoke(holder, at=at)


def known(requirement: Requirement, user: User, *, at: datetime) -> Level | None:
    """Return how surely a person's account already shows the age, where that is sure enough and fresh enough; else None."""
    if not requirement.result_days:
        return None
    since = at.date() - timedelta(days=requirement.result_days)
    kinds = [Kind(kind) for kind in requirement.kinds]
    found = results.standing(user, over=wanted(requirement), at=at, kinds=kinds, since=since)
    if found.level is None or found.is_over != (requirement.age_over is not None) or found.level < requirement.level:
        return None
    return found.level


@transaction.atomic
def forget(at: datetime) -> None:
    """End attempts that were left open, and erase what is old."""
    over = AgeTransaction.objects.filter(state=AgeTransaction.State.PENDING, begun_at__lte=at - OPEN_FOR)
    over.update(state=AgeTransaction.State.EXPIRED, ended_at=at, memory="")
    AgeTransaction.objects.filter(ended_at__lte=at - RENEWED_FOR).exclude(nonce="", holder="").update(
        nonce="", holder=""
    )
    AgeTransaction.objects.filter(begun_at__lte=at - KEPT).delete()

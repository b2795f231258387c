"""A child asks with one press, and a guardian answers with one press."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from leeward.core import facts
from leeward.core.models import User
from leeward.families import seats
from leeward.families.models import Household
from leeward.limits import events, own_names, steps, times
from leeward.limits.choices import Answer, Why, Wish
from leeward.limits.models import Ask, Limits

GOOD_FOR = timedelta(hours=24)
MOST_WAITING = 5
MOST_A_DAY = 30  # Asked and taken back again and again.


class TooManyAsks(Exception):
    """There are enough questions already: wait for an answer, or take one back."""


class AlreadyAnswered(Exception):
    """The question was answered or taken back, or is too old: look at the page again."""


def ask_name(limits: Limits, name: str, *, at: datetime) -> Ask:
    """Ask that a name be opened; the same question waiting already is the answer.

    Raises `NoSuchLimits`, `TooManyAsks`, and from `engines.policy` `NotAHostName` and `PublicSuffix`.
    """
    return _ask(limits, Wish.NAME, own_names.openable(name), at=at)


def ask_time(limits: Limits, *, at: datetime) -> Ask:
    """Ask for an hour more; the same question waiting already is the answer. Raises `NoSuchLimits` and `TooManyAsks`."""
    return _ask(limits, Wish.TIME, "", at=at)


@transaction.atomic
def _ask(limits: Limits, kind: Wish, name: str, *, at: datetime) -> Ask:
    seats.hold(limits.household)
    row = Limits.objects.here().select_related("household").filter(pk=limits.pk).first()
    if row is None:
        raise steps.NoSuchLimits
    open_asks = list(row.asks.filter(state=Answer.WAITING, expires_at__gt=at))
    same = next((ask for ask in open_asks if (ask.kind, ask.name) == (kind, name)), None)
    if same is not None:
        return same
    if len(open_asks) >= MOST_WAITING or row.asks.filter(made_at__gt=at - GOOD_FOR).count() >= MOST_A_DAY:
        raise TooManyAsks
    ask = Ask.objects.create(limits=row, kind=kind, name=name, made_at=at, expires_at=at + GOOD_FOR)
    facts.announce(events.AskMade(str(row.household.uid), str(ask.uid)), actor="device", at=at)
    return ask


@transaction.atomic
def allow(ask: Ask, *, until: datetime | None, by: User, at: datetime) -> None:
    """Say yes: open the name until a moment or for good, or give an hour more, for which `until` means nothing.

    Raises what `allow_name` and `give_time` raise, and `AlreadyAnswered`.
    """
    _answer(ask, Answer.ALLOWED, by=by, at=at)
    if ask.kind == Wish.NAME:
        own_names.allow_asked(ask.limits, ask.name, until=until, by=by, at=at)
    else:
        until = times.give_time(ask.limits, minutes=times.MORE_MINUTES, why=Why.OTHER, by=by, at=at)
    Ask.objects.filter(pk=ask.pk).update(until=until)
    _announce(ask, actor=f"user:{by.pk}", at=at)


@transaction.atomic
def refuse(ask: Ask, *, by: User, at: datetime) -> None:
    """Say no. Raises `NoGuardian`, `NotYourFamily` and `AlreadyAnswered`."""
    _answer(ask, Answer.REFUSED, by=by, at=at)
    _announce(ask, actor=f"user:{by.pk}", at=at)


def _answer(ask: Ask, answer: Answer, *, by: User, at: datetime) -> None:
    seats.check(by, ask.limits.household)
    waits = Ask.objects.filter(pk=ask.pk, state=Answer.WAITING, expires_at__gt=at)
    if not waits.update(state=answer, answered_by=by, answered_at=at):
        raise AlreadyAnswered


@transaction.atomic
def take_back(ask: Ask, *, at: datetime) -> None:
    """Let a child take its question back. Whoever calls has made sure that it is the child's. Raises `AlreadyAnswered`."""
    waits = Ask.objects.filter(pk=ask.pk, state=Answer.WAITING, expires_at__gt=at)
    if not waits.update(state=Answer.WITHDRAWN, answered_at=at):
        raise AlreadyAnswered
    _announce(ask, actor="device", at=at)


def _announce(ask: Ask, *, actor: str, at: datetime) -> None:
    facts.announce(events.AskAnswered(str(ask.limits.household.uid), str(ask.uid)), actor=actor, at=at)


def waiting(household: Household, *, at: datetime) -> list[Ask]:
    """Return the questions of a household that a guardian can answer, the oldest first."""
    found = Ask.objects.filter(limits__in=household.limits.here(), state=Answer.WAITING, expires_at__gt=at)
    return list(found.select_related("limits__household", "limits__child"))

"""What can be done with permissions: ask, allow in part, refuse, take back, undo; and what the clock does."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from leeward.age import results
from leeward.age.levels import Level
from leeward.core import facts
from leeward.core.models import Organisation, User
from leeward.families import seats
from leeward.families.models import Child, Household
from leeward.families.permission import deciding, events, gates, links, signs
from leeward.families.permission.choices import STRONG, LinkState, Months, Relation, Scope, State
from leeward.families.permission.models import GuardianLink, Home, Permission, Stated
from leeward.families.services import NoSuchChild

# Of the notice that guardians read before they answer. Count it up with every change of what it says.
NOTICE = "2026-11"
ANSWER_WITHIN = timedelta(days=14)
REMIND_BEFORE = timedelta(days=30)
MOST_WAITING = 5
MOST_A_DAY = 20
# «Standard» of IEEE 2089.1: a record says so. What leaves the family asks for a document or trained staff.
ADULT_LEVEL, STRONG_ADULT_LEVEL = Level.STANDARD, Level.ENHANCED
_ADULT = 18
_OPEN = (State.ASKED, State.GRANTED, State.FROZEN)
_KEPT = timedelta(days=365)


class TooManyAsks(Exception):
    """There are enough questions already: wait for an answer, or take one back."""


class PermissionMoved(Exception):
    """Somebody answered or took it back meanwhile: look at the page again."""


class NotShownAdult(Exception):
    """The guardian has not shown to be a grown-up, or not surely enough for what they allow: show it first."""


class NotAsked(Exception):
    """What is allowed must be a part of what the child asked, and not nothing: choose again, or say no."""


@dataclass(frozen=True)
class AskDraft:
    """What a child asks: for which service, for what, and what the service gave it to carry."""

    service: Organisation
    scopes: Sequence[Scope]
    ticket: str = ""


@transaction.atomic
def ask(child: Child, draft: AskDraft, *, at: datetime) -> Permission:
    """Ask the family, or decide at once where the child is old enough. The same question open already is the answer.

    Whoever calls has made sure that it is the child. Raises `TooYoung`, `NotAsked`, `TooManyAsks` and `NoSuchChild`.
    """
    seats.hold(child.household)
    if not Child.objects.here().filter(pk=child.pk).exists():
        raise NoSuchChild
    if not draft.scopes:
        raise NotAsked
    same = child.permissions.filter(service=draft.service, state__in=_OPEN).first()
    if same is not None:
        return same
    decision = deciding.decide(child, at=at)
    asked_lately = child.permissions.filter(asked_at__gt=at - timedelta(days=1)).count()
    if child.permissions.filter(state=State.ASKED).count() >= MOST_WAITING or asked_lately >= MOST_A_DAY:
        raise TooManyAsks
    permission = Permission.objects.create(
        child=child,
        service=draft.service,
        ticket=draft.ticket,
        asked=sorted(set(draft.scopes)),
        asked_at=at,
        answer_until=at + ANSWER_WITHIN,
    )
    if decision.needs_parent:
        fact = events.PermissionAsked(str(permission.uid), str(child.uid), permission.asked)
        facts.announce(fact, actor="device", at=at)
    else:
        _grant(permission, permission.asked, until=_later(at, months=Months.TWELVE), rules=decision.rules, at=at)
        gates.give(permission, actor="device", at=at)
    return permission


def _grant(
    permission: Permission,
    scopes: Sequence[str],
    *,
    until: datetime,
    rules: Sequence[str],
    at: datetime,
    link: GuardianLink | None = None,
    level: Level | None = None,
) -> None:
    open_rows = Permission.objects.filter(pk=permission.pk).filter(
        Q(state=State.ASKED, answer_until__gt=at) | Q(state=State.GRANTED, until__gt=at)
    )
    moved = open_rows.update(
        state=State.GRANTED,
        granted=sorted(set(scopes)),
        until=until,
        answered_by=link.guardian if link else None,
        answered_at=at,
        reminded_at=None,
        ended_at=None,
        notice=NOTICE,
        rules=list(rules),
        adult_level=level,
        relation=link.relation if link else "",
    )
    if not moved:
        raise PermissionMoved
    permission.refresh_from_db()


@transaction.atomic
def grant(permission: Permission, scopes: Sequence[Scope], *, months: Months, by: User, at: datetime) -> None:
    """Allow a part of what was asked for some months, or change what was allowed.

    Raises `NoGuardian`, `NotYourFamily`, `NoLink`, `LinkOnHold`, `NotAsked`, `NotShownAdult`, `TooYoung`, `PermissionMoved`.
    """
    child = permission.child
    seat = seats.check(by, child.household)
    link = links.active(seat, child)
    if not scopes or not set(scopes) <= set(permission.asked):
        raise NotAsked
    decision = deciding.decide(child, at=at)
    level = adult_level(by, at=at)
    if level is None or level < needed_level(scopes):
        raise NotShownAdult
    until = _later(at, months=months)
    _grant(permission, scopes, until=until, rules=decision.rules, at=at, link=link, level=level)
    gates.give(permission, actor=f"user:{by.pk}", at=at)
    signs.look(by, at=at)


def adult_level(person: User, *, at: datetime) -> Level | None:
    """Return how surely a person has shown to be a grown-up, or None where they did not or are none."""
    standing = results.standing(person, over=_ADULT, at=at)
    return standing.level if standing.is_over else None


def needed_level(scopes: Sequence[str]) -> Level:
    """Return how surely somebody must have shown to be a grown-up to allow these."""
    return STRONG_ADULT_LEVEL if STRONG.intersection(scopes) else ADULT_LEVEL


def _later(at: datetime, *, months: Months) -> datetime:
    count = at.month - 1 + months
    year, month = at.year + count // 12, count % 12 + 1
    return at.replace(year=year, month=month, day=min(at.day, calendar.monthrange(year, month)[1]))


@transaction.atomic
def refuse(permission: Permission, *, by: User, at: datetime) -> None:
    """Say no. Raises `NoGuardian`, `NotYourFamily`, `NoLink`, `LinkOnHold` and `PermissionMoved`."""
    seat = seats.check(by, permission.child.household)
    links.active(seat, permission.child)
    asked = Permission.objects.filter(pk=permission.pk, state=State.ASKED, answer_until__gt=at)
    if not asked.update(state=State.REFUSED, answered_by=seat, answered_at=at, ended_at=at):
        raise PermissionMoved
    fact = events.PermissionRefused(str(permission.uid), str(seat.uid))
    facts.announce(fact, actor=f"user:{by.pk}", at=at)


@transaction.atomic
def revoke(permission: Permission, *, by: User, at: datetime) -> None:
    """Take a permission back with everything in it; each guardian of the household can. Raises what `seats.check` does,
    and `PermissionMoved`."""
    seats.check(by, permission.child.household)
    _end(permission, State.REVOKED, actor=f"user:{by.pk}", at=at)


def _end(permission: Permission, state: State, *, actor: str, at: datetime) -> None:
    if not gates.end(Permission.objects.filter(pk=permission.pk), state, actor=actor, at=at):
        raise PermissionMoved


@transaction.atomic
def undo(permission: Permission, *, by: User, at: datetime) -> None:
    """Undo `revoke` or `refuse` within half an hour. Raises what `grant` raises of links and ages, and `TooLate`."""
    seat = seats.check(by, permission.child.household)
    link = links.active(seat, permission.child)
    lately = Permission.objects.filter(pk=permission.pk, ended_at__gt=at - seats.UNDO_WITHIN)
    permission.refresh_from_db()
    if permission.state == State.REFUSED and lately.filter(state=State.REFUSED, answer_until__gt=at).update(
        state=State.ASKED, answered_by=None, answered_at=None, ended_at=None
    ):
        fact = events.PermissionAsked(str(permission.uid), str(permission.child.uid), permission.asked)
        facts.announce(fact, actor=f"user:{by.pk}", at=at)
        return
    level = adult_level(by, at=at)
    if level is None or level < needed_level(permission.granted):
        raise NotShownAdult
    taken_back = lately.filter(state=State.REVOKED, until__gt=at)
    # Whoever undoes it stands for it from now on.
    if not taken_back.update(
        state=State.GRANTED, ended_at=None, answered_by=seat, adult_level=level, relation=link.relation
    ):
        raise seats.TooLate
    permission.refresh_from_db()
    gates.give(permission, actor=f"user:{by.pk}", at=at)


@transaction.atomic
def withdraw(permission: Permission, *, at: datetime) -> None:
    """Let a child take its question back, or what it was allowed. Whoever calls has made sure that it is the child's.

    Raises `PermissionMoved`.
    """
    asked = Permission.objects.filter(pk=permission.pk, state=State.ASKED)
    if asked.update(state=State.WITHDRAWN, ended_at=at):
        facts.announce(events.PermissionWithdrawn(str(permission.uid)), actor="device", at=at)
        return
    _end(permission, State.WITHDRAWN, actor="device", at=at)


@transaction.atomic
def set_country(household: Household, country: str, *, by: User, at: datetime) -> None:
    """Say in which country a household lives: two letters of ISO 3166. Raises `NoGuardian` and `NotYourFamily`.

    What was allowed stays allowed; what a child decided alone and may not decide there is over.
    """
    seats.check(by, household)
    Home.objects.update_or_create(household=household, defaults={"country": country, "said_at": at})
    for child in household.children.filter(removed_at=None):
        look_again(child, at=at)
    facts.announce(events.CountryChanged(str(household.uid)), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def look_again(child: Child, *, at: datetime) -> None:
    """End what stands on an age or a country that is not so any more: a parent's yes for a child that decides alone now,
    a child's own yes where a parent decides now, and everything of a child that is a grown-up."""
    granted = child.permissions.filter(state=State.GRANTED)
    if deciding.is_of_age(child, at=at):
        gates.end(child.permissions.all(), State.LAPSED, actor="system", at=at)
        GuardianLink.objects.filter(child=child).delete()
        return
    try:
        needs_parent = deciding.decide(child, at=at).needs_parent
    except deciding.TooYoung:
        gates.end(granted, State.REVOKED, actor="system", at=at)
        return
    if needs_parent:
        gates.end(granted.filter(notice=NOTICE, adult_level=None), State.REVOKED, actor="system", at=at)
    else:
        gates.end(granted.filter(adult_level__isnull=False), State.LAPSED, actor="system", at=at)


def look_at_all(at: datetime) -> None:
    """Look at every child again that was allowed something, because rules begin and end on days. For the clock."""
    found = Child.objects.here().filter(permissions__state=State.GRANTED).select_related("household").distinct()
    for child in found:
        look_again(child, at=at)


def run_clock(at: datetime) -> None:
    """End what is over, and remind of what is over soon. For the clock."""
    with transaction.atomic():
        gates.end(Permission.objects.filter(until__lte=at), State.EXPIRED, actor="system", at=at)
    unanswered = Permission.objects.filter(state=State.ASKED, answer_until__lte=at)
    _each(unanswered, {"state": State.EXPIRED, "ended_at": at}, events.PermissionWithdrawn, at=at)
    ends = Permission.objects.filter(state=State.GRANTED, until__lte=at + REMIND_BEFORE, reminded_at=None)
    _each(ends, {"reminded_at": at}, events.PermissionEnds, at=at)
    Permission.objects.filter(ended_at__lte=at - _KEPT).delete()
    Stated.objects.filter(at__lte=at - signs.STATED_KEPT).delete()


def _each(found: QuerySet[Permission], change: dict[str, object], fact: type, *, at: datetime) -> None:
    for permission in found:
        with transaction.atomic():
            if found.filter(pk=permission.pk).update(**change):
                facts.announce(fact(str(permission.uid)), actor="system", at=at)


def waiting(household: Household, *, at: datetime) -> list[Permission]:
    """Return what children of a household ask, the oldest first."""
    found = Permission.objects.filter(
        child__household=household, child__removed_at=None, state=State.ASKED, answer_until__gt=at
    )
    return list(found.select_related("child", "service").order_by("asked_at", "pk"))


def has_decider(child: Child) -> bool:
    """True where a guardian's link to the child holds, so that somebody can answer."""
    return GuardianLink.objects.filter(child=child, state=LinkState.ACTIVE, guardian__left_at=None).exists()


def sure(relation: str) -> bool:
    """True where something better than the grown-up's own word says that they belong together."""
    return relation in {Relation.ROSTER, Relation.ACCESS, Relation.STAFF}

"""What can be done where a guardian says an age: ask, say, say nothing, take back."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from leeward.age import attempts
from leeward.age.methods.protocol import Again
from leeward.age.models import AgeTransaction
from leeward.core import facts
from leeward.core.models import User
from leeward.families import seats
from leeward.families.choices import AgeBand
from leeward.families.models import Child, Household
from leeward.families.permission import links
from leeward.families.permission import services as permissions
from leeward.families.services import NoSuchChild
from leeward.families.vouching import events, standing
from leeward.families.vouching.models import Question, Vouch, Years

_MOST_WAITING = 5


class TooManyWait(Exception):
    """The child waits for enough answers: wait for one, or take another way."""


class NotTheChild(Exception):
    """Somebody is signed in there, so it is not the child who asks: sign out first."""


class OtherAge(Exception):
    """The family page has another rough age for the child: correct that first."""


class NothingSaid(Exception):
    """There is nothing to take back any more: look at the page again."""


@transaction.atomic
def ask(attempt: AgeTransaction, child: Child, *, at: datetime) -> None:
    """Let the child of this device ask its guardians; what one of them said lately answers at once.

    Whoever calls has made sure that it is the child's device. Raises `NoSuchChild`, `NotTheChild` and `TooManyWait`.
    """
    seats.hold(child.household)
    if not Child.objects.here().filter(pk=child.pk).exists():
        raise NoSuchChild
    if attempt.user is not None:
        raise NotTheChild
    if attempt.method != standing.METHOD or attempt.state != AgeTransaction.State.PENDING:
        return
    if not Question.objects.filter(attempt=attempt).exists():
        if _open(child.household, at=at).filter(child=child).count() >= _MOST_WAITING:
            raise TooManyWait
        Question.objects.create(child=child, attempt=attempt, asked_at=at)
    _answer(attempt, at=at)


def _answer(attempt: AgeTransaction, *, at: datetime) -> None:
    """End an attempt by what stands; without that it goes on waiting."""
    with suppress(Again, attempts.AttemptOver):
        attempts.answer(attempt, {}, at=at)


def _open(household: Household, *, at: datetime) -> QuerySet[Question]:
    return Question.objects.filter(
        child__household=household,
        child__removed_at=None,
        attempt__state=AgeTransaction.State.PENDING,
        attempt__begun_at__gt=at - attempts.OPEN_FOR,
    )


def waiting(household: Household, *, at: datetime) -> list[Child]:
    """Return the children of a household who wait for somebody to say their age."""
    asking = _open(household, at=at).values("child")
    return list(household.children.filter(pk__in=asking).select_related("household"))


@transaction.atomic
def say(child: Child, years: Years, *, by: User, at: datetime) -> None:
    """Say how old a child is, which answers everything that it waits for.

    Raises `NoGuardian`, `NotYourFamily`, `NoSuchChild`, `NoLink`, `LinkOnHold`, `NotShownAdult` and `OtherAge`.
    """
    seat = seats.check(by, child.household)
    now = Child.objects.here().filter(pk=child.pk).first()
    if now is None:
        raise NoSuchChild
    link = links.active(seat, now)
    level = permissions.adult_level(by, at=at)
    if level is None or level < permissions.ADULT_LEVEL:
        raise permissions.NotShownAdult
    if not standing.fits(years, AgeBand(now.band)):
        raise OtherAge
    # What somebody said before is over, and so is what stands on it.
    attempts.take_back(standing.holder(now), at=at)
    Vouch.objects.update_or_create(child=now, defaults={"guardian": seat, "years": years.value, "said_at": at})
    for question in _open(now.household, at=at).filter(child=now).select_related("attempt__requirement"):
        _answer(question.attempt, at=at)
    Question.objects.filter(child=now).delete()
    fact = events.AgeVouched(str(now.uid), str(seat.uid), int(level), link.relation)
    facts.announce(fact, actor=f"user:{by.pk}", at=at)


@transaction.atomic
def leave_open(child: Child, *, by: User, at: datetime) -> None:
    """Say nothing: the child is offered another way. Raises `NoGuardian`, `NotYourFamily`, `NoLink` and `LinkOnHold`."""
    links.active(seats.check(by, child.household), child)
    asked = list(_open(child.household, at=at).filter(child=child).select_related("attempt__requirement"))
    Question.objects.filter(child=child).delete()
    for question in asked:
        # Without its question, the method says that nobody was asked, and so the attempt could not tell.
        _answer(question.attempt, at=at)


@transaction.atomic
def take_back(child: Child, *, by: User, at: datetime) -> None:
    """Take back what was said of a child's age; each guardian of the household can. Raises what `seats.check` does, and
    `NothingSaid`."""
    seats.check(by, child.household)
    if not end(child, actor=f"user:{by.pk}", at=at):
        raise NothingSaid


@transaction.atomic
def end(child: Child, *, actor: str, at: datetime) -> bool:
    """Let what was said of a child's age count no more, with every token that stands on it. Return whether there was anything."""
    if not Vouch.objects.filter(child=child).delete()[0]:
        return False
    attempts.take_back(standing.holder(child), at=at)
    facts.announce(events.AgeVouchEnded(str(child.uid)), actor=actor, at=at)
    return True


@transaction.atomic
def forget(at: datetime) -> None:
    """Forget questions whose attempt is over, and words that stand no more."""
    Question.objects.exclude(attempt__state=AgeTransaction.State.PENDING).delete()
    Vouch.objects.filter(said_at__lte=at - standing.STANDS_FOR).delete()

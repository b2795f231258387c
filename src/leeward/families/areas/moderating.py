"""Grown-ups in an area: only those whose check two operators looked at, and only until it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from leeward.core import facts
from leeward.core.models import User
from leeward.families.areas import events, services
from leeward.families.areas.choices import Check
from leeward.families.areas.models import Area, Moderator

LONGEST = timedelta(days=365)  # A check says how things were on its day; after a year it is asked for again.


class ModeratorMoved(Exception):
    """Somebody approved or ended it meanwhile, or the person moderates there already: look at the page again."""


class SamePerson(Exception):
    """Who proposed somebody, or is that person, does not approve: ask another operator."""


class DayRefused(Exception):
    """The check is over, or good for longer than a year: choose a day within the next twelve months."""


@dataclass(frozen=True)
class Vetting:
    """What was looked at: the kind of check, its reference, and the day until which it counts."""

    check: Check
    reference: str
    valid_until: date


@transaction.atomic
def propose(area: Area, person: User, vetting: Vetting, *, by: User, at: datetime) -> Moderator:
    """Note a check of somebody who wants to moderate; a second operator must look, too.

    Raises `NotOperator`, `DayRefused` and `ModeratorMoved`.
    """
    services.check_operator(by)
    if not at.date() < vetting.valid_until <= at.date() + LONGEST:
        raise DayRefused
    try:
        with transaction.atomic():
            moderator = Moderator.objects.create(
                area=area,
                user=person,
                check_kind=vetting.check,
                reference=vetting.reference,
                valid_until=vetting.valid_until,
                proposed_by=by,
                proposed_at=at,
            )
    except IntegrityError:
        raise ModeratorMoved from None
    facts.announce(events.ModeratorProposed(str(moderator.uid)), actor=f"user:{by.pk}", at=at)
    return moderator


@transaction.atomic
def approve(moderator: Moderator, *, by: User, at: datetime) -> None:
    """Let somebody moderate, as the second operator. Raises `NotOperator`, `SamePerson` and `ModeratorMoved`."""
    services.check_operator(by)
    if by in {moderator.proposed_by, moderator.user}:
        raise SamePerson
    waits = Moderator.objects.filter(pk=moderator.pk, approved_at=None, ended_at=None, valid_until__gt=at.date())
    if not waits.update(approved_by=by, approved_at=at):
        raise ModeratorMoved
    facts.announce(events.ModeratorApproved(str(moderator.uid)), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def end(moderator: Moderator, *, by: User, at: datetime) -> None:
    """Let somebody moderate no longer; one operator is enough. Raises `NotOperator` and `ModeratorMoved`."""
    services.check_operator(by)
    if not Moderator.objects.filter(pk=moderator.pk, ended_at=None).update(ended_at=at):
        raise ModeratorMoved
    facts.announce(events.ModeratorEnded(str(moderator.uid)), actor=f"user:{by.pk}", at=at)


def may_moderate(person: User, area: Area, *, at: datetime) -> bool:
    """True where this person was approved for the area and the check is not over."""
    good = Moderator.objects.filter(area=area, user=person, approved_at__isnull=False, ended_at=None)
    return person.is_active and good.filter(valid_until__gte=at.date()).exists()

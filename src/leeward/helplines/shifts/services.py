"""Sit down at a desk, come and go, and plan its hours."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet, UUIDField

from leeward.core.models import Membership, Role, User
from leeward.core.prepared import Given, Prepared
from leeward.helplines.conversations.models import Conversation, Desk
from leeward.helplines.shifts.models import Seat, Shift, SpecialDay

STAFF = frozenset({Role.COUNSELLOR, Role.SUPERVISOR})
MOST_SHIFTS = 200  # Four stretches on each day for seven people.


class NotAtThisDesk(Exception):
    """The person has no seat at this desk: a supervisor gives one under /helpline/shifts/."""


class NoCounsellor(Exception):
    """The person is neither a counsellor nor a supervisor: an operator gives the role first."""


class NameIsTaken(Exception):
    """Somebody at this desk has this name, or the person has a seat here already: choose another name."""


class TooManyShifts(Exception):
    """The week has `MOST_SHIFTS` stretches: take some off, or join those that touch."""


@dataclass(frozen=True)
class Hours:
    """Minutes of the day in local time; an `end` that is not later than `start` is on the next day."""

    start: int
    end: int


def desks_of(person: User) -> QuerySet[Desk]:
    """Return the open desks at which a person has a seat; none for whoever lost the role."""
    if not STAFF & person.roles:
        return Desk.objects.none()
    return Desk.objects.filter(seats__person=person, closed_at=None).order_by("name")


def seat_of(person: User, desk: Desk) -> Seat:
    """Return the seat of a person at a desk; raises `NotAtThisDesk`."""
    seat = Seat.objects.filter(desk=desk, person=person).select_related("person").first()
    if seat is None or not STAFF & person.roles:
        raise NotAtThisDesk
    return seat


def may_read(person: User, conversation: Conversation) -> bool:
    """True where the talk is the person's own, or the person is a supervisor of its desk. Others at the desk see the queue only."""
    return readable_pk(conversation.uid, person_pk=person.pk) is not None


def _readable() -> QuerySet[Conversation, tuple[int]]:
    person = Given("person", BigIntegerField())
    roles = Membership.objects.filter(user=person, user__is_active=True)
    has_seat = Exists(Seat.objects.filter(desk=OuterRef("desk"), person=person))
    own = Q(counsellor=person) & Exists(roles.filter(role__in=STAFF))
    talks = Conversation.objects.filter(has_seat, uid=Given("uid", UUIDField()))
    return talks.filter(own | Exists(roles.filter(role=Role.SUPERVISOR))).values_list("pk")


# Asked for each message and each reader of it.
_READABLE = Prepared(_readable)


def readable_pk(uid: UUID, *, person_pk: int) -> int | None:
    """Return the key of a talk that a person may read now, by seat, role and talk as they stand in the database; else None."""
    row = _READABLE.first(uid=uid, person=person_pk)
    return row[0] if row else None


def give_seat(desk: Desk, *, to: User, alias: str, most_chats: int) -> Seat:
    """Give a person a seat and the name that children read; raises `NoCounsellor` and `NameIsTaken`."""
    if not STAFF & to.roles:
        raise NoCounsellor
    try:
        with transaction.atomic():
            return Seat.objects.create(desk=desk, person=to, alias=alias, most_chats=most_chats)
    except IntegrityError:
        raise NameIsTaken from None


def take_seat_away(seat: Seat) -> None:
    """Take a seat away. Talks that the person has stay theirs until they are handed over."""
    seat.delete()


def come(person: User, *, at: datetime) -> None:
    """Say «I am here» at each desk of the person. Whoever is here already stays since then."""
    Seat.objects.filter(person=person, here_since_at=None).update(here_since_at=at)


def pause(person: User) -> None:
    """Say «I am on a break», or gone home, at each desk of the person."""
    Seat.objects.filter(person=person).update(here_since_at=None)


@transaction.atomic
def plan(desk: Desk, *, weekdays: Collection[int], hours: Hours, seat: Seat | None) -> None:
    """Open the desk on these days at these hours; what stands already changes nothing. Raises `TooManyShifts`."""
    if Shift.objects.filter(desk=desk).count() + len(weekdays) > MOST_SHIFTS:
        raise TooManyShifts
    for weekday in weekdays:
        Shift.objects.get_or_create(desk=desk, weekday=weekday, start=hours.start, end=hours.end, seat=seat)


def unplan(shift: Shift) -> None:
    """Take one stretch off the week."""
    shift.delete()


def set_special_day(desk: Desk, *, day: date, name: str, hours: Hours | None) -> None:
    """Say that a date is different: closed where there are no hours."""
    times = {"start": hours.start if hours else None, "end": hours.end if hours else None}
    SpecialDay.objects.update_or_create(desk=desk, date=day, defaults={"name": name, **times})


def unset_special_day(day: SpecialDay) -> None:
    """Let the weekly hours hold on a date again."""
    day.delete()

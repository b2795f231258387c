"""What can be done with children-only areas: open one, come in, leave, and grow into the next room."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from leeward.age.rules import permits
from leeward.core import facts
from leeward.core.models import Role, User
from leeward.families import seats
from leeward.families.areas import bounds, events
from leeward.families.areas.bounds import Shown
from leeward.families.areas.choices import Basis, Room, room_of
from leeward.families.areas.models import Area, Member
from leeward.families.birthdays import services as birthdays
from leeward.families.models import Child
from leeward.families.services import NoSuchChild

# Looked at again at each birthday and each change of a link; this is the end where none of them comes.
GOOD_FOR = timedelta(days=366)
_KEPT = timedelta(days=30)


class NotOperator(Exception):
    """Only an operator opens areas and says who moderates: ask one."""


class AreaTaken(Exception):
    """There is an area of that name in addresses: choose another."""


class AgeUnknown(Exception):
    """It is not known which room fits: a guardian says first in which month the child was born."""


@transaction.atomic
def open_area(*, slug: str, name: str, by: User, at: datetime) -> Area:
    """Open an area for children only. Raises `NotOperator` and `AreaTaken`."""
    check_operator(by)
    try:
        with transaction.atomic():
            area = Area.objects.create(slug=slug, name=name, opened_at=at)
    except IntegrityError:
        raise AreaTaken from None
    facts.announce(events.AreaOpened(str(area.uid)), actor=f"user:{by.pk}", at=at)
    return area


def check_operator(person: User) -> None:
    """Raise `NotOperator` where the account is not one of an operator."""
    if Role.OPERATOR not in person.roles:
        raise NotOperator


@transaction.atomic
def admit(area: Area, child: Child, *, shown: Shown | None, at: datetime) -> Member:
    """Let a child into the room for its age; one that is in stays in. Whoever calls has made sure that it is the child.

    Raises `NoUpperBound`, `AgeUnknown` and `NoSuchChild`.
    """
    seats.hold(child.household)
    child = Child.objects.here().filter(pk=child.pk).first() or _gone()
    here = Member.objects.filter(area=area, child=child, left_at=None).first()
    if here is not None:
        return here
    basis = bounds.basis(child, shown, at=at)
    room = room_of(birthdays.known(child, at=at))
    if room is None:
        raise AgeUnknown
    member = Member.objects.create(area=area, child=child, room=room, basis=basis, joined_at=at)
    _open(member, at=at)
    facts.announce(events.MemberAdmitted(str(member.uid), basis), actor="device", at=at)
    return member


def _gone() -> Child:
    raise NoSuchChild


def scope_of(area: Area, room: str) -> str:
    """Return the scope by which a gate asks for a room of an area."""
    return f"area:{area.slug}:{room}"


def _open(member: Member, *, at: datetime) -> None:
    scope = scope_of(member.area, member.room)
    permits.put(member.subject, [scope], until=at + GOOD_FOR, actor="system", at=at)


@transaction.atomic
def leave(member: Member, *, actor: str, at: datetime) -> None:
    """Let a child be in an area no more. Twice is once."""
    if not Member.objects.filter(pk=member.pk, left_at=None).update(left_at=at):
        return
    permits.put(member.subject, (), until=at, actor=actor, at=at)
    facts.announce(events.MemberLeft(str(member.uid)), actor=actor, at=at)


@transaction.atomic
def look_again(child: Child, *, at: datetime) -> None:
    """Move a child into the room that fits now; out of all of them where it is a grown-up or nothing shows that it is none."""
    room = room_of(birthdays.known(child, at=at))
    is_gone = not Child.objects.here().filter(pk=child.pk).exists()
    for member in Member.objects.filter(child=child, left_at=None).select_related("area"):
        if is_gone or room is None or not _is_still_shown(member, at=at):
            leave(member, actor="system", at=at)
        elif room != member.room:
            _move(member, room, at=at)


def _is_still_shown(member: Member, *, at: datetime) -> bool:
    if member.basis == Basis.ISSUER:
        return True  # Until the birthday at 18, which `room_of` knows.
    try:
        bounds.basis(member.child, None, at=at)
    except bounds.NoUpperBound:
        return False
    return True


def _move(member: Member, room: Room, *, at: datetime) -> None:
    if Member.objects.filter(pk=member.pk, left_at=None, room=member.room).update(room=room):
        member.refresh_from_db()
        _open(member, at=at)
        facts.announce(events.MemberMoved(str(member.uid)), actor="system", at=at)


def look_at_all(at: datetime) -> None:
    """Look at every member again, because what a guardian has shown grows old; forget who left long ago. For the clock."""
    for child in Child.objects.filter(memberships__left_at=None).distinct():
        look_again(child, at=at)
    Member.objects.filter(left_at__lte=at - _KEPT).delete()

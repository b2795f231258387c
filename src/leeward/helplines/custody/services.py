"""What keys can be asked: make one's own, begin a desk's, give it to a colleague, take it away, bring a lost one back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from leeward.core import facts
from leeward.core.models import Role, User
from leeward.helplines import events
from leeward.helplines.conversations.models import Desk, DeskKey
from leeward.helplines.custody.models import SHARES_NEEDED, KeyCopy, KeyShare, PersonKey
from leeward.helplines.shifts import services as shifts
from leeward.helplines.shifts.models import Seat


class HasKey(Exception):
    """The person has a key: unlock it, or replace it where the passphrase is lost."""


class NoKey(Exception):
    """The person has no key of their own yet: they make one under /helpline/keys/."""


class NotForYou(Exception):
    """Only a supervisor of the desk who holds its key, or shares of it, may do this."""


class NotAtThisDesk(Exception):
    """Whoever is to hold the key has no seat at the desk: give the seat first."""


class SharesDoNotFit(Exception):
    """Shares go to supervisors of the desk, two at least, each with a place of its own; or there are none."""


class KeyTaken(Exception):
    """This public key is there already: make another one."""


@dataclass(frozen=True)
class Copy:
    """The private key of a desk, sealed to the holder with this id."""

    holder: int
    sealed: bytes


@dataclass(frozen=True)
class Share:
    """A share of it, sealed to the holder with this id. `place` is the number that it was made for."""

    holder: int
    place: int
    sealed: bytes


@transaction.atomic
def make_own(person: User, *, public: bytes, wrapped: bytes, at: datetime) -> PersonKey:
    """Keep a person's key pair; raises `HasKey` and `KeyTaken`."""
    if PersonKey.objects.filter(person=person).exists():
        raise HasKey
    try:
        with transaction.atomic():
            return PersonKey.objects.create(person=person, public=public, wrapped=wrapped, made_at=at)
    except IntegrityError:
        raise KeyTaken from None


@transaction.atomic
def replace_own(person: User, *, public: bytes, wrapped: bytes, at: datetime) -> PersonKey:
    """Begin anew where the passphrase is lost: what was sealed to the old key goes with it, and colleagues give it again."""
    PersonKey.objects.filter(person=person).delete()
    return make_own(person, public=public, wrapped=wrapped, at=at)


@transaction.atomic
def begin(
    desk: Desk, *, by: User, public: bytes, copies: Sequence[Copy], shares: Sequence[Share], at: datetime
) -> DeskKey:
    """Put a new key of a desk in force and retire the old one, which stays to open what was sealed to it.

    `by` must be among the holders of copies. Raises `NotForYou`, `NotAtThisDesk`, `SharesDoNotFit` and `KeyTaken`.
    """
    _check_supervisor(by, desk)
    people = _holders(desk)
    if not {*(one.holder for one in copies), *(one.holder for one in shares)} <= people.keys():
        raise NotAtThisDesk
    if by.pk not in {people[one.holder].pk for one in copies}:
        raise NotForYou
    if not _shares_fit(shares, people):
        raise SharesDoNotFit
    DeskKey.objects.filter(desk=desk, retired_at=None).update(retired_at=at)
    try:
        with transaction.atomic():
            key = DeskKey.objects.create(desk=desk, public=public, made_at=at)
            for copy in copies:
                KeyCopy.objects.create(desk_key=key, holder_id=copy.holder, sealed=copy.sealed, made_at=at)
            for share in shares:
                KeyShare.objects.create(
                    desk_key=key, holder_id=share.holder, place=share.place, sealed=share.sealed, made_at=at
                )
    except IntegrityError:
        raise KeyTaken from None
    _note(key, "begun", of=by, by=by, at=at)
    return key


def _shares_fit(shares: Sequence[Share], people: dict[int, User]) -> bool:
    if not shares:
        return True
    are_supervisors = all(Role.SUPERVISOR in people[share.holder].roles for share in shares)
    places = {share.place for share in shares}
    holders = {share.holder for share in shares}
    return are_supervisors and SHARES_NEEDED <= len(shares) == len(places) == len(holders)


@transaction.atomic
def give(key: DeskKey, copy: Copy, *, by: User, at: datetime) -> None:
    """Let a colleague at the desk open what is sealed to a key; by a supervisor who holds it. Twice is once.

    Raises `NotForYou` and `NotAtThisDesk`.
    """
    _check_supervisor(by, key.desk)
    if not KeyCopy.objects.filter(desk_key=key, holder__person=by).exists():
        raise NotForYou
    _keep_copy(key, copy, by=by, at=at)


@transaction.atomic
def bring_back(key: DeskKey, copy: Copy, *, by: User, at: datetime) -> None:
    """Keep a lost key that a supervisor joined from shares, for that supervisor, who gives it on; what was lent goes back.

    Raises `NotForYou` where the shares are fewer than two.
    """
    _check_supervisor(by, key.desk)
    mine = KeyShare.objects.filter(desk_key=key, holder__person=by)
    is_mine = PersonKey.objects.filter(pk=copy.holder, person=by).exists()
    if not is_mine or mine.values("place").distinct().count() < SHARES_NEEDED:
        raise NotForYou
    mine.exclude(lent_by=None).delete()
    _keep_copy(key, copy, by=by, at=at)


def _keep_copy(key: DeskKey, copy: Copy, *, by: User, at: datetime) -> None:
    people = _holders(key.desk)
    if copy.holder not in people:
        raise NotAtThisDesk
    _kept, is_new = KeyCopy.objects.get_or_create(
        desk_key=key, holder_id=copy.holder, defaults={"sealed": copy.sealed, "made_at": at}
    )
    if is_new:
        _note(key, "given", of=people[copy.holder], by=by, at=at)


@transaction.atomic
def take_away(key: DeskKey, *, holder: int, by: User, at: datetime) -> None:
    """Take a copy from somebody; harmless where there is none. Begin a new key as well, where that person may have kept it.

    Raises `NotForYou`, also for the last copy, without which nobody could open anything.
    """
    _check_supervisor(by, key.desk)
    copies = KeyCopy.objects.filter(desk_key=key)
    found = copies.filter(holder=holder).select_related("holder__person").first()
    if found is None:
        return
    if copies.count() == 1:
        raise NotForYou
    person = found.holder.person
    found.delete()
    _note(key, "taken_away", of=person, by=by, at=at)


@transaction.atomic
def lend_share(key: DeskKey, share: Share, *, by: User, at: datetime) -> None:
    """Lend one's own share to a supervisor who brings a lost key back; raises `NotForYou` and `NotAtThisDesk`. Twice is once."""
    _check_supervisor(by, key.desk)
    own = KeyShare.objects.filter(desk_key=key, holder__person=by, lent_by=None, place=share.place)
    to = _holders(key.desk).get(share.holder)
    if to is None or Role.SUPERVISOR not in to.roles:
        raise NotAtThisDesk
    if not own.exists() or to == by:
        raise NotForYou
    KeyShare.objects.get_or_create(
        desk_key=key,
        holder_id=share.holder,
        place=share.place,
        defaults={"sealed": share.sealed, "lent_by": by, "made_at": at},
    )
    _note(key, "share_lent", of=to, by=by, at=at)


def _holders(desk: Desk) -> dict[int, User]:
    """Return who sits at a desk and has a key of their own, by the id of that key."""
    seats = Seat.objects.filter(desk=desk).values("person")
    found = PersonKey.objects.filter(person__in=seats, person__is_active=True).select_related("person")
    return {key.pk: key.person for key in found if shifts.STAFF & key.person.roles}


def _check_supervisor(person: User, desk: Desk) -> None:
    if Role.SUPERVISOR not in person.roles or not shifts.desks_of(person).filter(pk=desk.pk).exists():
        raise NotForYou


def _note(key: DeskKey, step: str, *, of: User, by: User, at: datetime) -> None:
    facts.announce(events.DeskKeyMoved(str(key.desk.uid), step, of.pk), actor=f"user:{by.pk}", at=at)

"""Who holds what of a desk's keys, as the keys page shows it and as its script needs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leeward.core.models import Role, User
from leeward.helplines import octets
from leeward.helplines.conversations.models import Desk, DeskKey
from leeward.helplines.custody.models import SHARES_NEEDED, KeyCopy, KeyShare, PersonKey
from leeward.helplines.shifts.models import Seat


@dataclass(frozen=True)
class Person:
    """Somebody with a seat. `holder` is the id of their own key, or None where they have none yet."""

    name: str
    is_me: bool
    is_supervisor: bool
    holder: int | None
    public: str
    has_copy: bool
    has_share: bool
    has_lent: bool


@dataclass(frozen=True)
class Key:
    """One key of a desk, with what the person who looks holds of it."""

    pk: int
    public: str
    made_at: datetime
    retired_at: datetime | None
    copies: frozenset[int]
    shares: tuple[KeyShare, ...]
    my_copy: str
    my_shares: tuple[KeyShare, ...]

    @property
    def can_be_joined(self) -> bool:
        """True where I have no copy and enough shares to make one."""
        return not self.my_copy and len({share.place for share in self.my_shares}) >= SHARES_NEEDED


@dataclass(frozen=True)
class Held:
    """A desk with its keys, the newest first, and its people."""

    desk: Desk
    keys: tuple[Key, ...]
    people: tuple[Person, ...]

    @property
    def key(self) -> Key | None:
        """The key in force."""
        return next((key for key in self.keys if key.retired_at is None), None)

    @property
    def supervisors(self) -> int:
        """How many supervisors have keys of their own."""
        return sum(one.is_supervisor and one.holder is not None for one in self.people)

    @property
    def share_count(self) -> int:
        """How many shares of the key in force are held by their owners."""
        return sum(share.lent_by_id is None for share in self.key.shares) if self.key else 0

    def facts(self) -> dict[str, Any]:
        """Return what the script needs: public halves, and what is sealed to me."""
        return {
            "uid": str(self.desk.uid),
            "people": [
                {"holder": one.holder, "public": one.public, "is_me": one.is_me, "is_supervisor": one.is_supervisor}
                for one in self.people
                if one.holder
            ],
            "keys": [
                {
                    "pk": key.pk,
                    "public": key.public,
                    "copies": sorted(key.copies),
                    "my_copy": key.my_copy,
                    "my_shares": [
                        {
                            "place": share.place,
                            "sealed": octets.text_of(share.sealed),
                            "is_own": share.lent_by_id is None,
                        }
                        for share in key.my_shares
                    ],
                }
                for key in self.keys
            ],
        }


def of(desk: Desk, *, person: User) -> Held:
    """Return who holds what at a desk, as this person may see it."""
    mine = PersonKey.objects.filter(person=person).first()
    keys = tuple(_key(key, mine=mine) for key in desk.keys.order_by("-made_at", "-pk"))
    in_force = next((key for key in keys if key.retired_at is None), None)
    own = {
        key.person_id: key
        for key in PersonKey.objects.filter(person__in=Seat.objects.filter(desk=desk).values("person"))
    }
    seats = Seat.objects.filter(desk=desk, person__is_active=True).select_related("person").order_by("person__username")
    people = tuple(_one(seat.person, own.get(seat.person_id), key=in_force, me=person) for seat in seats)
    return Held(desk, keys, people)


def _key(key: DeskKey, *, mine: PersonKey | None) -> Key:
    copies = {copy.holder_id: copy for copy in KeyCopy.objects.filter(desk_key=key)}
    shares = tuple(KeyShare.objects.filter(desk_key=key).order_by("place"))
    my_copy = copies.get(mine.pk) if mine else None
    return Key(
        pk=key.pk,
        public=octets.text_of(key.public),
        made_at=key.made_at,
        retired_at=key.retired_at,
        copies=frozenset(copies),
        shares=shares,
        my_copy=octets.text_of(my_copy.sealed) if my_copy else "",
        my_shares=tuple(share for share in shares if mine and share.holder_id == mine.pk),
    )


def _one(person: User, own: PersonKey | None, *, key: Key | None, me: User) -> Person:
    holder = own.pk if own else None
    shares = [share for share in key.shares if share.holder_id == holder] if key else []
    return Person(
        name=person.get_full_name() or person.username,
        is_me=person == me,
        is_supervisor=Role.SUPERVISOR in person.roles,
        holder=holder,
        public=octets.text_of(own.public) if own else "",
        has_copy=key is not None and holder in key.copies,
        has_share=any(share.lent_by_id is None for share in shares),
        has_lent=any(share.lent_by_id == me.pk for share in shares),
    )

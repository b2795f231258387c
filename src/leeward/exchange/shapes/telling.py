"""Read what a partner may see for the shapes: the last version of each sign, by the same rules as the TAXII collection."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Exists, Min, OuterRef

from leeward.engines import stix
from leeward.exchange.partners.models import Partner
from leeward.exchange.shapes.values import Told
from leeward.exchange.sharing import services as sharing
from leeward.exchange.shelf import shelving
from leeward.exchange.shelf.models import Shelved, Version
from leeward.exchange.shelf.places import SHELF, Places
from leeward.indicators.models import Indicator, Kind

_TICK = timedelta(microseconds=1)
_LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z
_AT_A_TIME = 500  # Values in one question.
_PAGE = 2000  # Signs that are held at a time.


@dataclass(frozen=True, slots=True)
class Part:
    """Some signs in order; `reached` is the place up to which everything was looked at."""

    told: tuple[Told, ...]
    reached: int
    is_more: bool


def part(asked_by: Partner, *, after: int, most: int, kinds: Iterable[Kind]) -> Part:
    """Return up to `most` signs of some kinds whose last version stands after a place."""
    shelving.catch_up(most=shelving.AT_A_READ)
    visible = sharing.visible(asked_by)
    later = Version.objects.filter(object_id=OuterRef("object_id"), place__gt=OuterRef("place"))
    rows = Version.objects.filter(visible, ~Exists(later), place__gt=after, object_type="indicator", kind__in=[*kinds])
    found = list(rows.order_by("place")[: most + 1])
    told = tuple(_told(row) for row in found[:most])
    return Part(told, told[-1].place if told else after, len(found) > most)


def in_force(asked_by: Partner) -> Iterator[Told]:
    """Yield every sign in force that the partner may see, in order."""
    shelving.catch_up()
    here = Part((), 0, is_more=True)
    while here.is_more:
        here = part(asked_by, after=here.reached, most=_PAGE, kinds=Kind)
        yield from (told for told in here.told if not told.is_withdrawn)


def head() -> int:
    """Return the last place of which everything is told."""
    shelving.catch_up(most=shelving.AT_A_READ)
    return SHELF + (Shelved.objects.filter(pk=1).values_list("position", flat=True).first() or 0)


def place_before(moment: datetime) -> int:
    """Return the last place whose time is before a moment, or 0."""
    places = Places.current()
    return 0 if places is None else places.reached_at(moment - _TICK)


def place_at_second(second: int) -> int:
    """Return the last place before a time in seconds since 1970; what lies beyond the calendar is its end."""
    return place_before(datetime.fromtimestamp(min(second, _LAST_SECOND), UTC))


def first_places(told: Iterable[Told]) -> dict[uuid.UUID, int]:
    """Return at which place each of these signs stood first."""
    ids = {_object_id(one.uid): one.uid for one in told}
    found = Version.objects.filter(object_id__in=ids).values_list("object_id").annotate(Min("place"))
    return {ids[object_id]: place for object_id, place in found}


def still_standing(asked_by: Partner, withdrawn: Sequence[Told]) -> set[tuple[Kind, str]]:
    """Return what stands all the same, because somebody else vouches for it: the kinds and values of other signs in force.

    The shapes name a sign by its value alone, so taking back one must not take back the other.
    """
    values = [told.value for told in withdrawn]
    return {(told.kind, told.value) for told in by_values(asked_by, values) if not told.is_withdrawn}


def by_values(asked_by: Partner, values: Sequence[str]) -> list[Told]:
    """Return the signs in force with one of these values that the partner may see."""
    shelving.catch_up(most=shelving.AT_A_READ)
    visible, found = sharing.visible(asked_by), []
    for begin in range(0, len(values), _AT_A_TIME):
        some = values[begin : begin + _AT_A_TIME]
        standing = Indicator.objects.filter(value__in=some, state=Indicator.State.ACTIVE)
        ids = [_object_id(uid) for uid in standing.values_list("uid", flat=True)]
        found += [_told(row) for row in Version.objects.filter(visible, object_id__in=ids)]
    return found


def by_id(asked_by: Partner, uid: uuid.UUID) -> Told | None:
    """Return the sign with this id where the partner may see its last version."""
    shelving.catch_up(most=shelving.AT_A_READ)
    visible = sharing.visible(asked_by)
    row = Version.objects.filter(visible, object_id=_object_id(uid)).order_by("-place").first()
    return None if row is None else _told(row)


def _object_id(uid: uuid.UUID) -> str:
    return f"indicator--{uid}"


def _told(row: Version) -> Told:
    sign = stix.parse_indicator(json.loads(bytes(row.body)))
    return Told(
        place=row.place,
        added_at=row.added_at,
        uid=sign.uid,
        kind=Kind(sign.kind.value),
        value=sign.value,
        category=sign.category,
        tlp=sign.tlp.value,
        valid_until=sign.valid_until,
        is_withdrawn=sign.revoked,
    )

"""What exchange can be asked for: pages of the collection, in the octets in which every version was written once."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from leeward.core import config
from leeward.engines.stix import taxii
from leeward.exchange import mapping
from leeward.exchange.partners.models import Partner
from leeward.exchange.sharing import services as sharing
from leeward.exchange.shelf import shelving
from leeward.exchange.shelf.models import Version
from leeward.exchange.shelf.places import NEVER, Places
from leeward.exchange.shelf.shelving import withheld

LIMIT = 500  # Objects of a page whose reader names no number.
LIMIT_MAX = 2000  # Objects of a page at most: some 8 MB while it is made, and a reader loses nothing by more pages.
_NEAR = 1000  # Places in which something visible nearly always stands.
_SPEC_VERSION = "2.1"  # Of every object here.
_COLUMNS = ("place", "added_at", "object_id", "version_at", "body")


@dataclass(frozen=True, slots=True)
class Item:
    """One version of one object with its place in the collection. `body` is the object as every partner is given it."""

    place: int
    added_at: datetime
    object_id: str
    version_at: datetime
    body: bytes

    @property
    def version(self) -> str:
        """The time that names this version, as the object writes it; markings have only one."""
        return self.version_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"

    @property
    def known(self) -> dict[str, Any]:
        """The object itself."""
        known: dict[str, Any] = json.loads(self.body)
        return known


@dataclass(frozen=True)
class Page:
    """Some versions in order. `reached` is the place up to which everything was looked at, `last_at` its time."""

    items: tuple[Item, ...]
    first_at: datetime
    last_at: datetime
    reached: int
    is_more: bool


def page(reader: Partner | None, *, filters: taxii.Filters) -> Page:
    """Return the versions that fit `filters` and that this partner may see, in order of addition.

    What no rule lets this partner see is as if it did not exist: it is in no page, no mark, no time and no count, and of an
    object it is neither the first version nor the last. The operator sees in the metrics how much was withheld.
    """
    places = _current_places()
    if places is None:
        return Page(items=(), first_at=NEVER, last_at=NEVER, reached=0, is_more=False)
    visible = sharing.visible(reader)
    most = min(filters.limit or LIMIT, LIMIT_MAX)
    start = _start(filters, places)
    shelf = [item for item in _shelf(places) if item.place > start and _fits(item, filters)]
    objects = _asked_for(filters).filter(place__gt=start)
    versions = objects.filter(visible, _versions(filters, visible=visible))
    rows = versions.order_by("place").values_list(*_COLUMNS)[: max(most - len(shelf), 0) + 1]
    found = [*shelf, *(Item(*row) for row in rows)]
    items, is_more = tuple(found[:most]), len(found) > most
    _count_withheld(objects.exclude(visible), up_to=items[-1].place if is_more else None)
    if not items:
        seen_at = _seen_at(start, visible, places)
        return Page((), first_at=seen_at, last_at=seen_at, reached=start, is_more=False)
    return Page(items, items[0].added_at, items[-1].added_at, reached=items[-1].place, is_more=is_more)


def exists(reader: Partner | None, *, object_id: str) -> bool:
    """Tell whether there is an object with this id that the partner may see."""
    places = _current_places()
    if places is None:
        return False
    if any(item.object_id == object_id for item in _shelf(places)):
        return True
    return Version.objects.filter(sharing.visible(reader), object_id=object_id).exists()


def _current_places() -> Places | None:
    """Return the order, with every version written that belongs in it."""
    places = Places.current()
    if places is not None:
        shelving.catch_up(most=shelving.AT_A_READ)
    return places


def _start(filters: taxii.Filters, places: Places) -> int:
    """Return the place after which the page begins; a client pages by either mark, or by both at once."""
    after = 0 if filters.added_after is None else places.reached_at(filters.added_after)
    return max(after, filters.next_position or 0)


def _seen_at(place: int, visible: Q, places: Places) -> datetime:
    """Return up to when an empty answer is complete: the time of the last version up to `place` that the reader may see.

    The time of the place itself would tell when something happened here that is nothing for this reader.
    """
    seen = Version.objects.filter(visible, place__lte=place).order_by("-place").values_list("added_at", flat=True)
    # The nearest ones nearly always answer; where they do not, every version before them is asked.
    found = seen.filter(place__gt=min(place, _last_place()) - _NEAR).first() or seen.first()
    return found or places.before_log(place)


def _last_place() -> int:
    return Version.objects.order_by("-place").values_list("place", flat=True).first() or 0


def _shelf(places: Places) -> list[Item]:
    objects = _referred(config.current().server.site_url)
    where = places.on_shelf(len(objects))
    return [
        Item(place, added_at, object_id, version_at, body)
        for (place, added_at), (object_id, version_at, body) in zip(where, objects, strict=True)
    ]


@functools.lru_cache(maxsize=4)
def _referred(site_url: str) -> tuple[tuple[str, datetime, bytes], ...]:
    return tuple(
        (
            str(known["id"]),
            taxii.parse_timestamp(str(known.get("modified", known["created"]))),
            json.dumps(known).encode(),
        )
        for known in mapping.referred(site_url)
    )


def _fits(item: Item, filters: taxii.Filters) -> bool:
    """Tell whether an object of the shelf is asked for. It has one version, which is its first and its last."""
    return (
        (not filters.ids or item.object_id in filters.ids)
        and (not filters.types or item.object_id.partition("--")[0] in filters.types)
        and (not filters.spec_versions or _SPEC_VERSION in filters.spec_versions)
        and any(isinstance(asked, taxii.Version) or asked == item.version_at for asked in filters.versions)
    )


def _asked_for(filters: taxii.Filters) -> QuerySet[Version]:
    """Return all versions of the objects that are asked for."""
    versions = Version.objects.all()
    if filters.ids:
        versions = versions.filter(object_id__in=filters.ids)
    if filters.types:
        versions = versions.filter(object_type__in=filters.types)
    if filters.spec_versions and _SPEC_VERSION not in filters.spec_versions:
        return versions.none()
    return versions


def _versions(filters: taxii.Filters, *, visible: Q) -> Q:
    """Return the condition on a version to be one of those that are asked for."""
    wanted = Q()
    if taxii.Version.ALL not in filters.versions:
        for version in filters.versions:
            wanted |= _version(version, visible=visible)
    return wanted


def _version(version: taxii.Version | datetime, *, visible: Q) -> Q:
    """Return the condition on a version to be the one asked for.

    First and last are asked of all that this reader may see and not of one page: a version that has a later one is not the
    last, wherever that later one stands. One that the reader may not see must not hide the one before it.
    """
    if isinstance(version, datetime):
        return Q(version_at=version)
    here = OuterRef("place")
    other = Q(place__lt=here) if version is taxii.Version.FIRST else Q(place__gt=here)
    return Q(~Exists(Version.objects.filter(visible, other, object_id=OuterRef("object_id"))))


def _count_withheld(versions: QuerySet[Version], *, up_to: int | None) -> None:
    """Count what a rule kept out of the page, so that an operator sees that partners do not get everything."""
    if up_to is not None:
        versions = versions.filter(place__lte=up_to)
    withheld.labels("rule").inc(versions.count())

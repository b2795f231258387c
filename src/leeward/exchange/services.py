"""What exchange can be asked for: pages of the collection, straight from the change log. It writes nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q
from prometheus_client import Counter

from leeward.core import config
from leeward.core.models import Organisation, Record
from leeward.engines import stix
from leeward.engines.stix import taxii
from leeward.exchange import mapping
from leeward.exchange.places import NEVER, SHELF, Places
from leeward.indicators.models import Change, ChangeQuerySet, Stamped, stamped

LIMIT = 500  # Objects of a page whose reader names no number.
LIMIT_MAX = 5000  # Objects of a page at most.
# Of a record only its place and time are read; the rest would be decoded again for every one of its changes.
_NOT_READ = ("record__kind", "record__facts", "record__actor", "record__at", "record__chain")
_SPEC_VERSION = "2.1"  # Of every object here.

log = logging.getLogger("leeward.exchange")
withheld = Counter("leeward_exchange_withheld_total", "Changes kept out of an answer to a partner", ["reason"])


@dataclass(frozen=True)
class Item:
    """One version of one object with its place in the collection."""

    place: int
    added_at: datetime
    known: dict[str, object]

    @property
    def version(self) -> str:
        """The time that names this version; markings have only one."""
        return str(self.known.get("modified", self.known["created"]))


@dataclass(frozen=True)
class Page:
    """Some versions in order. `reached` is the place up to which everything was looked at, `last_at` its time.

    A page can be empty while `is_more`: what it looked at could not be written.
    """

    items: tuple[Item, ...]
    first_at: datetime
    last_at: datetime
    reached: int
    is_more: bool


def shared_with(asked_by: Organisation) -> Q:
    """Return the condition on changes that this organisation may see; what the condition does not name stays here.

    Today it is the same for everybody: nothing marked RED or AMBER+STRICT, and nothing that a partner told us, since
    only its origin can sign and revoke that. No organisation counts as our own yet, so none is excepted.
    """
    del asked_by  # Trust in each partner comes with its own issue; the question is asked already.
    shared = Q(indicator__tlp__in=mapping.SHARED_TLP, kind__in=[kind.value for kind in stix.Kind])
    return shared & ~Q(indicator__source__startswith="partner:")


def page(asked_by: Organisation, *, filters: taxii.Filters) -> Page:
    """Return the versions that fit `filters` and that this organisation may see, in order of addition."""
    places = Places.current()
    if places is None:
        return Page(items=(), first_at=NEVER, last_at=NEVER, reached=0, is_more=False)
    shared = shared_with(asked_by)
    most = min(filters.limit or LIMIT, LIMIT_MAX)
    start = _start(filters, places)
    shelf = [item for item in _shelf(places) if item.place > start and _fits(item, filters)]
    room = max(most - len(shelf), 0)
    changes = _changes(filters, after=max(start - SHELF, 0))
    rows = list(stamped(changes.filter(shared).defer(*_NOT_READ)[: room + 1]))
    is_more = len(shelf) + len(rows) > most
    marks = [(item.place, item.added_at) for item in shelf[:most]]
    marks += [(SHELF + row.position, row.added_at) for row in rows[:room]]
    _count_withheld(changes.filter(~shared), up_to=marks[-1][0] if is_more else None)
    marks = marks or [(start, _seen_at(start, shared, places))]
    items = (*shelf[:most], *_written(rows[:room]))
    return Page(items, first_at=marks[0][1], last_at=marks[-1][1], reached=marks[-1][0], is_more=is_more)


def exists(asked_by: Organisation, *, object_id: str) -> bool:
    """Tell whether there is an object with this id that the organisation may see."""
    places = Places.current()
    if places is None:
        return False
    if any(item.known["id"] == object_id for item in _shelf(places)):
        return True
    changes = Change.objects.filter(indicator__uid__in=mapping.uids((object_id,)), record__position__isnull=False)
    return changes.filter(shared_with(asked_by)).exists()


def _start(filters: taxii.Filters, places: Places) -> int:
    """Return the place after which the page begins; a client pages by either mark, or by both at once."""
    after = 0 if filters.added_after is None else places.reached_at(filters.added_after)
    return max(after, filters.next_position or 0)


def _seen_at(place: int, shared: Q, places: Places) -> datetime:
    """Return up to when an empty answer is complete: the time of the last change up to `place` that the reader may see.

    The time of the place itself would tell when something happened here that is nothing for this reader.
    """
    reached = place - SHELF
    visible = Change.objects.annotate(position=F("record__position") + F("offset")).filter(
        shared, position__lte=reached
    )
    for records in _newest_first(reached):
        newest = visible.filter(record_id__in=records).order_by("-record__position", "-offset")
        last = next(stamped(newest[:1]), None)
        if last is not None:
            return last.added_at
    return places.before_log(place)


def _newest_first(position: int) -> Iterator[list[int]]:
    """Yield the records that begin at or before `position` in growing handfuls, the newest first.

    The first handful nearly always answers; a query over all of them would walk the whole log for one row.
    """
    most = 4
    while found := list(Record.objects.filter(position__lte=position).order_by("-position")[:most]):
        yield [record.pk for record in found]
        position, most = (found[-1].position or 0) - 1, most * 4


def _shelf(places: Places) -> list[Item]:
    objects = mapping.referred(config.current().server.site_url)
    where = places.on_shelf(len(objects))
    return [Item(place, added_at, known) for (place, added_at), known in zip(where, objects, strict=True)]


def _fits(item: Item, filters: taxii.Filters) -> bool:
    """Tell whether an object of the shelf is asked for. It has one version, which is its first and its last."""
    return (
        (not filters.ids or item.known["id"] in filters.ids)
        and (not filters.types or item.known["type"] in filters.types)
        and (not filters.spec_versions or item.known["spec_version"] in filters.spec_versions)
        and any(
            isinstance(asked, taxii.Version) or asked == taxii.parse_timestamp(item.version)
            for asked in filters.versions
        )
    )


def _changes(filters: taxii.Filters, *, after: int) -> ChangeQuerySet:
    """Return the changes after a position that fit the filters, whoever asks."""
    changes = Change.objects.since(after)
    if filters.ids:
        changes = changes.filter(indicator__uid__in=mapping.uids(filters.ids))
    wrong_type = filters.types and "indicator" not in filters.types
    wrong_spec = filters.spec_versions and _SPEC_VERSION not in filters.spec_versions
    if wrong_type or wrong_spec:
        return changes.none()
    if taxii.Version.ALL in filters.versions:
        return changes
    wanted = Q()
    for version in filters.versions:
        wanted |= _version(version)
    return changes.filter(wanted)


def _version(version: taxii.Version | datetime) -> Q:
    """Return the condition on a change to be the version asked for.

    First and last are asked of the whole log and not of one page: a version that has a later one is not the last,
    wherever that later one stands. What is not stamped yet does not exist yet.
    """
    if isinstance(version, datetime):
        return mapping.modified_at(version)
    here = OuterRef("position")
    other = Q(position__lt=here) if version is taxii.Version.FIRST else Q(position__gt=here)
    same_sign = Change.objects.filter(indicator=OuterRef("indicator"), record__position__isnull=False)
    return Q(~Exists(same_sign.annotate(position=F("record__position") + F("offset")).filter(other)))


def _written(rows: list[Stamped]) -> Iterator[Item]:
    """Yield rows as objects. One sign that does not fit into STIX must not keep all the others from partners."""
    creator = mapping.site_uid(config.current().server.site_url)
    for row in rows:
        try:
            yield Item(SHELF + row.position, row.added_at, mapping.known(row, created_by=creator))
        except stix.NotASign as fault:
            withheld.labels("form").inc()
            log.warning("sign %s cannot be shared; correct it: %s", row.indicator.uid, fault)


def _count_withheld(changes: ChangeQuerySet, *, up_to: int | None) -> None:
    """Count what a rule kept out of the page, so that an operator sees that partners do not get everything."""
    if up_to is not None:
        last = up_to - SHELF
        # The first condition is what the index answers, as in `since`.
        changes = changes.filter(Q(record__position__lte=last, position__lte=last))
    withheld.labels("rule").inc(changes.count())

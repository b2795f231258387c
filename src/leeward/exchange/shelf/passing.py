"""The signs of partners that others may have from us: in the very octets that their origin signed, and nobody else's.

Whoever reads them proves by the origin's own key that it said so; we lend it nothing. The intake says when one came into force
or was taken back, and its place is that of that fact, so nothing is passed on before a position was given for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from leeward.core import facts
from leeward.core.models import Record
from leeward.engines import stix
from leeward.exchange import mapping
from leeward.exchange.events import SignPassedOn, SignTakenBack
from leeward.exchange.intake.models import Received
from leeward.exchange.shelf.models import Version
from leeward.exchange.shelf.places import SHELF
from leeward.indicators.models import Change, Tlp

_KINDS = [facts.kind_of(fact) for fact in (SignPassedOn, SignTakenBack)]


def versions(*, after: int, end: int) -> list[Version]:
    """Return the versions, unsaved, that are told by the facts at the positions after `after`, up to `end`.

    It reads how a sign stands now. What is not believed any more is left out, and a version that was told already stays where it is.
    """
    records = Record.objects.filter(position__gt=after, position__lte=end, kind__in=_KINDS).order_by("position")
    told = {record: str(record.facts["received_uid"]) for record in records}
    received = {str(row.uid): row for row in Received.objects.filter(uid__in=set(told.values()))}
    made: dict[tuple[str, datetime], Version] = {}
    for record, uid in told.items():
        version = _version(record, received[uid])
        if version is not None and not _is_told(version):
            made.setdefault((version.object_id, version.version_at), version)
    return list(made.values())


def _version(record: Record, received: Received) -> Version | None:
    sign = stix.parse_signs(stix.read_object(bytes(received.body)))[0]
    wanted = Received.State.WITHDRAWN if sign.revoked else Received.State.ACTIVE
    if received.state != wanted or record.position is None or record.stamped_at is None:
        return None
    if not mapping.is_for_others(bytes(received.body)):  # It was, and its origin has told a newer version since.
        return None
    told = _told(received)
    # Whoever has any version, by a rule for its marking, its kind of harm or its places, is told of the end.
    ended = told if sign.revoked else []
    tlps = [Tlp(sign.tlp.value), *(version.tlp for version in ended)]
    places = mapping.jurisdictions([{"jurisdiction": view.jurisdiction} for view in sign.legality])
    return Version(
        place=SHELF + record.position,
        added_at=record.stamped_at,
        first_at=told[0].added_at if told else record.stamped_at,
        object_id=received.object_id,
        object_type="indicator",
        version_at=received.version_at,
        op=Change.Op.REVOKE if sign.revoked else Change.Op.PUBLISH,
        kind=received.kind,
        category=received.category,
        former_categories=_words(version.category for version in ended),
        tlp=min(tlps, key=mapping.PASSED_ON_TLP.index),
        jurisdictions=_all_places([places, *(version.jurisdictions for version in ended)]),
        origin_id=received.partner_id,
        body=bytes(received.body),
        is_revoked=sign.revoked,
    )


def _words(words: Iterable[str]) -> str:
    """Return words between spaces, each once; nothing for none."""
    found = " ".join(sorted(set(words)))
    return f" {found} " if found else ""


def _all_places(places: list[str]) -> str:
    """Return every place that any of these names; nothing, which is every place, where one of them is."""
    return _words(word for place in places for word in place.split()) if all(places) else ""


def _told(received: Received) -> list[Version]:
    known = Version.objects.filter(object_id=received.object_id, origin_id=received.partner_id)
    return list(known.only("added_at", "tlp", "category", "jurisdictions").order_by("place"))


def _is_told(version: Version) -> bool:
    known = Version.objects.filter(object_id=version.object_id, origin_id=version.origin_id)
    return known.filter(version_at=version.version_at).exists()

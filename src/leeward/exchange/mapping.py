"""How a sign of ours is told to partners: one STIX version for each change, and the objects that it refers to."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db.models import Q

from leeward.engines import matching, stix
from leeward.indicators.models import Change, Indicator, Kind, Stamped, Tlp

# Further than AMBER no sign travels: RED is for the named reader only and AMBER+STRICT for one organisation only.
SHARED_TLP = (Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER)
_VERSION_TICK = timedelta(milliseconds=1)  # STIX tells versions apart by the millisecond.


def site_uid(site_url: str) -> uuid.UUID:
    """Return the id of this site's identity, the creator of its signs: the same for the same address, always."""
    return uuid.UUID(bytes=hashlib.sha256(f"leeward identity {site_url}".encode()).digest()[:16], version=4)


def referred(site_url: str) -> list[dict[str, object]]:
    """Return what signs refer to, in the order in which it is served: both identities, our extension, the markings."""
    site = stix.identity(site_uid(site_url), urlsplit(site_url).netloc)
    return [site, stix.author(), stix.extension_definition(), *(stix.marking(stix.Tlp(tlp)) for tlp in SHARED_TLP)]


def known(change: Stamped, *, created_by: uuid.UUID) -> dict[str, object]:
    """Return a change as one version of an indicator. Raises `stix.NotASign` where a field does not fit into STIX.

    An expiry is told as a revocation is: many receivers never look at `valid_until`, and a block must not outlive its
    sign there. Who wants to tell them apart sees `valid_until` at or before `modified`.
    """
    first = _published(change.indicator, created_by=created_by)
    if change.op == Change.Op.PUBLISH:
        return stix.indicator(first)
    return stix.indicator(stix.revoked(first, at=change.indicator.modified_at))


def modified_at(moment: datetime) -> Q:
    """Return the condition on a change that its version, as `known` writes it, has exactly this `modified` time."""
    if moment.microsecond % 1000:
        return Q(pk__in=())
    before, after = moment - _VERSION_TICK, moment + _VERSION_TICK
    published = Q(op=Change.Op.PUBLISH, indicator__created_at__gte=moment, indicator__created_at__lt=after)
    ended = Q(indicator__created_at__lt=moment, indicator__modified_at__gte=moment, indicator__modified_at__lt=after)
    # A sign that ended in the millisecond of its publication was moved to the next one.
    moved = Q(indicator__created_at__gte=before, indicator__created_at__lt=moment, indicator__modified_at__lt=moment)
    return published | (~Q(op=Change.Op.PUBLISH) & (ended | moved))


def uids(object_ids: tuple[str, ...]) -> list[uuid.UUID]:
    """Return the ids of signs among ids of STIX objects; what is no indicator's id is left out."""
    found = []
    for object_id in object_ids:
        kind, _, text = object_id.partition("--")
        try:
            uid = uuid.UUID(text)
        except ValueError:
            continue
        if kind == "indicator" and str(uid) == text:
            found.append(uid)
    return found


def _published(row: Indicator, *, created_by: uuid.UUID) -> stix.Sign:
    return stix.Sign(
        uid=row.uid,
        kind=stix.Kind(row.kind),
        value=row.value,
        category=row.category,
        severity=row.severity,
        legality=tuple(
            stix.Legality(view.get("jurisdiction", ""), view.get("status", ""), view.get("basis", ""))
            for view in row.legality
        ),
        confidence=row.confidence,
        reviews=row.reviews,
        tlp=stix.Tlp(row.tlp),
        max_distance=matching.WITHIN_BITS if row.kind == Kind.PDQ else None,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        created=row.created_at,
        modified=row.created_at,
        created_by=created_by,
    )

"""How a sign of ours is told to partners: one STIX version for each change, and the objects that it refers to."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from leeward.engines import matching, stix
from leeward.indicators.models import Change, Indicator, Kind, Stamped, Tlp
from leeward.indicators.services import EVERYWHERE

# Further than AMBER no sign travels: RED is for the named reader only and AMBER+STRICT for one organisation only.
SHARED_TLP = (Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER)
# GREEN is for the community, AMBER only for whom it was told. Source: FIRST, Traffic Light Protocol 2.0.
PASSED_ON_TLP = (Tlp.CLEAR, Tlp.GREEN)


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


def is_for_others(octets: bytes) -> bool:
    """Say whether what a partner told may go on: its origin signed it and marked it for more than those it told."""
    known = stix.read_object(octets)
    return stix.is_signed(known) and Tlp(stix.parse_signs(known)[0].tlp.value) in PASSED_ON_TLP


def jurisdictions(legality: Sequence[Mapping[str, str]]) -> str:
    """Return the places of which a sign says how the law stands, as ` DE FR `; empty where it holds for every place."""
    places = sorted({view.get("jurisdiction", "") for view in legality})
    return f" {' '.join(places)} " if places and EVERYWHERE not in places else ""


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

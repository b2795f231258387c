"""Take what came in a shape into the same intake as by TAXII: a sign waits for a person unless its partner is trusted so far.

None of these shapes can carry a signature. Through an open door such a sign is taken only from a partner whom the operator
trusts to tell things unsigned; a file that the operator brings in by the command line is the operator's own word on that.
"""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from leeward.core import problems
from leeward.engines import stix
from leeward.exchange.intake import origins
from leeward.exchange.intake import services as intake
from leeward.exchange.intake.models import Feedback, Received
from leeward.exchange.partners.models import Partner
from leeward.exchange.shapes import ncmec, telling
from leeward.exchange.shapes.stopncii import Record, Verdict
from leeward.exchange.shapes.values import Offered, Told, object_id
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind
from leeward.indicators.services import Sign

BATCH = 1000
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)  # The shapes do not say when a sign was made; no older sign has versions.
_SEEN, _DISAGREES = Feedback.Kind.SEEN, Feedback.Kind.DISAGREES
# Words of the shape that say something; the others only add tags or say that nobody has looked yet.
_VERDICTS = {"Blocked": _SEEN, "PendingReview": _SEEN, "NotBlocked": _DISAGREES}
_GONE = ("Withdrawn", "Deleted")


@dataclass(frozen=True, slots=True)
class Taken:
    """How many signs or opinions were taken, and how many were not."""

    accepted: int = 0
    refused: int = 0

    def __add__(self, other: Taken) -> Taken:
        return Taken(self.accepted + other.accepted, self.refused + other.refused)


def take_offered(partner: Partner, offered: Iterable[Offered], *, at: datetime) -> Taken:
    """Take any number of signs; between two batches others can write. The same sign again has no effect."""
    taken = Taken()
    for batch in itertools.batched(offered, BATCH):
        with transaction.atomic():
            for one in batch:
                taken += _take_one(partner, one, at=at)
    return taken


def _take_one(partner: Partner, offered: Offered, *, at: datetime) -> Taken:
    try:
        reading = _reading(partner, offered)
    except (stix.NotASign, indicators.NotASign):
        return Taken(refused=1)
    outcome = intake.keep(intake.Said(partner, reading=reading), at=at)
    is_refused = outcome.state == Received.State.REFUSED
    return Taken(refused=1) if is_refused else Taken(accepted=1)


def _reading(partner: Partner, offered: Offered) -> intake.Reading:
    """Return what is offered as the intake reads it: as the STIX object that the partner could have sent."""
    sign, value = offered.sign, indicators.normal(offered.sign.kind, offered.sign.value)
    made_at = min(_FIRST, offered.version_at)
    known = stix.Sign(
        uid=uuid.UUID(offered.object_id.partition("--")[2]),
        kind=stix.Kind(sign.kind.value),
        value=value,
        category=sign.category.value,
        severity=sign.severity,
        confidence=sign.confidence,
        reviews=sign.reviews,
        tlp=stix.Tlp(sign.tlp.value),
        valid_from=made_at,
        valid_until=sign.valid_until,
        created=made_at,
        modified=offered.version_at,
        created_by=partner.identity_uid or partner.uid,
        revoked=offered.is_withdrawn,
    )
    octets = json.dumps(stix.indicator(known)).encode()
    things = ((sign.kind, value),)
    return intake.Reading(partner, octets, known, things, category=sign.category)


def offered_records(partner: Partner, records: Iterable[Record], *, category: Category, at: datetime) -> list[Offered]:
    """Return records of the StopNCII shape as offers; who wrote them says no category, so we must."""
    return [
        Offered(
            Sign(one.kind, one.value, category, confidence=50, reviews=0),
            object_id(partner.uid, "stopncii", one.kind, one.value.lower() if one.kind != Kind.URL else one.value),
            _moment(one.modified_s, at=at),
            one.is_withdrawn or any(word in _GONE for word in one.verdicts),
        )
        for one in records
    ]


def offered_entries(
    partner: Partner, entries: Iterable[ncmec.Entry], *, category: Category, at: datetime
) -> list[Offered]:
    """Return entries of the NCMEC shape as offers, one for each fingerprint. A tombstone takes back what was taken."""
    found: list[Offered] = []
    for entry in entries:
        ids = {
            kind: object_id(partner.uid, "ncmec", str(entry.member), entry.entry_id, kind)
            for kind in ncmec.FINGERPRINTS
        }
        if entry.is_deleted:
            found += _tombstones(partner, list(ids.values()), at=at)
            continue
        found += [Offered(Sign(kind, value, category), ids[kind], at) for kind, value in entry.fingerprints.items()]
    return found


def _tombstones(partner: Partner, ids: Sequence[str], *, at: datetime) -> list[Offered]:
    rows = Received.objects.filter(partner=partner, object_id__in=ids).exclude(state=Received.State.WITHDRAWN)
    return [
        Offered(Sign(Kind(row.kind), row.value, Category(row.category)), row.object_id, at, is_withdrawn=True)
        for row in rows
    ]


def _moment(seconds: int, *, at: datetime) -> datetime:
    """Return a time as somebody's feed writes it; what lies in the future is now."""
    try:
        return min(datetime.fromtimestamp(seconds, UTC), at)
    except (OverflowError, OSError, ValueError):
        return at


def take_records(partner: Partner, records: Sequence[Record], *, at: datetime) -> Taken:
    """Take what a partner submitted in the StopNCII shape."""
    if not partner.trusts(origins.UNSIGNED):
        raise problems.Refused(
            403, "This site takes no unsigned signs from you. Ask its operator, or send them by TAXII."
        )
    return take_offered(partner, offered_records(partner, records, category=Category.OTHER, at=at), at=at)


@transaction.atomic
def take_verdicts(partner: Partner, verdicts: Sequence[Verdict], *, at: datetime) -> Taken:
    """Keep what a partner says of signs of ours; what it may not see is answered like what does not exist."""
    known: dict[str, list[Told]] = {}
    for told in telling.by_values(partner, [one.value for one in verdicts]):
        known.setdefault(told.value, []).append(told)
    accepted = 0
    for verdict in verdicts:
        kind, signs = _VERDICTS.get(verdict.word), known.get(verdict.value, [])
        if kind is None or not signs:
            continue
        for told in signs:
            _keep(partner, told.uid, kind, code=stix.Explanation.OTHER if kind == _DISAGREES else "", at=at)
        accepted += 1
    return Taken(accepted, len(verdicts) - accepted)


@transaction.atomic
def take_vote(partner: Partner, entry_id: str, vote: ncmec.Vote, *, at: datetime) -> bool:
    """Keep a vote about a sign of ours and say whether there is such a sign for this partner."""
    try:
        told = telling.by_id(partner, uuid.UUID(entry_id))
    except ValueError:
        return False
    if told is not None:
        _keep(partner, told.uid, _SEEN if vote.agrees else _DISAGREES, code=vote.reason, at=at)
    return told is not None


def _keep(partner: Partner, uid: uuid.UUID, kind: Feedback.Kind, *, code: str, at: datetime) -> None:
    """Keep one word about one sign; the newest of a partner counts, so saying it twice counts once."""
    said = {"count": 1, "code": code, "version_at": at}
    Feedback.objects.update_or_create(partner=partner, object_id=f"indicator--{uid}", kind=kind, defaults=said)
    if kind == _SEEN:
        # Whoever agrees now does not disagree any more.
        Feedback.objects.filter(partner=partner, object_id=f"indicator--{uid}", kind=_DISAGREES).update(count=0)

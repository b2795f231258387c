"""What indicators can be asked to do: publish, revoke, expire, and tell a follower what changed since a position."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from leeward.core import facts
from leeward.engines import policy, urls
from leeward.indicators import events
from leeward.indicators.models import Category, Change, Features, Indicator, Kind, Stamped, Tlp, stamped

BATCH = 2000
ENDING = 100_000  # Signs that end under one record; more of them end under more records.
EVERYWHERE = "any"
FEATURE_BYTES = 33  # Of each row of `Features`: the part, and a PDQ hash.
_HEX = {Kind.PDQ: 64, Kind.MD5: 32, Kind.SHA1: 40, Kind.SHA256: 64, Kind.VPDQ: 64}


class NotASign(Exception):
    """A value does not fit its kind. The message says what is wanted and never repeats the value."""


@dataclass(frozen=True)
class Sign:
    """What a source wants to publish. `features` are rows of 33 bytes; the value of a video is the SHA-256 of its own."""

    kind: Kind
    value: str
    category: Category
    severity: int = 2
    confidence: int = 80
    reviews: int = 1
    tlp: Tlp = Tlp.AMBER
    legality: Sequence[dict[str, str]] = field(default_factory=tuple)
    valid_until: datetime | None = None
    features: bytes = b""

    @classmethod
    def of_video(cls, features: bytes, *, category: Category) -> Sign:
        """Return the sign of a video from the rows of its frames."""
        return cls(Kind.VPDQ, hashlib.sha256(features).hexdigest(), category, features=features)


def normal(kind: Kind, value: str) -> str:
    """Return the form in which a value is kept and compared; raise `NotASign`."""
    if kind in _HEX:
        text = value.strip().lower()
        if not re.fullmatch(rf"[0-9a-f]{{{_HEX[kind]}}}", text):
            raise NotASign(f"a {kind.label} is {_HEX[kind]} hexadecimal digits")
        return text
    if kind is Kind.TLSH:
        if not re.fullmatch(r"T1[0-9A-F]{70}", text := value.strip().upper()):
            raise NotASign(f"a {kind.label} is T1 and 70 hexadecimal digits")
        return text
    try:
        return urls.canonical(value) if kind is Kind.URL else policy.normalise(value)
    except (urls.NotAnAddress, policy.NotAHostName) as error:
        raise NotASign(str(error)) from error


@transaction.atomic
def publish(signs: Iterable[Sign], *, source: str, actor: str, at: datetime) -> list[Indicator]:
    """Bring signs into force under one record, one position each, and return them.

    What this source has published already is left as it is, so a second call is harmless and announces nothing.
    """
    rows = {(sign.kind, normal(sign.kind, sign.value)): sign for sign in signs}
    for (kind, value), sign in rows.items():
        _refuse(sign, kind=kind, value=value, at=at)
    known = _known(source, [value for _, value in rows])
    new = [
        _row(sign, value, source=source, at=at) for (kind, value), sign in rows.items() if (kind, value) not in known
    ]
    if not new:
        return []
    created = Indicator.objects.bulk_create(new, batch_size=BATCH)
    Features.objects.bulk_create(
        (
            Features(indicator=row, rows=features)
            for row in created
            if (features := rows[Kind(row.kind), row.value].features)
        ),
        batch_size=BATCH,
    )
    _log(created, Change.Op.PUBLISH, events.IndicatorsPublished(source, len(created)), actor=actor, at=at)
    return created


def _refuse(sign: Sign, *, kind: Kind, value: str, at: datetime) -> None:
    if sign.valid_until is not None and sign.valid_until <= at:
        raise NotASign("a sign must end after it begins; leave valid_until out, or set it later")
    if len(sign.features) % FEATURE_BYTES:
        raise NotASign(f"features come in rows of {FEATURE_BYTES} bytes")
    if kind is Kind.VPDQ and value != hashlib.sha256(sign.features).hexdigest():
        raise NotASign("a video is named by the SHA-256 of its own features; make it with Sign.of_video")


def import_signs(signs: Iterable[Sign], *, source: str, actor: str, at: datetime) -> int:
    """Publish any number of signs and return how many were new: one transaction and one range of positions a batch.

    Between two batches others can write, so that a long list never keeps a report waiting.
    """
    return sum(len(publish(batch, source=source, actor=actor, at=at)) for batch in itertools.batched(signs, BATCH))


def _known(source: str, values: list[str]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for batch in itertools.batched(values, BATCH):
        found |= set(Indicator.objects.filter(source=source, value__in=batch).values_list("kind", "value"))
    return found


def _row(sign: Sign, value: str, *, source: str, at: datetime) -> Indicator:
    return Indicator(
        kind=sign.kind,
        value=value,
        category=sign.category,
        severity=sign.severity,
        confidence=sign.confidence,
        reviews=sign.reviews,
        tlp=sign.tlp,
        legality=list(sign.legality),
        valid_until=sign.valid_until,
        source=source,
        valid_from=at,
        created_at=at,
        modified_at=at,
    )


def _log(indicators: Sequence[Indicator], op: Change.Op, fact: object, *, actor: str, at: datetime) -> None:
    record = facts.announce(fact, actor=actor, at=at, span=len(indicators))
    Change.objects.bulk_create(
        (
            Change(record=record, offset=offset, indicator=indicator, op=op, kind=indicator.kind)
            for offset, indicator in enumerate(indicators)
        ),
        batch_size=BATCH,
    )


@transaction.atomic
def revoke(*, source: str, actor: str, at: datetime) -> int:
    """Take back everything in force that a source published and return how many signs that were; again is harmless."""
    active = Indicator.objects.filter(source=source, state=Indicator.State.ACTIVE)
    fact = events.IndicatorsRevoked
    return _end(active, Indicator.State.REVOKED, Change.Op.REVOKE, fact, source=source, actor=actor, at=at)


@transaction.atomic
def expire(at: datetime) -> int:
    """End the signs whose validity is over and return how many; a chore of the clock."""
    over = Indicator.objects.filter(state=Indicator.State.ACTIVE, valid_until__lte=at)
    fact = events.IndicatorsExpired
    return _end(over, Indicator.State.EXPIRED, Change.Op.EXPIRE, fact, source="clock", actor="system", at=at)


def _end(
    which: QuerySet[Indicator],
    state: Indicator.State,
    op: Change.Op,
    fact: type[events.IndicatorsRevoked] | type[events.IndicatorsExpired],
    *,
    source: str,
    actor: str,
    at: datetime,
) -> int:
    ended = 0
    while ending := list(which.select_for_update().order_by("pk")[:ENDING]):
        # A database takes so many values in one statement and not more.
        for some in itertools.batched(ending, BATCH):
            Indicator.objects.filter(pk__in=[indicator.pk for indicator in some]).update(state=state, modified_at=at)
        _log(ending, op, fact(source, len(ending)), actor=actor, at=at)
        ended += len(ending)
    return ended


def since(position: int, *, kinds: Sequence[Kind] = (), most: int = BATCH) -> list[Stamped]:
    """Return up to `most` changes after `position`, oldest first. A follower keeps the last position it was given."""
    changes = Change.objects.since(position)
    if kinds:
        changes = changes.filter(kind__in=kinds)
    return list(stamped(changes[:most]))


def head() -> int:
    """Return the last position given so far, or 0; one cheap read, for followers that ask before every answer."""
    # Asked before every answer about an upload: building this query by the ORM would take longer than its answer.
    with connection.cursor() as cursor:
        cursor.execute("SELECT position FROM core_chain WHERE id = 1")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def features_of(indicator_ids: Iterable[int]) -> dict[int, bytes]:
    """Return the features of those among these signs that have any, by the id of the sign."""
    found: dict[int, bytes] = {}
    for some in itertools.batched(indicator_ids, BATCH):
        rows = Features.objects.filter(indicator_id__in=some).values_list("indicator_id", "rows")
        found |= {pk: bytes(features) for pk, features in rows}
    return found


def in_force(kinds: Sequence[Kind]) -> QuerySet[Indicator]:
    """Return the signs of these kinds that are in force now; a follower reads `head()` first and this after it."""
    return Indicator.objects.filter(kind__in=kinds, state=Indicator.State.ACTIVE)

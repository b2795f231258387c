"""What screening can be asked to do: judge the bytes of an upload. It fails towards safety: who cannot be judged is held."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import DatabaseError, transaction

from leeward.core import facts, metrics
from leeward.core.models import Organisation
from leeward.engines import hashing
from leeward.indicators.models import Indicator
from leeward.screening import events, index
from leeward.screening.models import Match

# Below this quality a picture has too little in it for its hash to mean anything. "drop quality <= 49", pdq/README.md.
PDQ_QUALITY = 50


class Answer(StrEnum):
    """What an upload handler is told."""

    CLEAR = "clear"
    KNOWN = "known"
    HELD = "held"


@dataclass(frozen=True)
class Sign:
    """Which sign matched: its id, at what distance, from whom and for what."""

    indicator: str
    kind: str
    distance_bits: int
    category: str
    source: str


@dataclass(frozen=True)
class Screened:
    """The answer, with the signs that matched or the reason why it could not be judged."""

    answer: Answer
    signs: tuple[Sign, ...] = ()
    reason: str = ""
    sha256: str = ""
    quality: int | None = None


def screen(data: bytes, *, asked_by: Organisation, item_id: str = "", at: datetime) -> Screened:
    """Judge an upload before it is stored: known, held with a reason, or clear. Nothing of it is kept."""
    with metrics.screen_seconds.time():
        screened = _judge(data, asked_by=asked_by, item_id=item_id, at=at)
    metrics.screened.labels(answer=screened.answer).inc()
    return screened


def _judge(data: bytes, *, asked_by: Organisation, item_id: str, at: datetime) -> Screened:
    shared = index.shared()
    try:
        shared.catch_up()
    except DatabaseError:
        # Fails towards safety: with an index that may be behind, nothing is clear.
        return Screened(Answer.HELD, reason="index_not_ready")
    digests = hashing.digests(data)
    picture, reason = _picture(data)
    hits = shared.hits(digests, picture, quality=PDQ_QUALITY)
    quality = picture.quality if picture else None
    if hits:
        signs = _note(hits, digests=digests, asked_by=asked_by, item_id=item_id, at=at)
        return Screened(Answer.KNOWN, signs=signs, sha256=digests.sha256, quality=quality)
    answer = Answer.HELD if reason else Answer.CLEAR
    return Screened(answer, reason=reason, sha256=digests.sha256, quality=quality)


def _picture(data: bytes) -> tuple[hashing.PictureHash | None, str]:
    try:
        return hashing.hash_picture(data), ""
    except hashing.PictureRefused as refused:
        if zipfile.is_zipfile(io.BytesIO(data)):
            return None, "archive"
        return None, str(refused.reason)


def _note(
    hits: list[index.Hit], *, digests: hashing.Digests, asked_by: Organisation, item_id: str, at: datetime
) -> tuple[Sign, ...]:
    indicators = Indicator.objects.in_bulk([hit.indicator_id for hit in hits])
    nearest = hits[0]
    with transaction.atomic():
        match = Match.objects.create(
            organisation=asked_by,
            indicator=indicators[nearest.indicator_id],
            distance_bits=nearest.distance_bits,
            sha256=digests.sha256,
            item_id=item_id,
            at=at,
        )
        fact = events.UploadMatched(match.pk, str(indicators[nearest.indicator_id].uid), nearest.distance_bits)
        facts.announce(fact, actor=f"partner:{asked_by.slug}", at=at)
    return tuple(_sign(indicators[hit.indicator_id], hit) for hit in hits)


def _sign(indicator: Indicator, hit: index.Hit) -> Sign:
    return Sign(
        indicator=str(indicator.uid),
        kind=indicator.kind,
        distance_bits=hit.distance_bits,
        category=indicator.category,
        source=indicator.source.partition(":")[0],
    )

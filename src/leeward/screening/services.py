"""What screening can be asked to do: judge an upload, look values up. It fails towards safety: what cannot be judged is held."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO

import numpy as np
from django.db import DatabaseError, connection, transaction

from leeward.core import config, facts, metrics
from leeward.core.models import Organisation
from leeward.engines import classifying, hashing
from leeward.indicators import comparing
from leeward.indicators.models import Kind
from leeward.reports import services as reports
from leeward.reports.models import Channel, Reason
from leeward.screening import events, holds, index, looks, rules, tallies, warmth
from leeward.screening.looks import Look
from leeward.screening.models import Answer, Hold, Match

# Below this quality a picture has too little in it for its hash to mean anything. "drop quality <= 49", pdq/README.md.
PDQ_QUALITY = 50
NOT_READY = "index_not_ready"


@dataclass(frozen=True)
class Sign:
    """Which sign was met: its id, at what distance and how, from whom and for what.

    `distance` is in bits of 256, for texts TLSH's own number. `share` is the part of a video's asked frames, 0 to 1.
    """

    indicator: str
    kind: str
    distance: int
    category: str
    source: str
    answer: Answer
    part: int = index.WHOLE
    orientation: str = str(hashing.Orientation.ORIGINAL)
    is_trimmed: bool = False
    share: float = 1.0


@dataclass(frozen=True)
class Screened:
    """The answer, with the signs that were met, what classifiers point at, or the reason why it could not be judged."""

    answer: Answer
    signs: tuple[Sign, ...] = ()
    leads: tuple[looks.Lead, ...] = ()
    reason: str = ""
    sha256: str = ""
    quality: int | None = None
    hold: str = ""


@dataclass(frozen=True)
class Upload:
    """What is asked about, and by whom. `data` is what a case would seal; None where it is not at hand.

    `is_hosted`: it is published already and was met by a re-scan, so that a decision orders the provider to remove it.
    """

    asked_by: Organisation
    item_id: str = ""
    data: bytes | None = None
    media_type: str = "application/octet-stream"
    is_hosted: bool = False
    uploaded_at: datetime | None = None


@dataclass(frozen=True)
class Values:
    """What a provider knows of a file or an address without sending it. Hex digits, a TLSH, or an address."""

    pdq: str = ""
    quality: int = 100
    digests: Mapping[Kind, str] = field(default_factory=dict)
    frames: bytes = b""
    tlsh: str = ""
    url: str = ""
    host: str = ""


@lru_cache(maxsize=1)
def classifiers() -> Mapping[str, classifying.Classifier]:
    """Return the classifiers that the operator put into use. Raises what `load_classifiers` raises."""
    return classifying.load_classifiers(config.current().screening.classifiers)


def screen(
    data: bytes,
    *,
    asked_by: Organisation,
    item_id: str = "",
    media_type: str = "application/octet-stream",
    at: datetime,
) -> Screened:
    """Judge an upload before it is stored: known, held with a reason, suspect, or clear."""
    return screen_stream(data, upload=Upload(asked_by, item_id, data, media_type), at=at)


def screen_stream(
    source: bytes | BinaryIO, *, upload: Upload, digests: hashing.Digests | None = None, at: datetime
) -> Screened:
    """Judge a file that need not fit into memory; `upload.data` is None then, and a case gets its digests only."""
    with metrics.screen_seconds.time():
        if not warmth.is_warm(patience_s=warmth.PATIENCE_S):
            return _counted(Screened(Answer.HELD, reason=NOT_READY), asked_by=upload.asked_by, at=at)
        is_text = upload.media_type.startswith("text/")
        look = looks.look_at(source, classifiers=classifiers(), is_text=is_text, digests=digests)
        return judge(look, upload=upload, at=at)


def judge(look: Look, *, upload: Upload, at: datetime) -> Screened:
    """Compare a look with the signs in force, and write down what follows."""
    try:
        hits = hits_of(look)
        comparing.tell(asked_of(look))
        found = rules.verdicts(hits)
        screened = _answered(look, found, upload=upload, at=at)
    except (DatabaseError, index.Behind):
        # Fails towards safety: with an index that may be behind, nothing is clear.
        screened = Screened(Answer.HELD, reason=NOT_READY)
    return _counted(screened, asked_by=upload.asked_by, at=at)


def _counted(screened: Screened, *, asked_by: Organisation, at: datetime) -> Screened:
    metrics.screened.labels(answer=screened.answer).inc()
    tallies.count(screened.answer, organisation_id=asked_by.pk, at=at)
    return screened


def hits_of(look: Look) -> list[index.Hit]:
    """Return every sign that a file or something inside of it meets. Raises `Behind`, and what the database raises."""
    shared = index.shared()
    shared.catch_up()
    hits: list[index.Hit] = []
    for part in look.all():
        for kind, value in exact_values(part.digests):
            hits += shared.exact(kind, value)
        hits += shared.near([variant for variant in part.variants if variant.quality >= PDQ_QUALITY])
        if part.frames:
            hits += shared.near_frames(_rows(part.frames))
        if part.fingerprint:
            hits += shared.texts(part.fingerprint, within=rules.TLSH_WITHIN)
    return _once(hits)


def asked_of(look: Look) -> comparing.Asked:
    """Return what a file and everything inside of it were asked about by, for whoever counts beside the answer."""
    parts = list(look.all())
    exact = [pair for part in parts for pair in exact_values(part.digests)]
    pictures = [one.pdq for part in parts for one in part.variants if one.quality >= PDQ_QUALITY]
    return comparing.Asked(tuple(exact), tuple(pictures))


def exact_values(digests: hashing.Digests) -> tuple[tuple[Kind, str], ...]:
    """Return the digests of a file by their kind, the strongest first."""
    return ((Kind.SHA256, digests.sha256), (Kind.SHA1, digests.sha1), (Kind.MD5, digests.md5))


def _rows(frames: bytes) -> np.ndarray:
    return np.frombuffer(frames, dtype=np.uint8).reshape(-1, 32)


def _once(hits: list[index.Hit]) -> list[index.Hit]:
    best: dict[tuple[int, Kind], index.Hit] = {}
    for hit in hits:
        known = best.get((hit.indicator_id, hit.kind))
        if known is None or (-hit.share, hit.distance) < (-known.share, known.distance):
            best[hit.indicator_id, hit.kind] = hit
    return list(best.values())


def look_up(values: Values, *, asked_by: Organisation, at: datetime) -> Screened:
    """Judge by values alone: hashes or an address. Nothing is written but a match, and no case is opened."""
    try:
        if not warmth.is_warm(patience_s=warmth.PATIENCE_S):
            raise index.Behind
        shared = index.shared()
        shared.catch_up()
        found = rules.verdicts(_hits_of_values(values, shared))
        comparing.tell(_asked_of_values(values))
        signs = _signs(found)
        answer = found[0].answer if found else Answer.CLEAR
    except (DatabaseError, index.Behind):
        answer, signs = Answer.HELD, ()
    reason = NOT_READY if answer == Answer.HELD and not signs else ""
    return _counted(Screened(answer, signs=signs, reason=reason), asked_by=asked_by, at=at)


def _hits_of_values(values: Values, shared: index.Index) -> list[index.Hit]:
    hits = [hit for kind, value in values.digests.items() for hit in shared.exact(kind, value)]
    if values.pdq and values.quality >= PDQ_QUALITY:
        variant = hashing.Variant(bytes.fromhex(values.pdq), values.quality, hashing.Orientation.ORIGINAL, False)
        hits += shared.near([variant])
    if values.frames:
        hits += shared.near_frames(_rows(values.frames))
    if values.tlsh:
        hits += shared.texts(values.tlsh, within=rules.TLSH_WITHIN)
    if values.url:
        hits += shared.address(values.url)
    if values.host:
        hits += shared.host(values.host)
    return _once(hits)


def _asked_of_values(values: Values) -> comparing.Asked:
    named = ((Kind.URL, values.url), (Kind.DOMAIN, values.host))
    exact = (*values.digests.items(), *(pair for pair in named if pair[1]))
    is_good = bool(values.pdq) and values.quality >= PDQ_QUALITY
    return comparing.Asked(exact, (bytes.fromhex(values.pdq),) if is_good else ())


def answer_of(look: Look, found: Sequence[rules.Verdict]) -> tuple[Answer, str]:
    """Return the answer to a look and its verdicts, the gravest first, with the reason where a person is to look."""
    if found and found[0].answer == Answer.KNOWN:
        return Answer.KNOWN, ""
    if look.reason:
        return Answer.HELD, look.reason
    if found:
        return found[0].answer, str(found[0].sign.kind)
    pointing = next((lead for part in look.all() for lead in part.leads if lead.is_lead), None)
    return (Answer.SUSPECT, pointing.classifier) if pointing else (Answer.CLEAR, "")


def _answered(look: Look, found: Sequence[rules.Verdict], *, upload: Upload, at: datetime) -> Screened:
    answer, reason = answer_of(look, found)
    hold = None
    if answer == Answer.KNOWN:
        _refuse(look, found[0], upload=upload, at=at)
    elif answer != Answer.CLEAR and holds.is_released(look.digests.sha256, asked_by=upload.asked_by):
        answer, reason = Answer.CLEAR, ""
    elif answer != Answer.CLEAR:
        hold = _hold(look, found, answer, reason, upload=upload, at=at)
    return Screened(
        answer,
        _signs(found),
        tuple(lead for part in look.all() for lead in part.leads),
        reason=reason,
        sha256=look.digests.sha256,
        quality=look.quality,
        hold=str(hold.uid) if hold else "",
    )


def _signs(found: Sequence[rules.Verdict]) -> tuple[Sign, ...]:
    return tuple(
        Sign(
            indicator=str(verdict.sign.uid),
            kind=verdict.sign.kind,
            distance=verdict.hit.distance,
            category=verdict.sign.category,
            source=verdict.sign.source.partition(":")[0],
            answer=verdict.answer,
            part=verdict.hit.part,
            orientation=str(verdict.hit.orientation),
            is_trimmed=verdict.hit.is_trimmed,
            share=round(verdict.hit.share, 3),
        )
        for verdict in found
    )


@transaction.atomic
def _refuse(look: Look, verdict: rules.Verdict, *, upload: Upload, at: datetime) -> None:
    report_uid = _report(look, verdict, upload=upload, at=at) if verdict.opens_case else None
    _note(look, verdict, report_uid=report_uid, upload=upload, at=at)


def _note(look: Look, verdict: rules.Verdict, *, report_uid: str | None, upload: Upload, at: datetime) -> None:
    hit, sign = verdict.hit, verdict.sign
    match = Match.objects.create(
        organisation=upload.asked_by,
        indicator=sign,
        answer=verdict.answer,
        distance_bits=hit.distance,
        part=hit.part,
        orientation=str(hit.orientation),
        is_trimmed=hit.is_trimmed,
        share_percent=round(hit.share * 100),
        quality=look.quality,
        sha256=look.digests.sha256,
        item_id=upload.item_id,
        report_uid=report_uid,
        uploaded_at=upload.uploaded_at,
        at=at,
    )
    fact = events.UploadMatched(match.pk, str(sign.uid), hit.distance)
    facts.announce(fact, actor=f"partner:{upload.asked_by.slug}", at=at)


def _report(look: Look, verdict: rules.Verdict | None, *, upload: Upload, at: datetime) -> str | None:
    """File a report, once for each file and provider, with the bytes sealed where they are here."""
    if upload.asked_by.kind != Organisation.Kind.PROVIDER:
        return None
    is_known = verdict is not None and verdict.answer == Answer.KNOWN
    item_id = _subject(look, verdict if is_known else None, upload=upload)
    draft = reports.Draft(
        reason=Reason.NOT_ALLOWED,
        channel=Channel.SCREENING,
        item=reports.Item(upload.asked_by.slug, item_id, "upload"),
        words=_words(verdict),
        pictures=() if upload.data is None else (reports.Picture(upload.data, upload.media_type),),
        idempotency_key=f"screening:{upload.asked_by.slug}:{look.digests.sha256}:{item_id}",
        known_as=str(verdict.sign.uid) if verdict is not None and is_known else "",
    )
    try:
        return str(reports.receive(draft, at=at).report.uid)
    except reports.OtherBody:
        # The same file came to the desk before for another reason; there is nothing to add.
        return None


def _subject(look: Look, known: rules.Verdict | None, *, upload: Upload) -> str:
    """Return what the desk's case is about. Refused copies of one known thing are one case, however many come."""
    if known is not None and not upload.is_hosted:
        return f"refused:{known.sign.uid}"
    return upload.item_id or f"upload:{look.digests.sha256[:32]}"


def _words(verdict: rules.Verdict | None) -> str:
    if verdict is None:
        return "A classifier points at this upload. It may be wrong; look before you decide."
    sign, hit = verdict.sign, verdict.hit
    return f"This upload met a sign: {sign.get_category_display()}, {sign.get_kind_display()}, distance {hit.distance}."


@transaction.atomic
def _hold(
    look: Look, found: Sequence[rules.Verdict], answer: Answer, reason: str, *, upload: Upload, at: datetime
) -> Hold | None:
    gravest = found[0] if found else None
    wants_case = answer == Answer.SUSPECT and (gravest is None or gravest.opens_case)
    report_uid = _report(look, gravest, upload=upload, at=at) if wants_case else None
    if gravest is not None:
        _note(look, gravest, report_uid=report_uid, upload=upload, at=at)
    if answer == Answer.HELD and not upload.item_id:
        # Without a name nobody could be told later; the answer alone holds it.
        return None
    held = holds.Held(look.digests.sha256, upload.item_id, answer, reason, report_uid)
    return holds.hold(held, asked_by=upload.asked_by, at=at)


def warm_up() -> None:
    """Load and compile what the first upload would wait for. A process that cannot yet, does so at its first question."""
    with contextlib.suppress(DatabaseError, index.Behind):
        hashing.warm_up()
        index.shared().catch_up()
    connection.close()

"""What reports can be asked to do: receive one, find it by its code, tell its reporter what was done."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from leeward.core import blobs, facts, faults, keys, metrics, rows, together
from leeward.core.models import Organisation
from leeward.engines import urls
from leeward.reports import events, places, receipts, reputation
from leeward.reports.models import Attachment, Channel, HalfReport, Nature, Outcome, Reason, Report

ACTOR = "reporter"
WORDS_MAX = 4000


class NotAboutAnything(Exception):
    """Neither an address nor an item was given: copy the address of the page, or report from the page itself."""


class AddressRefused(Exception):
    """The address cannot be a public page. The message says what is wrong and what to do."""


class UnknownProvider(Exception):
    """The item names a provider that this desk does not serve: send the address of the page instead."""


class NeverCaptured(Exception):
    """Sexual content that shows a child is never captured or uploaded: send the report again without any picture."""


class OtherBody(Exception):
    """The idempotency key was used for another report: make a new key for a new report."""


@dataclass(frozen=True)
class Item:
    """What a provider calls the thing that is reported."""

    provider: str
    id: str
    kind: str = ""
    author_id: str = ""
    conversation_id: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture that the reporter added: one of their own, or a capture of the page."""

    data: bytes
    media_type: str
    kind: Attachment.Kind = Attachment.Kind.PICTURE


@dataclass(frozen=True)
class Draft:
    """A report before it was received."""

    reason: Reason
    channel: Channel
    nature: Nature | None = None
    page_url: str = ""
    # Which app and whose name, in the reporter's words, where there is no address.
    app: str = ""
    item: Item | None = None
    words: str = ""
    language: str = "en"
    band: str = ""
    surroundings: Mapping[str, Any] = field(default_factory=dict)
    pictures: Sequence[Picture] = ()
    idempotency_key: str = ""
    known_as: str = ""
    # Who sent it, where that is a machine of an organisation.
    sender: Organisation | None = None
    # The network that it came from, for `reputation`; it is kept as a digest only.
    network: str = ""
    # The code that the reporter has already, from a form that was kept answer by answer.
    code: str = ""


@dataclass(frozen=True)
class Receipt:
    """What the reporter leaves with. `is_repeat`: the same request came before and this is its receipt."""

    code: str
    report: Report
    is_repeat: bool = False


def receive(draft: Draft, *, at: datetime) -> Receipt:
    """Store a report durably and return its receipt; the same idempotency key gives the same receipt.

    Raises `NotAboutAnything`, `AddressRefused`, `UnknownProvider`, `NeverCaptured` or `OtherBody`; then nothing was stored.
    """
    if draft.pictures and draft.nature is not None and draft.nature.is_never_captured:
        raise NeverCaptured
    page_url = _address(draft)
    provider = _provider(draft.item)
    code = _code(draft)
    # Storing says whether it came before; asking first is only worth it where there is something to seal.
    if draft.pictures and (repeat := _repeat(draft)):
        return repeat
    faults.point("reports.received")
    try:
        report = _store(draft, page_url=page_url, provider=provider, code=code, at=at)
    except IntegrityError:
        if repeat := _repeat(draft):
            return repeat
        if draft.code:
            # What was kept under the code became a report of its own in this moment.
            return receive(replace(draft, code=""), at=at)
        raise
    faults.point("reports.after_commit")
    metrics.received.labels(channel=draft.channel).inc()
    return Receipt(code, report)


def _address(draft: Draft) -> str:
    if not draft.page_url and not draft.app and draft.item is None:
        raise NotAboutAnything
    if not draft.page_url:
        return places.of_app(draft.app) if draft.app else ""
    try:
        address = urls.canonical(draft.page_url)
        if draft.item is None:
            urls.refuse_private(address)
    except (urls.NotAnAddress, urls.PrivateAddress) as error:
        raise AddressRefused(str(error)) from error
    return address


def _provider(item: Item | None) -> Organisation | None:
    if item is None:
        return None
    provider = Organisation.objects.filter(slug=item.provider, kind=Organisation.Kind.PROVIDER).first()
    if provider is None:
        raise UnknownProvider
    return provider


def _request_key(draft: Draft) -> bytes | None:
    return keys.keyed_digest("request", draft.idempotency_key) if draft.idempotency_key else None


def _body_digest(draft: Draft) -> bytes:
    pictures = [hashlib.sha256(picture.data).hexdigest() for picture in draft.pictures]
    parts = [draft.reason, draft.nature or "", draft.page_url, repr(draft.item), draft.words, draft.band, *pictures]
    parts += [draft.app] if draft.app else []
    return keys.keyed_digest("body", "\0".join(parts))


def _code(draft: Draft) -> str:
    """Return the code of a new report: of the answers that were kept for it, else of its idempotency key, else a fresh one.

    A code under which nothing is kept gives way to a fresh one, whether or not it is that of a report, so that nobody can try
    out codes here.
    """
    if draft.code and HalfReport.objects.filter(receipt=receipts.digest(draft.code)).exists():
        return draft.code
    return receipts.for_key(draft.idempotency_key) if draft.idempotency_key else receipts.new()


def _repeat(draft: Draft) -> Receipt | None:
    if not draft.idempotency_key:
        return None
    report = Report.objects.filter(request_key=_request_key(draft)).first()
    if report is None:
        return None
    if bytes(report.body_digest or b"") != _body_digest(draft):
        raise OtherBody
    was_kept = bool(draft.code) and bytes(report.receipt) == receipts.digest(draft.code)
    return Receipt(draft.code if was_kept else receipts.for_key(draft.idempotency_key), report, is_repeat=True)


def _store(draft: Draft, *, page_url: str, provider: Organisation | None, code: str, at: datetime) -> Report:
    # Whatever can be done before the transaction, in which everybody else waits for their turn to write.
    report = _report(draft, page_url=page_url, provider=provider, code=code, at=at)
    sealed = [
        (picture.kind, blobs.written(picture.data, media_type=picture.media_type, at=at)) for picture in draft.pictures
    ]

    def write() -> Report:
        rows.insert(report)
        if draft.code:
            HalfReport.objects.filter(receipt=report.receipt).delete()
        for kind, blob in sealed:
            rows.insert(blob)
            rows.insert(Attachment(report=report, blob=blob, kind=kind))
        fact = events.ReportReceived(str(report.uid), draft.reason, draft.channel, len(draft.pictures))
        facts.announce(fact, actor=ACTOR, at=at)
        return report

    return together.commit(write)


def _report(draft: Draft, *, page_url: str, provider: Organisation | None, code: str, at: datetime) -> Report:
    item, place = draft.item or Item("", ""), reputation.place(draft.network, at=at)
    return Report(
        reason=draft.reason,
        nature=draft.nature or "",
        channel=draft.channel,
        page_url=page_url,
        provider=provider,
        item_id=item.id,
        item_kind=item.kind,
        author_id=item.author_id,
        conversation_id=item.conversation_id,
        words=_words(draft),
        language=draft.language,
        band=draft.band,
        surroundings=dict(draft.surroundings),
        sender=draft.sender,
        place=place,
        is_doubted=reputation.is_doubted(place),
        known_as=draft.known_as,
        received_at=at,
        receipt=receipts.digest(code),
        request_key=_request_key(draft),
        body_digest=_body_digest(draft),
    )


def _words(draft: Draft) -> str:
    # Beside an address there is no other place for the app and the name, and they must not be lost.
    return f"{draft.app}\n{draft.words}".strip()[:WORDS_MAX] if draft.page_url and draft.app else draft.words


def follow(typed: str) -> Report | None:
    """Return the report of a receipt code, or None; raises `SlipOfTheFinger` where the code cannot be right."""
    code = receipts.read(typed)
    return Report.objects.filter(receipt=receipts.digest(code)).prefetch_related("outcomes").first()


@transaction.atomic
def tell(report: Report, *, kind: Outcome.Kind, decision: str, at: datetime, why: str = "") -> bool:
    """Let the reporter read an outcome; False where this decision was told already, which changes nothing."""
    if Outcome.objects.filter(report=report, kind=kind, decision=decision).exists():
        return False
    Outcome.objects.create(report=report, kind=kind, decision=decision, why=why, at=at)
    facts.announce(events.ReporterTold(str(report.uid), kind), actor="system", at=at)
    return True

"""Reports that are half filled in: kept answer by answer, sealed, for 24 hours under the code that the reporter will keep.

At the end of that time one that says what is wrong and where becomes a report; any other is forgotten. The code is known to
its reporter alone, so whoever brings one that nobody has begun simply begins under it: no answer tells the two apart.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from leeward.core import config, keys, paces
from leeward.core.models import Organisation
from leeward.engines import urls
from leeward.engines.reading import Band
from leeward.reports import receipts, services
from leeward.reports.models import Attachment, Channel, HalfReport, Nature, Reason, Report

log = logging.getLogger("leeward.reports")

KEPT = timedelta(hours=24)
# As many as there are questions, and a few changes of mind.
_ANSWERS_OF_ONE_REPORT = 10
_answers = paces.Pace()


class NoSuchHalf(Exception):
    """Nothing was begun and nothing was sent under this code: begin again with a new one."""


class SentAlready(Exception):
    """The report of this code was sent: give its receipt with `finish`, or begin another report with a new code."""


@dataclass(frozen=True)
class Answers:
    """What was answered until now; what is empty or None was not asked yet, or left out."""

    reason: Reason | None = None
    nature: Nature | None = None
    band: Band | None = None
    page_url: str = ""
    app: str = ""
    item: services.Item | None = None
    words: str = ""
    picture: services.Picture | None = None
    language: str = "en"
    channel: Channel = Channel.FORM


def admit(address: str, *, at: datetime) -> None:
    """Count one answer from a network address, so that nobody fills the place; raises `paces.TooOften`."""
    _answers.admit(address, a_minute=config.current().server.reports_per_minute * _ANSWERS_OF_ONE_REPORT, at=at)


def keep(code: str | None, answers: Answers, *, at: datetime) -> str:
    """Keep these answers in place of the earlier ones and return the code: 16 digits, new where None was given.

    The 24 hours run from the first answer. A picture is not kept where the nature of the report forbids one. Raises
    `SentAlready` where there is nothing left to keep.
    """
    code = code or receipts.new()
    place = receipts.digest(code)
    if Report.objects.filter(receipt=place).exists():
        raise SentAlready
    if answers.nature is not None and answers.nature.is_never_captured:
        answers = dataclasses.replace(answers, picture=None)
    version, sealed_answers = keys.wrap(_packed(answers), place=_place(place))
    changed = {
        "sealed_code": keys.wrap(code.encode(), place=_place(place) + " code")[1],
        "sealed_answers": sealed_answers,
        "key_version": version,
        "says_where": is_enough(answers),
        "changed_at": at,
    }
    HalfReport.objects.update_or_create(
        receipt=place, defaults=changed, create_defaults=changed | {"expires_at": at + KEPT}
    )
    return code


def read(code: str, *, at: datetime) -> Answers | None:
    """Return what is kept under a code, or None where nothing is, or no longer."""
    row = HalfReport.objects.filter(receipt=receipts.digest(code), expires_at__gt=at).first()
    return _opened(row) if row is not None else None


@transaction.atomic
def change(code: str, how: Callable[[Answers], Answers], *, at: datetime) -> Answers:
    """Change what is kept under a code, from nothing where it is new, and return the answers; two at a time both count.

    Raises `SentAlready`.
    """
    row = HalfReport.objects.select_for_update().filter(receipt=receipts.digest(code)).first()
    answers = how(_opened(row) if row is not None else Answers())
    keep(code, answers, at=at)
    return answers


def knows_provider(slug: str) -> bool:
    """True where items of this provider can be reported here."""
    return Organisation.objects.filter(slug=slug, kind=Organisation.Kind.PROVIDER).exists()


def says_where(answers: Answers) -> bool:
    """True where the item, an app, or an address that can be a public page, is known."""
    if answers.app and not answers.page_url:
        return True
    if answers.item is not None and knows_provider(answers.item.provider):
        return True
    try:
        urls.refuse_private(urls.canonical(answers.page_url))
    except (urls.NotAnAddress, urls.PrivateAddress):
        return False
    return True


def is_enough(answers: Answers) -> bool:
    """True where a report can be made of it: it says what is wrong, and where."""
    return answers.reason is not None and says_where(answers)


@transaction.atomic
def finish(code: str, *, at: datetime, network: str = "") -> services.Receipt:
    """Make a report of what is kept and return its receipt; a second time the same receipt, and no second report.

    Raises `NoSuchHalf`, `services.NotAboutAnything` or what else `services.receive` refuses; then everything stays kept.
    """
    place = receipts.digest(code)
    row = HalfReport.objects.select_for_update().filter(receipt=place).first()
    if sent := Report.objects.filter(receipt=place).first():
        return services.Receipt(code, sent, is_repeat=True)
    if row is None:
        raise NoSuchHalf
    receipt = services.receive(_draft(_opened(row), code=code, network=network), at=at)
    row.delete()
    return receipt


def end_old(at: datetime) -> None:
    """Chore: after 24 hours what says enough becomes a report, and the rest is forgotten."""
    old = HalfReport.objects.filter(expires_at__lte=at)
    # The button sends the whole report itself, under the code of its half.
    old.filter(receipt__in=Report.objects.values("receipt")).delete()
    old.filter(says_where=False).delete()
    for row in old.order_by("expires_at").iterator(chunk_size=50):
        try:
            _end(row, at=at)
        except (keys.NoSuchKey, keys.SealBroken) as error:
            # It stays, so that it becomes a report when the key is there again; the others must not wait for it.
            log.error("a half report cannot be opened", extra={"half": row.pk, "error": type(error).__qualname__})


def _end(row: HalfReport, *, at: datetime) -> None:
    code = keys.unwrap(row.key_version, bytes(row.sealed_code), place=_place(bytes(row.receipt)) + " code").decode()
    try:
        finish(code, at=at)
    except (services.NotAboutAnything, services.AddressRefused, services.UnknownProvider):
        row.delete()  # What it was about is no longer served here.
    except NoSuchHalf:
        pass  # Its reporter was faster.


def _draft(answers: Answers, *, code: str, network: str) -> services.Draft:
    if answers.reason is None:
        raise services.NotAboutAnything
    return services.Draft(
        reason=answers.reason,
        nature=answers.nature,
        channel=answers.channel,
        page_url=answers.page_url,
        app=answers.app,
        item=answers.item,
        words=answers.words,
        language=answers.language,
        band=answers.band or "",
        pictures=[answers.picture] if answers.picture is not None else [],
        network=network,
        code=code,
    )


def _place(digest: bytes) -> str:
    return f"half:{digest.hex()}"


def _packed(answers: Answers) -> bytes:
    """Return one line of JSON, and the bytes of the picture behind it."""
    picture = answers.picture
    said: dict[str, Any] = {
        "reason": answers.reason,
        "nature": answers.nature,
        "band": answers.band,
        "page_url": answers.page_url,
        "app": answers.app,
        "item": dataclasses.asdict(answers.item) if answers.item is not None else None,
        "words": answers.words,
        "language": answers.language,
        "channel": answers.channel,
        "picture": {"media_type": picture.media_type, "kind": picture.kind} if picture is not None else None,
    }
    return json.dumps(said).encode() + b"\n" + (picture.data if picture is not None else b"")


def _opened(row: HalfReport) -> Answers:
    sealed = keys.unwrap(row.key_version, bytes(row.sealed_answers), place=_place(bytes(row.receipt)))
    line, _, data = sealed.partition(b"\n")
    said = json.loads(line)
    picture = said["picture"]
    return Answers(
        reason=Reason(said["reason"]) if said["reason"] else None,
        nature=Nature(said["nature"]) if said["nature"] else None,
        band=Band(said["band"]) if said["band"] else None,
        page_url=said["page_url"],
        app=said.get("app", ""),  # One that was begun before the question was there has no answer to it.
        item=services.Item(**said["item"]) if said["item"] else None,
        words=said["words"],
        picture=services.Picture(data, picture["media_type"], Attachment.Kind(picture["kind"])) if picture else None,
        language=said["language"],
        channel=Channel(said["channel"]),
    )

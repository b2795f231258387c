"""Mails to the desk: what complains in ARF or XARF becomes a report, everything else is told what to do instead.

Nothing that was attached is kept: a mail brings addresses, digests and words. A sender's name proves nothing, so nobody is a
trusted flagger by mail. Whatever says who was behind an address is sealed beside the report, and so is who sent it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import transaction

from leeward.engines import abusemail
from leeward.engines.abusemail import Complaint, Mail
from leeward.reports import contexts, letters, services
from leeward.reports.models import Channel, Nature, Reason, Report

WORDS = 4000
# What a complaint is about, by its beginning; the longest that fits counts. Who trades a child is a danger to it now.
_MEANINGS: Final[dict[str, tuple[Reason, Nature]]] = {
    "content/csam": (Reason.NOT_ALLOWED, Nature.SEXUAL_CHILD),
    "content/csem": (Reason.NOT_ALLOWED, Nature.SEXUAL_CHILD),
    "content/csem/grooming": (Reason.DANGER, Nature.SOLICITATION),
    "content/csem/solicitation": (Reason.DANGER, Nature.SOLICITATION),
    "content/csem/sextortion": (Reason.DANGER, Nature.SEXTORTION),
    "content/csem/trafficking": (Reason.DANGER, Nature.OTHER),
    "content/phishing": (Reason.NOT_ALLOWED, Nature.FRAUD),
    "content/fraud": (Reason.NOT_ALLOWED, Nature.FRAUD),
    "fraud": (Reason.NOT_ALLOWED, Nature.FRAUD),
}
_ANYTHING: Final = (Reason.NOT_ALLOWED, Nature.OTHER)


@dataclass(frozen=True)
class Taken:
    """What became of a mail: reports that are new, how many came before, how many could not be taken, and why no answer."""

    reports: int = 0
    repeats: int = 0
    refused: int = 0
    silence: letters.Silence | None = None

    @property
    def is_answered(self) -> bool:
        """True where an answer is owed."""
        return self.silence is None


def take(data: bytes, *, at: datetime) -> Taken:
    """Make reports of one RFC 5322 message and owe its answer, all in one transaction; the same mail again changes nothing.

    Raises `abusemail.Unreadable` where it is too large, too deep or broken; then nothing was stored.
    """
    mail = abusemail.read(data)
    if not (mail.complaints or mail.answer_to or mail.message_id or mail.is_automatic):
        # No sender, no number and nothing to take: these bytes are no mail at all, whatever the parser makes of them.
        raise abusemail.Unreadable(abusemail.Fault.BROKEN)
    with transaction.atomic():
        results = [_result(mail, complaint, number=number, at=at) for number, complaint in enumerate(mail.complaints)]
        receipts = [one for one in results if isinstance(one, letters.Received)]
        refusals = [one for one in results if isinstance(one, str)]
        repeats = len(results) - len(receipts) - len(refusals)
        # Where all of it came before, its answer did, too.
        is_new = bool(receipts) or not repeats
        silence = _owe_answer(mail, receipts, refusals, at=at) if is_new else letters.Silence.BEFORE
    return Taken(len(receipts), repeats, len(refusals), silence)


def _owe_answer(
    mail: Mail, received: list[letters.Received], refusals: list[str], *, at: datetime
) -> letters.Silence | None:
    if mail.is_automatic:
        return letters.Silence.AUTOMATIC
    if not mail.answer_to:
        return letters.Silence.NOBODY
    letter = letters.Letter(mail.answer_to, mail.message_id, tuple(received), tuple(refusals))
    return letters.owe(letter, at=at)


def _result(mail: Mail, complaint: Complaint, *, number: int, at: datetime) -> letters.Received | str | None:
    """Return the receipt of one complaint, or why it cannot be taken, or None where it came before."""
    key = _key(mail, complaint, number=number)
    try:
        receipt = services.receive(_draft(complaint, key=key), at=at)
    except services.AddressRefused as error:
        return str(error)
    except services.NotAboutAnything:
        return "It names no address of a page. Add it as «Reported-URI» (ARF) or «url» (XARF)."
    if receipt.is_repeat:
        return None
    _seal(receipt.report, complaint, at=at)
    return letters.Received(key=key, report_uid=str(receipt.report.uid), remarks=complaint.remarks)


def _key(mail: Mail, complaint: Complaint, *, number: int) -> str:
    # The words are part of it, so that a Message-ID which is used twice hides nothing; and whoever is answered, so that
    # nobody is sent the receipt of a mail that another has written.
    parts = [mail.answer_to.lower(), mail.message_id, str(number), repr(complaint)]
    return f"mail:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()}"


def _draft(complaint: Complaint, *, key: str) -> services.Draft:
    reason, nature = meaning(complaint.about)
    return services.Draft(
        reason=reason,
        nature=nature,
        channel=Channel.MAIL,
        page_url=complaint.addresses[0] if complaint.addresses else "",
        words=_words(complaint),
        idempotency_key=key,
    )


def meaning(about: str) -> tuple[Reason, Nature]:
    """Return reason and nature for what a complaint says that it is about."""
    parts = about.lower().split("/")
    names = ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((_MEANINGS[name] for name in names if name in _MEANINGS), _ANYTHING)


def _words(complaint: Complaint) -> str:
    facts = [f"{complaint.format} {complaint.about}", *complaint.details, *complaint.digests]
    facts += [f"also: {address}" for address in complaint.addresses[1:]]
    if complaint.left_out:
        facts.append(f"{complaint.left_out} files came with it and were not kept")
    said = "\n".join(facts)[: WORDS // 2]
    return f"{complaint.words[: WORDS - len(said) - 2]}\n\n{said}".strip()


def _seal(report: Report, complaint: Complaint, *, at: datetime) -> None:
    source, sent_by = complaint.source, complaint.sent_by
    if source is None and not sent_by and not complaint.account_id:
        return
    when = source.at.astimezone(UTC) if source and source.at else at
    known = contexts.Facts(
        author_id=complaint.account_id,
        connections=(contexts.Connection(source.ip, source.port, when, f"named in {complaint.format}"),)
        if source
        else (),
        profile_notes=(contexts.Note(f"{complaint.format} from: {sent_by}"),) if sent_by else (),
    )
    # Still inside the transaction that made the report, so nobody has read it without this.
    Report.objects.filter(pk=report.pk).update(surroundings={"sealed": str(contexts.seal(known, at=at).uid)})

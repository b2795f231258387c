"""Answers to mails: owed in the transaction that took the mail, sent by the worker after it.

The address stands sealed in what is owed and nowhere else. The code is made anew from the key when the letter is written.
"""

from __future__ import annotations

import base64
import enum
import json
import logging
import smtplib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.core.cache.backends.filebased import FileBasedCache
from django.core.mail import EmailMessage
from django.tasks import task

from leeward.core import config, keys, outbox, wakeups
from leeward.reports import acknowledge, receipts
from leeward.reports.models import Report

log = logging.getLogger("leeward.mail")

# "Responders SHOULD limit the rate", RFC 3834 section 2: whoever sends no reports is told so once in this time.
_ONCE_IN = timedelta(days=1)
_KEPT_ADDRESSES = 20_000
_FINAL = 500  # "5yz Permanent Negative Completion reply", RFC 5321 section 4.2.1


class Silence(enum.StrEnum):
    """Why a mail is not answered, in the words of the mail server's log."""

    NO_SENDER = "LEEWARD_MAIL_FROM is not set"
    OURSELVES = "it came from our own address"
    TOLD = "its sender was told within the last day"
    AUTOMATIC = "a machine, a list or a mail server sent it"
    NOBODY = "it names no single address to answer"
    BEFORE = "all of it came before"


@dataclass(frozen=True)
class Received:
    """One complaint that became a report, the key that its code is made of, and the fields that were not as they should be."""

    key: str
    report_uid: str
    remarks: Sequence[str] = ()


@dataclass(frozen=True)
class Letter:
    """One answer: what was received and why something was not; with neither, that the mail was no report."""

    to: str
    in_reply_to: str
    received: Sequence[Received] = ()
    refusals: Sequence[str] = ()


def owe(letter: Letter, *, at: datetime) -> Silence | None:
    """Owe an answer, or return why not: the operator set no address, the answer would go to that, or one like it went today.

    Call it in the transaction that took the mail.
    """
    sender = config.current().intake.mail_from
    if not sender:
        return Silence.NO_SENDER
    if letter.to.lower() == sender.lower():
        return Silence.OURSELVES
    whose = keys.keyed_digest("letters", letter.to.lower()).hex()
    if not letter.received and not told().add(whose, at.isoformat(), timeout=_ONCE_IN.total_seconds()):
        return Silence.TOLD
    letter_uid = str(uuid.uuid4())
    version, sealed = keys.wrap(json.dumps(asdict(letter)).encode(), place=f"letter:{letter_uid}")
    arguments = {"letter_uid": letter_uid, "sealed": f"{version}:{base64.b64encode(sealed).decode()}"}
    outbox.owe([outbox.Owed(send, arguments)], at=at)
    wakeups.ring()
    return None


def told() -> FileBasedCache:
    """Return the book of whom we told, and when, that a mail was no report: keyed digests of addresses, for a day."""
    folder = config.current().server.data_dir / "letters"
    return FileBasedCache(str(folder), {"MAX_ENTRIES": _KEPT_ADDRESSES})


@task
def send(letter_uid: str, sealed: str) -> None:
    """Write one answer and hand it to the mail server. It may go out twice, with the same Message-ID."""
    version, _, text = sealed.rpartition(":")
    letter = _opened(json.loads(keys.unwrap(version, base64.b64decode(text), place=f"letter:{letter_uid}")))
    current = config.current()
    reports = {str(one.uid): one for one in Report.objects.filter(uid__in=[one.report_uid for one in letter.received])}
    message = EmailMessage(
        subject="Your report was received" if letter.received else "We could not read a report in your mail",
        body=_body(letter),
        from_email=current.intake.mail_from,
        to=[letter.to],
        headers=_headers(letter, letter_uid=letter_uid),
    )
    for number, one in enumerate(letter.received, 1):
        jws = acknowledge.acknowledgement(reports[one.report_uid])
        message.attach(f"acknowledgement-{number}.jwt", jws, "application/jwt")
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as refused:
        if any(code < _FINAL for code, _ in refused.recipients.values()):
            raise
        # Nobody has this address, and another try would not change that.
        log.info("letter not deliverable", extra={"error": type(refused).__qualname__})


def _opened(sealed: Mapping[str, Any]) -> Letter:
    received = tuple(Received(one["key"], one["report_uid"], tuple(one["remarks"])) for one in sealed["received"])
    return Letter(sealed["to"], sealed["in_reply_to"], received, tuple(sealed["refusals"]))


def _headers(letter: Letter, *, letter_uid: str) -> dict[str, str]:
    """Return the headers of an answer that no robot answers, after RFC 3834."""
    host = urlsplit(config.current().server.site_url).hostname
    headers = {"Auto-Submitted": "auto-replied", "Message-ID": f"<{letter_uid}@{host}>"}
    if letter.in_reply_to:
        headers |= {"In-Reply-To": letter.in_reply_to, "References": letter.in_reply_to}
    return headers


def _body(letter: Letter) -> str:
    site = config.current().server.site_url
    lines = ["Hello,", ""]
    if letter.received:
        lines += ["We have your report. A person looks at it.", ""]
        for number, one in enumerate(letter.received, 1):
            lines += [f"Report {number}, code: {receipts.grouped(receipts.for_key(one.key))}"]
            if one.remarks:
                lines += [f"  These fields are missing or not as XARF wants them: {', '.join(one.remarks)}."]
        lines += ["", f"With the code you can read what was done, and answer us: {site}/r/"]
        lines += [f"The attached files prove that we have it. The keys are at {site}/.well-known/jwks.json", ""]
    if letter.refusals:
        lines += ["We could not take this:", *(f"- {words}" for words in dict.fromkeys(letter.refusals)), ""]
    if not letter.received:
        if not letter.refusals:
            lines += ["We found no report in your mail. Nothing was done, and your mail was not kept.", ""]
        lines += [f"To report something, use {site}/report/. You need no account.", _HOW, ""]
    lines += [f"If a child is in danger now, call the emergency number. {site}/h/ says who can help.", ""]
    return "\n".join(lines)


_HOW = "Programs send ARF (RFC 5965) or XARF 4 to this address, each with the address of the page."

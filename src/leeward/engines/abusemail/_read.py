"""One mail: who may be answered, whether a machine sent it, and what it complains of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses
from typing import Final

from leeward.engines.abusemail import _arf, _text, _xarf
from leeward.engines.abusemail._limits import Fault, ShortHeaders, Unreadable, parts, refuse_large
from leeward.engines.abusemail._values import Complaint

_MESSAGE_ID: Final = re.compile(r"<[!-;=?-~]{1,250}>")
# Plain enough to be written into a header again, and no longer than RFC 5321 section 4.5.3.1 has it.
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}")
_LIST_HEADERS: Final = ("List-Id", "List-Unsubscribe", "List-Post", "List-Help", "X-Loop")
_ROBOTS: Final = re.compile(
    r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)([+.=-].*)?@.*", re.IGNORECASE
)
_BOUNCES: Final = frozenset({"delivery-status", "disposition-notification"})
# What the standard library's parser raises over headers that were made to be wrong.
_BROKEN: Final = (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError)


@dataclass(frozen=True)
class Mail:
    """What a mail is. `message_id` and `answer_to` are empty where there is none that can be used."""

    message_id: str
    answer_to: str
    is_automatic: bool
    complaints: tuple[Complaint, ...]


def read(data: bytes) -> Mail:
    """Return what one RFC 5322 message is; raise `Unreadable` for one that is too large, too deep or broken."""
    refuse_large(data)
    try:
        return _mail(BytesParser(policy=ShortHeaders()).parsebytes(data))
    except _BROKEN as error:
        raise Unreadable(Fault.BROKEN) from error


def _mail(message: Message) -> Mail:
    message_id = _text.header(message, "Message-ID")
    found = list(parts(message))
    complaints = _xarf.complaints(found)
    if not complaints and (feedback := _arf.complaint(found)):
        complaints = [feedback]
    answer_to = _address(message, "Reply-To") or _address(message, "From")
    return Mail(
        message_id=message_id if _MESSAGE_ID.fullmatch(message_id) else "",
        answer_to=answer_to,
        is_automatic=_is_automatic(message) or bool(_ROBOTS.fullmatch(answer_to)),
        complaints=tuple(complaints),
    )


def _address(message: Message, name: str) -> str:
    """Return the one address of a header; nothing where there are several, or it is not a plain one."""
    found = [address for _, address in getaddresses([_text.header(message, name)]) if address]
    return found[0] if len(found) == 1 and _ADDRESS.fullmatch(found[0]) else ""


def _is_automatic(message: Message) -> bool:
    """True where RFC 3834 section 2 forbids an answer: what a machine, a list or the post itself sent."""
    submitted = _text.header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted not in {"", "no"} or any(name in message for name in _LIST_HEADERS):
        return True
    if _text.header(message, "Precedence").lower() in {"bulk", "list", "junk", "auto_reply"}:
        return True
    if "X-Auto-Response-Suppress" in message or _text.header(message, "Return-Path") == "<>":
        return True
    report_type = str(message.get_param("report-type") or "").lower()
    return message.get_content_type() == "multipart/report" and report_type in _BOUNCES

"""How large and how deep a mail may be: looked at before the parser sees it, whose time grows with depth times lines."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from email import policy
from email.message import Message
from typing import Final

MAIL_BYTES: Final = 10_485_760  # 10 MiB; Postfix takes 10,240,000 bytes by default, postconf(5) message_size_limit.
LINES: Final = 400_000  # 10 MiB in base64 are 140,000 lines.
NESTED: Final = 30
PARTS: Final = 200
HEADER_CHARACTERS: Final = 4096
_BOUNDARY: Final = re.compile(rb"boundary\s*\*?\s*[0-9]*\*?\s*=", re.IGNORECASE)
_MESSAGE: Final = re.compile(rb"content-type\s*:\s*\"?message/", re.IGNORECASE)


class Fault(enum.StrEnum):
    """Why a mail cannot be read."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    TOO_MANY_PARTS = "too_many_parts"
    BROKEN = "broken"


_WORDS: Final = {
    Fault.EMPTY: "The mail is empty. Send the report again.",
    Fault.TOO_LARGE: f"The mail is larger than {MAIL_BYTES // 2**20} MiB. Send the addresses without files.",
    Fault.TOO_DEEP: "The mail has too many parts inside parts. Send the report as one mail that is not forwarded.",
    Fault.TOO_MANY_PARTS: f"The mail has more than {PARTS} parts. Send it as several mails.",
    Fault.BROKEN: "The mail is broken and cannot be read. Send the report again, as a new mail.",
}


class Unreadable(Exception):
    """The mail cannot be read. The message says why and what to do, and repeats nothing of the mail."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(_WORDS[fault])
        self.fault = fault


class ShortHeaders(policy.Compat32):
    """The parser's policy: a header is cut where it is longer than any that is read here.

    The parser takes quadratic time over the parameters of a header.
    """

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return name and value of a header."""
        name, _, value = sourcelines[0].partition(":")
        whole = value.lstrip(" \t") + "".join(sourcelines[1:])
        return name[:HEADER_CHARACTERS], whole[:HEADER_CHARACTERS].rstrip("\r\n")


def refuse_large(data: bytes) -> None:
    """Raise `Unreadable` for a mail over which the parser would take long."""
    if not data.strip():
        raise Unreadable(Fault.EMPTY)
    if len(data) > MAIL_BYTES or data.count(b"\n") > LINES:
        raise Unreadable(Fault.TOO_LARGE)
    if any(sum(1 for _ in pattern.finditer(data)) > NESTED for pattern in (_BOUNDARY, _MESSAGE)):
        raise Unreadable(Fault.TOO_DEEP)


def parts(message: Message) -> Iterator[Message]:
    """Yield the parts that hold no other parts, in order; what stands inside a mail that was sent along is left out."""
    waiting, seen = [message], 0
    while waiting:
        part, seen = waiting.pop(0), seen + 1
        if seen > PARTS:
            raise Unreadable(Fault.TOO_MANY_PARTS)
        inside = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inside, list):
            waiting[:0] = [one for one in inside if isinstance(one, Message)]
        else:
            yield part

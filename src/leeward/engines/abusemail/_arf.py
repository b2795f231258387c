"""Abuse Reporting Format: RFC 5965, with the source port of RFC 6692."""

from __future__ import annotations

import ipaddress
from datetime import datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Final

from leeward.engines.abusemail import _text
from leeward.engines.abusemail._values import Complaint, Format, Source

REPORT: Final = "message/feedback-report"
# Who says that something is no spam, or asks to be left out, or reports on signatures, complains of no harm.
_NO_HARM: Final = frozenset({"not-spam", "opt-out", "opt-out-list", "auth-failure", "dmarc"})
_ADDRESSES: Final = 20
_PORT_MAX: Final = 65_535


def complaint(parts: list[Message]) -> Complaint | None:
    """Return what a feedback report says, or None where there is none."""
    fields = next((found for part in parts if (found := _fields(part)) is not None), None)
    if fields is None:
        return None
    about = _text.line(_text.header(fields, "Feedback-Type"), most=40).lower()
    if not about or about in _NO_HARM:
        return None
    human = next((part for part in parts if part.get_content_type() == "text/plain"), None)
    return Complaint(
        Format.ARF,
        about,
        addresses=_addresses(fields),
        words=_text.words_of(human) if human is not None else "",
        source=_source(fields),
        sent_by=_text.line(_text.header(fields, "User-Agent")),
        left_out=sum(part.get_content_type() not in {REPORT, "text/plain"} for part in parts),
    )


def _fields(part: Message) -> Message | None:
    if part.get_content_type() != REPORT:
        return None
    inside = part.get_payload()
    if isinstance(inside, list) and inside and isinstance(inside[0], Message):
        return inside[0]
    return None


def _addresses(fields: Message) -> tuple[str, ...]:
    uris = [" ".join(str(value).split()) for value in fields.get_all("Reported-URI", [])]
    pages = [uri for uri in uris if uri.lower().startswith(("http://", "https://"))]
    hosts = [f"https://{_text.line(str(value))}/" for value in fields.get_all("Reported-Domain", [])]
    # A domain alone is less than an address, so it counts only where there is no address.
    return tuple(_text.line(address, most=2048) for address in (pages or hosts)[:_ADDRESSES])


def _source(fields: Message) -> Source | None:
    ip = ip_of(_text.header(fields, "Source-IP"))
    if not ip:
        return None
    port = _text.header(fields, "Source-Port")
    at = _when(_text.header(fields, "Arrival-Date") or _text.header(fields, "Received-Date"))
    return Source(ip, port_of(int(port)) if port.isdecimal() and len(port) <= 5 else None, at)


def ip_of(text: str) -> str:
    """Return an IP address in its usual spelling, or nothing."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def port_of(number: object) -> int | None:
    """Return a port, or None where that is none."""
    is_port = isinstance(number, int) and not isinstance(number, bool) and 0 < number <= _PORT_MAX
    return number if is_port and isinstance(number, int) else None


def _when(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo is not None else None

"""Mails of harmless complaints: `.example` names, documentation addresses, made-up words."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Any

SENDER = "desk@beacon.example"
PAGE = "https://bad.example/photos/7"
WORDS = "A visitor told us of this page."
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
# Stands in what a mail carries along, and must be found nowhere afterwards.
CANARY = b"kanarienvogel-in-a-file"


def arf(*, human: str = WORDS, headers: Mapping[str, str] | None = None, **fields: Any) -> bytes:
    """Return a report after RFC 5965; `fields` are those of the feedback report, `_` for `-`."""
    said: dict[str, Any] = {
        "Feedback_Type": "abuse",
        "User_Agent": "Beacon/1.0",
        "Version": "1",
        "Source_IP": "192.0.2.7",
        "Arrival_Date": "Sun, 22 Nov 2026 08:30:00 +0100",
        "Reported_URI": PAGE,
    }
    lines = []
    for name, value in (said | fields).items():
        values = [value] if isinstance(value, str) else value
        lines += [f"{name.replace('_', '-')}: {one}" for one in values]
    report = "\r\n".join(lines)
    head = _head(headers, content_type='multipart/report; report-type=feedback-report; boundary="part"')
    parts = [
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{human}",
        f"Content-Type: message/feedback-report\r\n\r\n{report}\r\n",
        f"Content-Type: message/rfc822\r\n\r\nFrom: eve@bad.example\r\nSubject: hello\r\n\r\n{CANARY.decode()}",
    ]
    return f"{head}{_joined(parts)}".encode()


def xarf(*, headers: Mapping[str, str] | None = None, human: str = WORDS, **fields: Any) -> bytes:
    """Return a mail with one XARF 4 document as an attachment."""
    return mail_with(json.dumps(document(**fields)), headers=headers, human=human)


def mail_with(*documents: str, headers: Mapping[str, str] | None = None, human: str = WORDS) -> bytes:
    """Return a mail with JSON texts attached."""
    mail = EmailMessage()
    for name, value in _headers(headers).items():
        mail[name] = value
    mail.set_content(human)
    for number, text in enumerate(documents):
        mail.add_attachment(text.encode(), maintype="application", subtype="json", filename=f"xarf-{number}.json")
    return mail.as_bytes()


def document(**fields: Any) -> dict[str, Any]:
    """Return a XARF 4 document that its schema accepts; a field of None is left out."""
    contact = {"org": "Beacon Hotline", "contact": SENDER, "domain": "beacon.example"}
    whole = {
        "xarf_version": "4.2.0",
        "report_id": "f7a8b9c0-d1e2-4456-8abc-def012345678",
        "timestamp": "2026-11-22T08:30:00Z",
        "reporter": contact,
        "sender": contact,
        "source_identifier": "192.0.2.7",
        "source_port": 4711,
        "category": "content",
        "type": "csam",
        "url": PAGE,
        "classification": "A1",
        "detection_method": "hash_match",
        "hash_values": {"sha256": SHA256},
    }
    return {name: value for name, value in (whole | fields).items() if value is not None}


def evidence() -> list[dict[str, Any]]:
    """Return what a sender may embed and we never keep."""
    payload = base64.b64encode(CANARY).decode()
    return [{"content_type": "image/png", "payload": payload, "description": "a drawn disc"}]


def plain(text: str = "Hello, is this the desk?", *, headers: Mapping[str, str] | None = None) -> bytes:
    """Return a mail of a person that is no report."""
    return f"{_head(headers, content_type='text/plain; charset=utf-8')}{text}\r\n".encode()


def nested(depth: int) -> bytes:
    """Return a mail with so many parts inside parts."""
    part = EmailMessage()
    part.set_content("the innermost")
    for _ in range(depth):
        outer = EmailMessage()
        outer.make_mixed()
        outer.attach(part)
        part = outer
    return part.as_bytes()


def _head(headers: Mapping[str, str] | None, *, content_type: str) -> str:
    whole = {**_headers(headers), "MIME-Version": "1.0", "Content-Type": content_type}
    return "".join(f"{name}: {value}\r\n" for name, value in whole.items()) + "\r\n"


def _headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    usual = {"From": SENDER, "To": "abuse@harbour.example", "Message-ID": "<1@beacon.example>", "Subject": "Report"}
    return {name: value for name, value in (usual | dict(headers or {})).items() if value}


def _joined(parts: Sequence[str]) -> str:
    return "".join(f"--part\r\n{part}\r\n" for part in parts) + "--part--\r\n"

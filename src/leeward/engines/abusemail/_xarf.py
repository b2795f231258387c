"""XARF 4 (xarf.org): a JSON document in a mail. Whatever media it carries is taken out before anything looks at it."""

from __future__ import annotations

import json
import re
from datetime import datetime
from email.message import Message
from typing import Any, Final

from leeward.engines.abusemail import _text
from leeward.engines.abusemail._arf import ip_of, port_of
from leeward.engines.abusemail._limits import Fault, Unreadable
from leeward.engines.abusemail._values import Complaint, Format, Source

MOST: Final = 50
_JSON_BYTES: Final = 10_485_760
_REMARKS: Final = 10
# The schema checker takes minutes and gigabytes for a document of a megabyte that is wrong everywhere.
_CHECKED_CHARACTERS: Final = 65_536
_FIELD: Final = re.compile(r"[a-z_][a-z0-9_.\[\]]{0,60}")
_MISSING: Final = re.compile(r"'([a-z0-9_]{1,40})' is a required property")
_DIGESTS: Final = {"md5": 32, "sha1": 40, "sha256": 64}
# Short facts for a person, by field of the document.
_DETAILS: Final = {
    "classification": "classification",
    "detection_method": "found by",
    "media_type": "media",
    "victim_age_range": "age",
    "platform": "platform",
    "ncmec_report_id": "NCMEC report",
}


def complaints(parts: list[Message]) -> list[Complaint]:
    """Return every XARF 4 document of a mail, in order."""
    documents = [document for part in parts if (document := _document(part)) is not None]
    if len(documents) > MOST:
        raise Unreadable(Fault.TOO_MANY_PARTS)
    human = next((part for part in parts if part.get_content_type() == "text/plain" and _document(part) is None), None)
    words = _text.words_of(human) if human is not None else ""
    return [_complaint(document, words=words) for document in documents]


def _document(part: Message) -> dict[str, Any] | None:
    if not _may_be_json(part):
        return None
    data = _text.bytes_of(part)
    if len(data) > _JSON_BYTES or b"xarf_version" not in data:
        return None
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    is_ours = isinstance(document, dict) and str(document.get("xarf_version", "")).startswith("4.")
    return document if is_ours else None


def _may_be_json(part: Message) -> bool:
    kind = part.get_content_type()
    name = part.get_filename() or ""
    return kind.endswith(("/json", "+json")) or name.lower().endswith(".json") or kind == "text/plain"


def _complaint(document: dict[str, Any], *, words: str) -> Complaint:
    evidence = document.pop("evidence", None)
    document.pop("_internal", None)  # Its schema says that it is never sent.
    return Complaint(
        Format.XARF,
        _about(document),
        addresses=_addresses(document),
        words="\n".join(filter(None, [words, _described(document)]))[: _text.WORDS],
        details=_details(document),
        source=_source(document),
        account_id=_text.line(_inside(document, "perpetrator_indicators").get("account_id")),
        sent_by=_text.line(_inside(document, "reporter").get("org")),
        digests=_digests(document),
        remarks=_remarks(document),
        left_out=len(evidence) if isinstance(evidence, list) else 0,
    )


def _about(document: dict[str, Any]) -> str:
    named = [_text.line(document.get(field), most=40) for field in ("category", "type", "exploitation_type")]
    return "/".join(filter(None, named))


def _addresses(document: dict[str, Any]) -> tuple[str, ...]:
    url = _text.line(document.get("url"), most=2048)
    return (url,) if url.lower().startswith(("http://", "https://")) else ()


def _described(document: dict[str, Any]) -> str:
    text = document.get("description")
    return _text.clean(text, most=1000) if isinstance(text, str) else ""


def _details(document: dict[str, Any]) -> tuple[str, ...]:
    said = [(words, _text.line(document.get(field), most=80)) for field, words in _DETAILS.items()]
    return tuple(f"{words}: {text}" for words, text in said if text)


def _source(document: dict[str, Any]) -> Source | None:
    ip = ip_of(_text.line(document.get("source_identifier")))
    if not ip:
        return None
    return Source(ip, port_of(document.get("source_port")), _when(document.get("timestamp")))


def _when(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def _digests(document: dict[str, Any]) -> tuple[str, ...]:
    given = _inside(document, "hash_values")
    found = [(name, _text.line(given.get(name)).lower(), length) for name, length in _DIGESTS.items()]
    return tuple(f"{name}:{text}" for name, text, length in found if re.fullmatch(f"[0-9a-f]{{{length}}}", text))


def _inside(document: dict[str, Any], field: str) -> dict[str, Any]:
    inside = document.get(field)
    return inside if isinstance(inside, dict) else {}


def _remarks(document: dict[str, Any]) -> tuple[str, ...]:
    if len(json.dumps(document)) > _CHECKED_CHARACTERS:
        return ("length",)
    import xarf  # It builds grammars for a second when it is loaded, and only this needs it.

    try:
        errors = xarf.parse(document).errors
    except (xarf.XARFError, ValueError, TypeError, RecursionError):
        return ("xarf_version",)
    names = dict.fromkeys(_named(str(error.field), str(error.message)) for error in errors)
    return tuple(name for name in names if _FIELD.fullmatch(name))[:_REMARKS]


def _named(field: str, message: str) -> str:
    """Return which field an error is about; for one that is missing, its name stands in the message."""
    missing = _MISSING.fullmatch(message)
    return ".".join(filter(None, [field, missing[1]])) if missing else field

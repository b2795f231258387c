"""The door of receipts: partners confirm here that they took withdrawals in. No part of TAXII, and nobody has to."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from leeward.engines.stix import taxii
from leeward.exchange.partners.models import Partner
from leeward.exchange.receipts import services as receipts
from leeward.exchange.taxii import doors
from leeward.exchange.taxii.doors import Refused
from leeward.exchange.taxii.own_doors import own_door

_TYPES = ("application/json", "application/taxii+json")
_HOW = 'Send a JSON list of {"id": …, "version": …}, one for each withdrawal that was taken in.'
_ID_LONGEST = 250


@own_door("POST")
def confirm(request: HttpRequest, partner: Partner, collection: str) -> HttpResponse:
    """Note a list of receipts. What is no withdrawal, as far as this partner can see, is named; the rest counts."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() not in _TYPES:
        raise Refused(415, "This media type is not taken here", f"Send {_TYPES[0]}.")
    sent = _sent(request.body)
    read = [_item(one) for one in sent]
    unknown = set(receipts.acknowledge_all(partner, [item for item in read if item is not None], at=timezone.now()))
    failures = [
        {"index": index, "message": _HOW if item is None else "You were told no withdrawal with this id and version."}
        for index, item in enumerate(read)
        if item is None or item in unknown
    ]
    return doors.answer({"taken": len(sent) - len(failures), "failures": failures})


def _sent(body: bytes) -> list[Any]:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, "The body cannot be read", _HOW) from None
    if not isinstance(sent, list):
        raise Refused(400, "The body is no list", _HOW)
    if len(sent) > receipts.ITEMS_MAX:
        raise Refused(413, "The list is too long", f"Send at most {receipts.ITEMS_MAX} receipts at a time.")
    return sent


def _item(sent: object) -> receipts.Item | None:
    """Return what was sent as an item, or None where it is none."""
    if not isinstance(sent, dict):
        return None
    object_id, version = sent.get("id"), sent.get("version")
    if not (isinstance(object_id, str) and isinstance(version, str)) or len(object_id) > _ID_LONGEST:
        return None
    # A database takes no text with a zero in it, and no id has one.
    if not object_id.isascii() or not object_id.isprintable():
        return None
    try:
        return receipts.Item(object_id, taxii.parse_timestamp(version))
    except ValueError:
        return None

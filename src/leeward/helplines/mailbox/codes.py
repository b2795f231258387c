"""The code of a mailbox where the browser runs no script: the server makes it, derives what it opens, and forgets it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from uuid import UUID

from leeward.core import codes, keys
from leeward.engines import sealing
from leeward.helplines import octets

TICKET = timedelta(hours=2)
_TICKET_PLACE = "helplines ticket"


def site() -> bytes:
    """Return the salt of this site, which every visitor may know: it keeps one table of all codes from fitting two sites."""
    return keys.derived("talk codes")


def of_form(key: UUID) -> str:
    """Return the code that belongs to a form, so that sending it twice is one talk. The key of the form is stored nowhere."""
    return codes.checked(int.from_bytes(keys.keyed_digest("talk code", str(key))) % codes.RANDOM)


def message_of_form(key: UUID) -> UUID:
    """Return the client id of a form's message. The key cannot be found from it."""
    return UUID(bytes=keys.keyed_digest("talk message", str(key))[:16])


def opening(code: str) -> sealing.Opening:
    """Return what a code opens here. Takes a quarter of a second of a core, so ask first whether its network must wait."""
    return sealing.from_code(code, site=site())


def ticket(opened: sealing.Opening, *, at: datetime) -> str:
    """Return what the forms of an open mailbox carry in place of its code: sealed for us, and good for two hours."""
    said = {"private": octets.text_of(opened.private), "finder": octets.text_of(opened.finder), "at": at.timestamp()}
    version, sealed = keys.wrap(json.dumps(said).encode(), place=_TICKET_PLACE)
    return f"{version}:{octets.text_of(sealed)}"


def of_ticket(text: str, *, at: datetime) -> sealing.Opening | None:
    """Return what a ticket opens, or None where we did not write it, or more than two hours ago."""
    version, _colon, sealed = text.partition(":")
    try:
        said = json.loads(keys.unwrap(version, octets.octets_of(sealed), place=_TICKET_PLACE))
    except (keys.NoSuchKey, keys.SealBroken, octets.NoOctets, ValueError):
        return None
    if not 0 <= at.timestamp() - said["at"] <= TICKET.total_seconds():
        return None
    private = octets.octets_of(said["private"])
    return sealing.Opening(octets.octets_of(said["finder"]), private, sealing.public_of(private))

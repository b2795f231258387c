"""Judge what a wallet sends. Nothing of it is kept but which ages it says are passed."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Any

from leeward.age.issuers import services as issuers
from leeward.age.wallet import requests
from leeward.age.wallet.memory import Memory
from leeward.age.wallet.requests import Address
from leeward.engines import mdoc

# Base64 of the largest document, and the names around it.
MOST_LETTERS = mdoc.MOST_BYTES * 4 // 3 + 1024


class Refused(Exception):
    """A wallet's answer does not count; `code` says why, for figures and for the wallet's log. Ask the wallet anew."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Busy(Refused):
    """There is no room to judge this answer now; nothing is said of it. Take another way, or ask the wallet anew in a minute."""


def presentation(vp_token: str, *, most_letters: int = MOST_LETTERS) -> str:
    """Return the one presentation inside a `vp_token`: OpenID4VP 1.0, 8.1. Raises `Refused`."""
    if len(vp_token) > most_letters:
        raise Refused("token_too_large")
    try:
        token: Any = json.loads(vp_token)
    except (ValueError, RecursionError):
        raise Refused("token_not_json") from None
    if not isinstance(token, dict) or set(token) != {requests.CREDENTIAL}:
        raise Refused("token_other_credential")
    shown = token[requests.CREDENTIAL]
    if not isinstance(shown, list) or len(shown) != 1 or not isinstance(shown[0], str):
        raise Refused("token_not_one")
    return str(shown[0])


def of_mdoc(answer: str, memory: Memory, *, to: Address, wanted: int, at: datetime) -> dict[int, bool]:
    """Return the ages that a mobile document shows which was sent to our address. Raises `Refused`."""
    return _ages(octets(answer), transcript=transcript_by_link(memory, to=to), wanted=wanted, at=at)


def of_browser(answer: str, memory: Memory, *, wanted: int, at: datetime) -> dict[int, bool]:
    """Return the ages that a mobile document shows which came through the browser, sealed. Raises `Refused`."""
    transcript = transcript_through_browser(memory)
    try:
        response = mdoc.open_sealed(octets(answer), key=memory.private_key, transcript=transcript)
    except mdoc.Refused as refused:
        raise Refused(f"mdoc_{refused.reason}") from None
    return _ages(response, transcript=transcript, wanted=wanted, at=at)


def transcript_by_link(memory: Memory, *, to: Address) -> bytes:
    """Return what binds an answer to a request by link."""
    return mdoc.transcript_openid4vp(client_id=to.client_id, nonce=memory.nonce, response_uri=to.response_uri)


def transcript_through_browser(memory: Memory) -> bytes:
    """Return what binds an answer to a request through the browser."""
    info = requests.encryption_info(memory)
    return mdoc.transcript_iso_dc_api(origin=requests.origin(), encryption_info=info)


def _ages(response: bytes, *, transcript: bytes, wanted: int, at: datetime) -> dict[int, bool]:
    try:
        shown = mdoc.verify(
            response,
            transcript=transcript,
            doctype=requests.DOCTYPE,
            namespace=requests.DOCTYPE,
            asked=frozenset({mdoc.element(wanted)}),
            trusted=issuers.trusted(),
            at=at,
        )
        return mdoc.statements(shown.elements)
    except mdoc.Refused as refused:
        raise Refused(f"mdoc_{refused.reason}") from None


def octets(text: str, *, most_letters: int = MOST_LETTERS) -> bytes:
    """Return what base64url, with or without padding, stands for. Raises `Refused`."""
    if len(text) > most_letters:
        raise Refused("token_too_large")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise Refused("token_not_base64") from None

"""What a form without a session carries from screen to screen: the reporter's code, sealed, so that nobody can try out codes."""

from __future__ import annotations

import base64
import binascii

from leeward.core import keys
from leeward.reports import receipts

_PLACE = "ticket of the form"


def write(code: str) -> str:
    """Return the text of a hidden field that only this server can open or make."""
    version, sealed = keys.wrap(code.encode(), place=_PLACE)
    return f"{version}:{base64.urlsafe_b64encode(sealed).decode()}"


def read(text: str) -> str | None:
    """Return the code of a ticket, or None where we did not write it."""
    version, _, sealed = text.partition(":")
    try:
        code = keys.unwrap(version, base64.b64decode(sealed, altchars=b"-_", validate=True), place=_PLACE).decode()
    except (keys.NoSuchKey, keys.SealBroken, binascii.Error, ValueError):
        return None
    return receipts.read(code)

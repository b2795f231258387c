"""Octets as text, as they stand in a form: base64url without padding (RFC 4648, section 5)."""

from __future__ import annotations

import base64
import binascii


class NoOctets(Exception):
    """The text is no base64url: load the page again, which sends it right."""


def text_of(octets: bytes) -> str:
    """Return octets as text."""
    return base64.urlsafe_b64encode(octets).decode("ascii").rstrip("=")


def octets_of(text: str) -> bytes:
    """Return the octets of a text; raise `NoOctets`."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NoOctets from None

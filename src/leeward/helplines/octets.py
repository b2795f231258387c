"""Octets as text, as they stand in a form or a frame: base64url without padding (RFC 4648, section 5)."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django import forms


class NoOctets(Exception):
    """The text is no base64url: load the page again, which sends it right."""


def text_of(octets: bytes | memoryview[int]) -> str:
    """Return octets as text; a row of the database gives them as a view."""
    return base64.urlsafe_b64encode(octets).decode("ascii").rstrip("=")


def octets_of(text: str) -> bytes:
    """Return the octets of a text; raise `NoOctets`."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NoOctets from None


class OctetsField(forms.CharField):
    """Octets as base64url, of one length or between two."""

    def __init__(self, *, least: int, most: int) -> None:
        super().__init__(max_length=2 * most, strip=False)
        self.least, self.most = least, most

    def clean(self, value: Any) -> bytes:
        try:
            found = octets_of(super().clean(value))
        except NoOctets:
            raise forms.ValidationError("no octets") from None
        if not self.least <= len(found) <= self.most:
            raise forms.ValidationError("too few or too many octets")
        return found

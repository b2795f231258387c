"""Form fields that take octets."""

from __future__ import annotations

from typing import Any

from django import forms

from leeward.helplines import octets


class OctetsField(forms.CharField):
    """Octets as base64url, of one length or between two."""

    def __init__(self, *, least: int, most: int) -> None:
        super().__init__(max_length=2 * most, strip=False)
        self.least, self.most = least, most

    def clean(self, value: Any) -> bytes:
        try:
            found = octets.octets_of(super().clean(value))
        except octets.NoOctets:
            raise forms.ValidationError("no octets") from None
        if not self.least <= len(found) <= self.most:
            raise forms.ValidationError("too few or too many octets")
        return found

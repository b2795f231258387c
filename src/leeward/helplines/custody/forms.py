"""What the keys page sends: public halves, and private ones that its browser sealed."""

from __future__ import annotations

from typing import Any

from django import forms

from leeward.engines import sealing
from leeward.helplines.custody.models import WRAPPED_BYTES
from leeward.helplines.custody.services import Copy, Share
from leeward.helplines.octets import OctetsField

# A sealed key, and a sealed share, which is as long.
SEALED_KEY_BYTES = sealing.KEY_BYTES + sealing.OVERHEAD_BYTES
_MOST = 200  # People at a desk.


def _key() -> OctetsField:
    return OctetsField(least=sealing.KEY_BYTES, most=sealing.KEY_BYTES)


def _sealed_key() -> OctetsField:
    return OctetsField(least=SEALED_KEY_BYTES, most=SEALED_KEY_BYTES)


class OwnForm(forms.Form):
    """One's own key pair."""

    public = _key()
    wrapped = OctetsField(least=WRAPPED_BYTES, most=WRAPPED_BYTES)
    is_new_one = forms.BooleanField(required=False)


class CopyForm(forms.Form):
    """A desk's key, sealed to somebody."""

    holder = forms.IntegerField(min_value=1)
    sealed = _sealed_key()

    def copy(self) -> Copy:
        """Return what was sent."""
        return Copy(self.cleaned_data["holder"], self.cleaned_data["sealed"])


class ShareForm(CopyForm):
    """A share of it."""

    place = forms.IntegerField(min_value=1, max_value=255)

    def share(self) -> Share:
        """Return what was sent."""
        return Share(self.cleaned_data["holder"], self.cleaned_data["place"], self.cleaned_data["sealed"])


class HolderForm(forms.Form):
    """Whose copy is taken away."""

    holder = forms.IntegerField(min_value=1)


class BeginForm(forms.Form):
    """A new key of a desk, with its copies and shares as lists."""

    public = _key()
    copies = forms.JSONField()
    shares = forms.JSONField(required=False)

    def clean_copies(self) -> list[Copy]:
        return [CopyForm.copy(form) for form in _each(CopyForm, self.cleaned_data["copies"])]

    def clean_shares(self) -> list[Share]:
        return [ShareForm.share(form) for form in _each(ShareForm, self.cleaned_data["shares"] or [])]


def _each[F: forms.Form](kind: type[F], entries: Any) -> list[F]:
    if not isinstance(entries, list) or len(entries) > _MOST or not all(isinstance(one, dict) for one in entries):
        raise forms.ValidationError("no list of sealed keys")
    found = [kind(entry) for entry in entries]
    if not all(form.is_valid() for form in found):
        raise forms.ValidationError("one of the sealed keys is none")
    return found

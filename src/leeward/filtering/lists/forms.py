"""The form for a list by its address."""

from __future__ import annotations

import base64
import binascii

from django import forms
from django.core.validators import URLValidator
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from leeward.engines.policy import family
from leeward.engines.policy.lists import Format
from leeward.filtering.lists import taking
from leeward.filtering.lists.models import ListSource
from leeward.filtering.lists.presets import Preset

_FORMATS = (
    (Format.DOMAINS, _("Plain names, one a line")),
    (Format.HOSTS, _("Hosts file")),
    (Format.ADBLOCK, _("Adblock rules")),
    (Format.DNSMASQ, _("Configuration of dnsmasq")),
    (Format.RPZ, _("Response policy zone")),
)
_KEY_BYTES = 32  # RFC 8032, 5.1.5


def _subjects() -> list[tuple[str, object]]:
    entries = [(entry.slug, entry.title) for entry in family.catalogue().entries]
    # Nothing is chosen beforehand: a list under the wrong subject closes what nobody wanted closed.
    return [("", _("Choose a subject")), *entries, (taking.RESETS, _("These names stay open"))]


class ListForm(forms.Form):
    """Everything that is needed to switch on a list that Leeward does not offer by itself."""

    name = forms.CharField(max_length=60, label=_("Name"))
    address = forms.CharField(max_length=500, label=_("Address"), validators=[URLValidator(schemes=["http", "https"])])
    format = forms.ChoiceField(choices=_FORMATS, label=_("Format"))
    marks = forms.ChoiceField(choices=_subjects, label=_("Subject"))
    licence = forms.CharField(max_length=60, label=_("Licence"), help_text=_("Ask the makers where it is not written."))
    signature_key = forms.CharField(
        required=False,
        max_length=44,
        label=_("Key of its makers"),
        help_text=_("An Ed25519 key in base64. Then only what they signed is taken."),
    )
    shrink_percent = forms.IntegerField(
        initial=20, min_value=0, max_value=100, label=_("May shrink by, in percent, before you look")
    )
    grow_percent = forms.IntegerField(
        initial=50, min_value=0, max_value=10_000, label=_("May grow by, in percent, before you look")
    )

    def clean_name(self) -> str:
        """Refuse a name that another list has, or that has no letters for an address of its own."""
        name = str(self.cleaned_data["name"])
        if not slugify(name) or ListSource.objects.filter(slug=slugify(name)).exists():
            raise forms.ValidationError(
                _("Another list has this name, or it has no plain letters. Choose another one.")
            )
        return name

    def clean_signature_key(self) -> str:
        """Refuse what is no key."""
        key = str(self.cleaned_data["signature_key"])
        try:
            is_key = not key or len(base64.b64decode(key, validate=True)) == _KEY_BYTES
        except binascii.Error:
            is_key = False
        if not is_key:
            raise forms.ValidationError(_("This is no Ed25519 key in base64. Copy it whole."))
        return key

    def preset(self) -> Preset:
        """Return what was filled in."""
        filled = self.cleaned_data
        return Preset(slug=slugify(filled["name"]), **(filled | {"format": Format(filled["format"])}))

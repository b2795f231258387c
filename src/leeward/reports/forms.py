"""How people report on this site."""

from __future__ import annotations

import uuid

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from leeward.engines import hashing
from leeward.reports import services
from leeward.reports.models import Reason

PICTURE_BYTES = 10 * 1024 * 1024
_NO_CONTROLS = RegexValidator(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]",
    "There is a sign in it that we cannot read. Write it again.",
    inverse_match=True,
)


class ReportForm(forms.Form):
    """Three choices, one address, and as many words as somebody wants."""

    reason = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one.")},
    )
    page_url = forms.CharField(
        label=_("Where did you see it?"),
        help_text=_("Copy the address of the page and put it here."),
        max_length=2048,
        error_messages={"required": _("Copy the address of the page and put it here.")},
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    words = forms.CharField(
        label=_("Do you want to say more?"),
        required=False,
        max_length=4000,
        validators=[_NO_CONTROLS],
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    picture = forms.FileField(
        label=_("Add a picture of the page"),
        help_text=_("Never add a picture of a child without clothes. The address is enough for us."),
        required=False,
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean_picture(self) -> services.Picture | None:
        """Take a picture that can be read; say what to do with any other file."""
        file = self.cleaned_data.get("picture")
        if not file:
            return None
        if file.size > PICTURE_BYTES:
            raise forms.ValidationError(_("This picture is too big. Send a smaller one, or leave it out."))
        data = file.read()
        try:
            hashing.hash_picture(data)
        except hashing.PictureRefused:
            raise forms.ValidationError(_("We cannot open this file. Choose a picture, or leave it out.")) from None
        return services.Picture(data, (file.content_type or "application/octet-stream")[:100])

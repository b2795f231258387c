"""The forms by which the operator trusts issuers and follows lists of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from leeward.age.issuers.certificates import MOST_BYTES
from leeward.age.issuers.models import Form


class CertificatesForm(forms.Form):
    """A file of certificates, put in by hand."""

    use_required_attribute = False
    form = forms.ChoiceField(choices=Form.choices, label=_("Form of its proofs"))
    file = forms.FileField(
        label=_("Certificates"),
        help_text=_("The root certificates of issuers, as a PEM file. Their proofs count at once."),
        error_messages={"required": _("Choose a file first.")},
        widget=forms.FileInput(attrs={"accept": ".pem,.crt,.cer,application/x-pem-file"}),
    )

    def clean_file(self) -> bytes:
        """Return what is in the file."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(_("The file is too large. It has at most 1 MB."))
        return bytes(file.read())


class ListForm(forms.Form):
    """An address to follow."""

    use_required_attribute = False
    form = forms.ChoiceField(choices=Form.choices, label=_("Form of its proofs"))
    address = forms.CharField(
        max_length=500,
        label=_("Address"),
        help_text=_("It gives certificates as PEM, by https. What is new waits for you; what is gone counts no more."),
        validators=[URLValidator(schemes=["https"], message=_("Write an address that begins with https://"))],
    )

"""The form by which the operator brings a table of rules in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

_FILE_BYTES = 1_000_000


class TableForm(forms.Form):
    """A table of laws as CSV."""

    use_required_attribute = False
    file = forms.FileField(
        label=_("Table of laws"),
        help_text=_("A CSV file, at most 1 MB. Its rows come in as suggestions."),
        error_messages={"required": _("Choose a file first.")},
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self) -> str:
        """Return the words of the file."""
        file = self.cleaned_data["file"]
        if file.size > _FILE_BYTES:
            raise forms.ValidationError(_("The file is too large. It has at most 1 MB."))
        content: bytes = file.read()
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            raise forms.ValidationError(_("The file is not UTF-8. Save the table as CSV UTF-8.")) from None

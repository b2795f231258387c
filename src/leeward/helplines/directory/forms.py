"""The forms of the directory: one row as a person checks it, and a file to import."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leeward.helplines.directory import files
from leeward.helplines.directory.drafts import BadFacts, Facts, checked
from leeward.helplines.directory.models import HOURS_MAX, NAME_MAX, NOTE_MAX, SOURCE_MAX, Service

_AS_TYPED = ("name", "free", "hours", "time_zone", "ages", "source", "kind", "confidence", "note")
_PLAIN = {"dir": "ltr", "spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}


class RowForm(forms.Form):
    """All facts of one service. `facts` holds them once the form is valid."""

    name = forms.CharField(max_length=NAME_MAX, label=_("Name"), widget=forms.TextInput(attrs={"dir": "auto"}))
    contacts = forms.CharField(
        label=_("How to reach it, one way a line"),
        help_text=_(
            "First what it is: short_number, phone, sms, chat, mail or web. Then the number or address, exactly."
        ),
        widget=forms.Textarea(attrs={"rows": 4, **_PLAIN}),
    )
    free = forms.ChoiceField(choices=Service.Free.choices, label=_("What a call costs"))
    hours = forms.CharField(
        required=False,
        max_length=HOURS_MAX,
        label=_("Hours"),
        help_text=_("24/7, or such as mon-fri 08:00-20:00; sat 10:00-14:00. Leave it empty where nobody knows."),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    time_zone = forms.CharField(
        required=False,
        max_length=40,
        label=_("Time zone of the hours"),
        help_text=_("Such as Asia/Ulaanbaatar."),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    languages = forms.CharField(
        required=False,
        max_length=120,
        label=_("Languages"),
        help_text=_("Codes, such as mn;en."),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    ages = forms.CharField(
        required=False,
        max_length=20,
        label=_("Ages"),
        help_text=_("Such as 6-18 or 12+."),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    source = forms.CharField(required=False, max_length=SOURCE_MAX, label=_("Source"))
    country = forms.CharField(
        required=False, max_length=2, label=_("Country"), help_text=_("Its code, such as MN. Empty: every country.")
    )
    kind = forms.ChoiceField(choices=Service.Kind.choices, label=_("Kind"))
    confidence = forms.ChoiceField(choices=Service.Confidence.choices, label=_("How sure the source is"))
    note = forms.CharField(required=False, max_length=NOTE_MAX, label=_("Note for colleagues"))
    seen_at = forms.DateTimeField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, initial: Any = None) -> None:
        super().__init__(data, initial=initial, use_required_attribute=False)
        self.facts: Facts | None = None

    def clean(self) -> dict[str, Any]:
        """Read the facts as a whole, and put what is wrong beside its field."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        plain = {name: cleaned[name].strip() for name in _AS_TYPED}
        try:
            self.facts = checked(
                Facts(
                    **plain,
                    country=cleaned["country"].strip().upper(),
                    languages=tuple(code.strip() for code in cleaned["languages"].split(";") if code.strip()),
                    contacts=tuple(_ways(cleaned["contacts"])),
                )
            )
        except BadFacts as bad:
            self.add_error(bad.field, str(bad))
        return cleaned


def initial_of(service: Service) -> dict[str, Any]:
    """Return what the form of a stored row begins with."""
    facts = Facts.of(service)
    return {
        **vars(facts),
        "contacts": "\n".join(f"{kind} {value}" for kind, value in facts.contacts),
        "languages": ";".join(facts.languages),
        "seen_at": service.changed_at.isoformat(),
    }


def _ways(typed: str) -> list[tuple[str, str]]:
    lines = (line.strip().partition(" ") for line in typed.splitlines() if line.strip())
    return [(kind, value.strip()) for kind, _space, value in lines]


class VouchForm(forms.Form):
    """How somebody knows that a row is right."""

    how = forms.ChoiceField(
        choices=Service.How.choices, label=_("How do you know?"), widget=forms.RadioSelect(attrs={"autofocus": True})
    )
    vouch_note = forms.CharField(
        required=False,
        max_length=NOTE_MAX,
        label=_("What did you see or hear?"),
        help_text=_("Such as: answered in 20 seconds, free from mobile phones. Name no child."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, use_required_attribute=False)


class FileForm(forms.Form):
    """A file with services."""

    file = forms.FileField(
        label=_("CSV file of helplines or hotlines"),
        help_text=_("Every new row becomes a draft. A row that is here already stays as it is."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def __init__(self, data: Any = None, posted_files: Any = None) -> None:
        super().__init__(data, posted_files, use_required_attribute=False)
        self.drafts: list[Facts] = []

    def clean_file(self) -> Any:
        """Read the whole file, so that nothing is half-stored."""
        file = self.cleaned_data["file"]
        if file.size > files.MOST_BYTES:
            raise forms.ValidationError(_("This file is too large. Cut it into several."))
        try:
            self.drafts = files.read(file.read())
        except files.NotAList as wrong:
            raise forms.ValidationError(str(wrong)) from wrong
        return file

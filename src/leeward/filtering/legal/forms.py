"""The forms of legal orders, and the one by which anybody objects to a closed name."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leeward.engines import policy
from leeward.filtering.legal import names as legal_names
from leeward.filtering.legal.models import NAME_MAX, REASON_MAX, LegalOrder
from leeward.filtering.legal.services import Day, Draft
from leeward.reports import services as reports

_FILE_BYTES = 2_000_000  # 20,000 names of 100 octets.


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    # The browser's own field for a day wants this format, whatever the language.
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, widget=widget, input_formats=["%Y-%m-%d"])


class OrderForm(forms.Form):
    """An order with its names, pasted or as a file."""

    kind = forms.ChoiceField(choices=LegalOrder.Kind.choices, label=_("What it is"))
    authority = forms.CharField(max_length=NAME_MAX, label=_("Whose it is"), help_text=_("The name of the authority."))
    reference = forms.CharField(max_length=NAME_MAX, label=_("Reference"), help_text=_("As the authority writes it."))
    date = _day(_("Date of the order"))
    review_date = _day(_("Review date"), _("By then somebody looks whether it is still needed. You are reminded."))
    reason = forms.CharField(
        max_length=REASON_MAX,
        label=_("Reason"),
        help_text=_("Everybody can read it. Name no person and no site."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    shows_names = forms.BooleanField(
        required=False,
        label=_("Everybody may read the names"),
        help_text=_("Ask your lawyer. Names on a list of a hotline are never shown."),
    )
    names = forms.CharField(
        required=False,
        label=_("Names, one a line"),
        help_text=_("Each name also closes every name below it."),
        widget=forms.Textarea(
            attrs={"rows": 6, "dir": "ltr", "spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}
        ),
    )
    file = forms.FileField(
        required=False,
        label=_("Or a text file with the names"),
        help_text=_("One name a line, at most 2 MB and 20,000 names."),
        widget=forms.FileInput(attrs={"accept": ".txt,text/plain"}),
    )

    def __init__(self, data: Any = None, files: Any = None, *, today: Day) -> None:
        super().__init__(data, files, use_required_attribute=False)
        self.read = legal_names.Names((), (), 0)
        self._today = today

    def clean_review_date(self) -> Day:
        """Take a day that is to come."""
        review_date: Day = self.cleaned_data["review_date"]
        if review_date <= self._today:
            raise forms.ValidationError(_("This day is over. Choose a day that is to come."))
        return review_date

    def clean_date(self) -> Day:
        """Take a day that has come."""
        day: Day = self.cleaned_data["date"]
        if day > self._today:
            raise forms.ValidationError(_("This day has not come yet. Enter the order when it is in force."))
        return day

    def clean_file(self) -> Any:
        """Refuse a file that is too large before it is read."""
        file = self.cleaned_data["file"]
        if file and file.size > _FILE_BYTES:
            raise forms.ValidationError(_("This file is too large. Cut it into several orders."))
        return file

    def clean(self) -> dict[str, Any]:
        """Read the names once everything else is right about them."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("kind") == LegalOrder.Kind.HOTLINE and said.get("shows_names"):
            self.add_error("shows_names", _("Names on a list of a hotline are never shown. Take the tick away."))
        pasted, file = str(said.get("names", "")), said.get("file")
        if bool(pasted.strip()) == bool(file):
            if "file" not in self.errors:
                self.add_error("names", _("Paste the names here, or give a file: one of the two."))
            return said
        self.read = legal_names.read(file.read() if file else pasted.encode())
        if self.read.faults:
            self.add_error("file" if file else "names", _("Some lines are wrong. Nothing was entered."))
        elif not self.read.names:
            self.add_error("file" if file else "names", _("No name was found. Write one a line."))
        return said

    def draft(self) -> Draft:
        """Return what was filled in, without the names."""
        said = self.cleaned_data
        return Draft(
            kind=LegalOrder.Kind(said["kind"]),
            authority=said["authority"],
            reference=said["reference"],
            date=said["date"],
            review_date=said["review_date"],
            reason=said["reason"],
            shows_names=said["shows_names"],
        )


class LiftForm(forms.Form):
    """Why an order is lifted."""

    reason = forms.CharField(
        max_length=REASON_MAX,
        label=_("Why it is lifted"),
        help_text=_("People who work here read it, nobody else."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class ReviewForm(forms.Form):
    """When to look at an order again."""

    review_date = _day(_("Next review date"))


class ObjectionForm(forms.Form):
    """Why a name should be open, from its owner or from anybody."""

    class Who:
        OWNER, READER, OTHER = "owner", "reader", "other"

    CHOICES = (
        (Who.OWNER, _("This site is mine, or I work for it")),
        (Who.READER, _("I want to use this site")),
        (Who.OTHER, _("Something else")),
    )

    name = forms.CharField(
        max_length=300,
        label=_("Name of the site"),
        widget=forms.TextInput(
            attrs={
                "dir": "ltr",
                "inputmode": "url",
                "spellcheck": "false",
                "autocapitalize": "none",
                "autocomplete": "off",
            }
        ),
    )
    who = forms.ChoiceField(choices=CHOICES, label=_("Who are you?"), widget=forms.RadioSelect)
    words = forms.CharField(
        max_length=reports.WORDS_MAX - 200,
        label=_("Why should it be open?"),
        help_text=_("Say what the site is for. You need not say your name."),
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
    )
    # The same press twice is one objection.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean_name(self) -> str:
        """Take a host name, also out of a whole address."""
        typed = str(self.cleaned_data["name"]).strip()
        host = typed.partition("://")[2] or typed
        try:
            return policy.normalise(host.partition("/")[0].partition(":")[0])
        except policy.NotAHostName:
            raise forms.ValidationError(_("This is no name of a site. A name looks like this: games.example")) from None

    def said(self) -> str:
        """Return the words with who wrote them, in English as the desk reads them first."""
        who = {
            self.Who.OWNER: "From the site itself",
            self.Who.READER: "From a reader",
            self.Who.OTHER: "From somebody",
        }
        return f"{who[self.cleaned_data['who']]}:\n{self.cleaned_data['words']}"

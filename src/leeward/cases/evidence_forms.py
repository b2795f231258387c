"""What a person fills in to open evidence, to hold a case, and to ask for an export."""

from __future__ import annotations

from datetime import datetime, time

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from leeward.cases.models import Case
from leeward.cases.viewing import Intent, says_what_for

AFFECTED = "affected"


class OpenForm(forms.Form):
    """For what somebody must see a piece. `sure` is asked only where a child may be shown sexually."""

    purpose = forms.CharField(
        label="What must you see it for?",
        help_text="A few words, such as «Is it the same person as in the report?». They are kept with your name.",
        max_length=300,
        error_messages={"required": "Say in a few words what you must see it for."},
    )
    sure = forms.BooleanField(
        label="I must see this myself. The reports, the digests and the notes are not enough.",
        error_messages={"required": "Tick this, or ask a senior reviewer to look."},
    )

    def __init__(self, data: QueryDict | None = None, *, needs_sure: bool) -> None:
        super().__init__(data, use_required_attribute=False)
        if not needs_sure:
            del self.fields["sure"]

    def clean_purpose(self) -> str:
        """Return what was written; refuse what tells nobody anything."""
        purpose: str = self.cleaned_data["purpose"]
        if not says_what_for(purpose):
            raise forms.ValidationError(
                _("Write what you must see, such as «Is it the same person as in the report?».")
            )
        return purpose

    def intent(self) -> Intent:
        """Return what was filled in."""
        return Intent(self.cleaned_data["purpose"], bool(self.cleaned_data.get("sure")))


class HoldForm(forms.Form):
    """Why nothing of a case may be erased, and until when."""

    basis = forms.CharField(
        label="Why it must be kept",
        help_text="The order or the law, such as «Preservation order 17/2026». No names.",
        max_length=300,
        error_messages={"required": "Say why it must be kept."},
    )
    until = forms.DateField(
        label="Until the end of",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Choose a day.", "invalid": "Choose a day, such as 2027-11-22."},
    )

    def until_at(self) -> datetime:
        """Return the end of the day that was chosen."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["until"], time.max))


class AskExportForm(forms.Form):
    """Why a case should be exported."""

    why = forms.CharField(
        label="Why an export is needed",
        help_text="Who asked for it, and how you know that it is that person.",
        max_length=500,
        error_messages={"required": "Say who asked, and how you know that it is that person."},
    )


class ExportForm(forms.Form):
    """For whom an approved export is made: the affected user, or one of those who reported."""

    def __init__(self, case: Case, data: QueryDict | None = None) -> None:
        super().__init__(data, use_required_attribute=False)
        reports = case.reports.select_related("report").order_by("joined_at", "pk")
        choices = [(AFFECTED, "The user whose content it is")]
        choices += [
            (str(joined.report.uid), f"Reporter {number}: {joined.report.received_at:%Y-%m-%d %H:%M} UTC")
            for number, joined in enumerate(reports, 1)
        ]
        self.fields["concerned"] = forms.ChoiceField(
            label="For whom", choices=choices, error_messages={"required": "Choose for whom it is."}
        )

"""What a reviewer fills in."""

from __future__ import annotations

import uuid

from django import forms
from django.http import QueryDict

from leeward.cases.models import Decision
from leeward.cases.services import Judgement
from leeward.indicators.models import Category
from leeward.reports.models import Report


class JudgementForm(forms.Form):
    """One decision: what, which harm, on which ground, and whether a name is to be blocked."""

    outcome = forms.ChoiceField(label="Decision", choices=Decision.Outcome.choices, widget=forms.RadioSelect)
    category = forms.ChoiceField(label="Kind of harm", choices=Category.choices, initial=Category.OTHER)
    ground = forms.CharField(
        label="Ground", help_text="The law or the rule of the terms, such as «Terms 4.2».", max_length=300
    )
    block_host = forms.CharField(
        label="Block this host name too",
        help_text="For the whole network. Leave it empty where the rest of the site is fine.",
        required=False,
        max_length=253,
    )

    def judgement(self) -> Judgement:
        """Return what was filled in."""
        values = self.cleaned_data
        return Judgement(
            outcome=Decision.Outcome(values["outcome"]),
            category=Category(values["category"]),
            ground=values["ground"],
            block_host=values["block_host"],
        )


class AskForm(forms.Form):
    """What the desk writes to one reporter. `key` makes that sending it twice is one message."""

    text = forms.CharField(
        label="Write to the reporter",
        help_text="Short and plain: a child may read it. Never ask for a name, a place or a picture of a child.",
        max_length=4000,
        error_messages={"required": "Write something first."},
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, report: Report, data: QueryDict | None = None) -> None:
        # One such form stands on the page for each report, so each has ids of its own.
        super().__init__(data, auto_id=f"ask_{report.pk}_%s", use_required_attribute=False)
        self.report = report

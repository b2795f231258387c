"""What a reviewer fills in."""

from __future__ import annotations

from django import forms

from leeward.cases.models import Decision
from leeward.cases.services import Judgement
from leeward.indicators.models import Category


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

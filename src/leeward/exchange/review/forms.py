"""What a person fills in to refuse a sign, or to believe it no more."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from leeward.exchange.review import services as review


class ReasonForm(forms.Form):
    """Why a sign is not believed. Nothing is chosen beforehand."""

    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[("", _("Choose a reason")), *((reason.value, reason.label) for reason in review.REASONS)],
    )

"""What the operator fills in about areas: a new one, and the check of somebody who wants to moderate."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leeward.core.models import User
from leeward.families.areas.choices import Check
from leeward.families.areas.models import NAME_MAX, REFERENCE_MAX
from leeward.families.areas.moderating import Vetting

_SUGGESTED = timedelta(days=180)


class AreaForm(forms.Form):
    """A new area for children only."""

    use_required_attribute = False
    name = forms.CharField(max_length=NAME_MAX, label=_("Name"))
    slug = forms.SlugField(
        max_length=30, label=_("Name in addresses"), help_text=_("Small letters, digits and hyphens, such as music.")
    )


class ModeratorForm(forms.Form):
    """Somebody who wants to moderate, and what was looked at."""

    use_required_attribute = False
    username = forms.CharField(max_length=150, label=_("Account"))
    check = forms.ChoiceField(choices=Check.choices, label=_("What did you look at?"))
    reference = forms.CharField(
        max_length=REFERENCE_MAX,
        label=_("Its reference"),
        help_text=_("The number of the certificate. It is kept sealed. No copy of the paper."),
    )
    valid_until = forms.DateField(
        label=_("Good until"),
        help_text=_("At most a year. Then it is looked at again."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data, initial={"valid_until": today + _SUGGESTED})

    def clean_username(self) -> User:
        """Return the account; somebody without one cannot moderate."""
        person = User.objects.filter(username=self.cleaned_data["username"], is_active=True).first()
        if person is None:
            raise forms.ValidationError(_("There is no such account. Let the person make one first."))
        return person

    def vetting(self) -> Vetting:
        """Return what was filled in of the check."""
        values = self.cleaned_data
        return Vetting(Check(values["check"]), values["reference"], values["valid_until"])

"""The form for a share rule: five choices that read as one sentence."""

from __future__ import annotations

import re

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from leeward.exchange.mapping import SHARED_TLP
from leeward.exchange.markings import MEANINGS
from leeward.exchange.partners.models import Partner
from leeward.exchange.sharing.models import ANY
from leeward.exchange.sharing.services import RuleDraft
from leeward.indicators.models import Category, Tlp

_COUNTRY = re.compile(r"[A-Z]{2}")  # ISO 3166-1 alpha-2


class RuleForm(forms.Form):
    """What is shared with whom. Nothing is ticked beforehand: what nobody chose stays here."""

    categories = forms.MultipleChoiceField(
        choices=[(ANY, _("Every category")), *Category.choices],
        widget=forms.CheckboxSelectMultiple,
        label=_("What is shared"),
    )
    group = forms.ChoiceField(choices=[(ANY, _("All partners")), *Partner.Group.choices], label=_("With whom"))
    purpose = forms.ChoiceField(choices=[(ANY, _("Any purpose")), *Partner.Purpose.choices], label=_("What for"))
    jurisdiction = forms.CharField(
        required=False,
        max_length=2,
        label=_("Country"),
        help_text=_("Two letters, such as DE. Leave it empty for every country."),
    )
    most_tlp = forms.ChoiceField(
        choices=[(tlp.value, format_lazy("{} – {}", tlp.label, MEANINGS[tlp])) for tlp in SHARED_TLP],
        initial=Tlp.AMBER.value,
        label=_("Up to which marking"),
        help_text=_("What is marked TLP:RED or TLP:AMBER+STRICT never leaves."),
    )

    def clean_jurisdiction(self) -> str:
        """Return the country in capitals, or ANY."""
        country = str(self.cleaned_data["jurisdiction"]).strip().upper()
        if country and not _COUNTRY.fullmatch(country):
            raise forms.ValidationError(_("This is not a country. Write two letters, such as DE."))
        return country or ANY

    def draft(self) -> RuleDraft:
        """Return what the form says; every category and some of them is every category."""
        said = self.cleaned_data
        categories = (ANY,) if ANY in said["categories"] else tuple(said["categories"])
        return RuleDraft(
            categories, said["jurisdiction"], said["purpose"], said["group"], most_tlp=Tlp(said["most_tlp"])
        )

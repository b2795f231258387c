"""What a guardian fills in: how old the child is."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from leeward.families.vouching.models import Years


class YearsForm(forms.Form):
    """How old a child is, roughly."""

    use_required_attribute = False
    years = forms.TypedChoiceField(
        label=_("How old is the child today?"),
        choices=Years.choices,
        coerce=Years,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the years first.")},
    )

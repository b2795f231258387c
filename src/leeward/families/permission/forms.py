"""What guardians fill in about permissions: what they allow and for how long, their country, and the month of a birth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from leeward.age.rules.models import EVERYWHERE, AgeRule
from leeward.families.birthdays.months import Month
from leeward.families.permission.choices import Months, Scope

_OLDEST, _YOUNGEST = 18, 5


class _Form(forms.Form):
    # The browser's own bubbles speak another language than the page and are not always read out.
    use_required_attribute = False


class AnswerForm(_Form):
    """What of a child's question is allowed, one by one, and for how long."""

    scopes = forms.MultipleChoiceField(
        label=_("What do you allow?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick what you allow, or say no below.")},
    )
    months = forms.TypedChoiceField(
        label=_("For how long?"), choices=Months.choices, coerce=int, initial=Months.SIX, widget=forms.RadioSelect
    )

    def __init__(self, data: Any = None, *, asked: Sequence[str], granted: Sequence[str]) -> None:
        # Nothing is ticked before somebody ticked it.
        super().__init__(data, initial={"scopes": list(granted)})
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  # it stands so above
        field.choices = [(scope.value, scope.label) for scope in Scope if scope.value in asked]

    def scopes_allowed(self) -> list[Scope]:
        """Return what was ticked."""
        return [Scope(value) for value in self.cleaned_data["scopes"]]


class CountryForm(_Form):
    """In which country the family lives."""

    country = forms.ChoiceField(
        label=_("Where do you live?"),
        required=False,
        help_text=_("Laws differ: in some countries a child decides alone from 13, in others from 16."),
    )

    def __init__(self, data: Any = None, *, country: str) -> None:
        super().__init__(data, initial={"country": country})
        rows = (
            AgeRule.objects.exclude(country=EVERYWHERE).order_by("country_name").values_list("country", "country_name")
        )
        field = self.fields["country"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # it stands so above
        field.choices = [("", _("Another country, or I do not say")), *dict.fromkeys(rows)]


class BirthForm(_Form):
    """The month in which a child was born. It is used once, and forgotten."""

    month = forms.TypedChoiceField(label=_("Month"), coerce=int, choices=list(MONTHS.items()))
    year = forms.TypedChoiceField(label=_("Year"), coerce=int)

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data)
        field = self.fields["year"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101  # it stands so above
        field.choices = [(year, str(year)) for year in range(today.year - _YOUNGEST, today.year - _OLDEST - 1, -1)]

    def born(self) -> Month:
        """Return the month that was filled in."""
        return Month(self.cleaned_data["year"], self.cleaned_data["month"])

"""What a reviewer fills in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from leeward.cases import services
from leeward.cases.models import Decision, Measure
from leeward.cases.services import Judgement
from leeward.indicators.models import Category
from leeward.reports.models import Nature, Report

# What the report says it is, until the reviewer says otherwise.
_CATEGORY_OF = {
    Nature.VIOLENCE: Category.VIOLENCE,
    Nature.SEXUAL: Category.ADULT,
    Nature.SEXUAL_CHILD: Category.CSAM,
    Nature.SELF_HARM: Category.SELF_HARM,
    Nature.BULLYING: Category.BULLYING,
    Nature.SOLICITATION: Category.SOLICITATION,
    Nature.SEXTORTION: Category.SEXTORTION,
    Nature.STALKING: Category.STALKING,
}
_MEASURES = [choice for choice in Measure.choices if choice[0] != Measure.BLOCK_ADDRESS]


class _Numbered(forms.RadioSelect):
    """A choice of which each one has its number as a key."""

    def create_option(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Return one choice with the key that chooses it."""
        option = super().create_option(*args, **options)
        number = int(option["index"]) + 1
        option["attrs"] |= {"data-key": str(number), "data-key-label": f"Decision: {option['label']}"}
        return option


class _Suggesting(forms.TextInput):
    """A field to type in that offers what was written there before."""

    template_name = "cases/_suggesting.html"

    def __init__(self) -> None:
        super().__init__(attrs={"autocomplete": "off"})
        self.suggested: Sequence[tuple[str, str]] = ()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the list and its name."""
        context = super().get_context(name, value, attrs)
        listed = f"{context['widget']['attrs'].get('id', name)}_list"
        context["widget"]["attrs"]["list"] = listed
        return context | {"listed": listed, "suggested": self.suggested}


class JudgementForm(forms.Form):
    """One decision: what, which harm, on which ground, what was found, and what is done."""

    outcome = forms.ChoiceField(label="Decision", choices=Decision.Outcome.choices, widget=_Numbered)
    category = forms.ChoiceField(label="Kind of harm", choices=Category.choices, initial=Category.OTHER)
    ground = forms.CharField(
        label="Ground",
        help_text="The law or the rule of the terms that it breaks, such as «Terms 4.2». Leave it out only where it breaks none.",
        max_length=300,
        required=False,
        widget=_Suggesting,
    )
    block_host = forms.CharField(
        label="Block this host name too",
        help_text="For the whole network. Leave it empty where the rest of the site is fine.",
        required=False,
        max_length=253,
    )
    facts = forms.CharField(
        label="What you found",
        help_text="One or two sentences, without names: they go into the statement of reasons.",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )
    measures = forms.MultipleChoiceField(
        label="What is done",
        help_text="Leave all of them empty for what usually follows: it is taken away and its sign is published.",
        choices=_MEASURES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    ends_date = forms.DateField(
        label="It ends by itself on",
        help_text="The first day, in UTC, on which it does not hold any more.",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    is_for_partners = forms.BooleanField(
        label="Partners are told the sign, too",
        help_text="Then a second person must agree first.",
        required=False,
    )
    # What most decisions need stands first; the template puts these into a part that opens.
    MORE = ("facts", "measures", "ends_date", "is_for_partners")

    def __init__(
        self, data: QueryDict | None = None, *, nature: str = "", grounds: Sequence[tuple[str, str]] = ()
    ) -> None:
        category = _CATEGORY_OF.get(Nature(nature)) if nature else None
        super().__init__(data, initial={"category": category or Category.OTHER})
        widget = self.fields["ground"].widget
        assert isinstance(widget, _Suggesting)  # noqa: S101  # as it is declared above
        widget.suggested = grounds

    def clean(self) -> dict[str, Any]:
        """Ask for a ground where something is done because of the decision."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("outcome") in services.VIOLATIONS and not values.get("ground"):
            self.add_error("ground", "Write the law or the rule that it breaks.")
        if not self.errors:
            self._check(self.judgement())
        return values

    def _check(self, judgement: Judgement) -> None:
        try:
            services.check(judgement, at=timezone.now())
        except services.HostCannotBeBlocked as error:
            self.add_error("block_host", f"This name cannot be blocked: {error}.")
        except services.MeasuresDoNotFit as error:
            self.add_error("measures", f"This does not fit: {error}.")

    def judgement(self) -> Judgement:
        """Return what was filled in."""
        values, ends_date = self.cleaned_data, self.cleaned_data["ends_date"]
        return Judgement(
            outcome=Decision.Outcome(values["outcome"]),
            category=Category(values["category"]),
            ground=values["ground"],
            block_host=values["block_host"],
            facts=values["facts"],
            measures=tuple(Measure(one) for one in values["measures"]) or None,
            ends_at=datetime.combine(ends_date, time.min, tzinfo=UTC) if ends_date else None,
            is_for_partners=values["is_for_partners"],
        )

    @property
    def first(self) -> list[forms.BoundField]:
        """The fields that every decision needs."""
        return [field for field in self if field.name not in self.MORE]

    @property
    def more(self) -> list[forms.BoundField]:
        """The fields that some decisions need."""
        return [self[name] for name in self.MORE]

    @property
    def is_more_open(self) -> bool:
        """True where something was filled in there, or is wrong there."""
        return any(field.errors or (self.is_bound and field.value()) for field in self.more)


class NoteForm(forms.Form):
    """What one colleague leaves for the next."""

    text = forms.CharField(
        label="A note for colleagues",
        help_text="Only the desk reads it.",
        max_length=4000,
        error_messages={"required": "Write something first."},
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="note_%s", use_required_attribute=False)


class SearchForm(forms.Form):
    """What a person looks for."""

    words = forms.CharField(
        label="Words, an item, an address or the short name of a case",
        help_text="Every word must stand in the case. Parts of words are not found.",
        max_length=400,
        error_messages={"required": "Write what you look for."},
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
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

"""What a supervisor fills in to plan a desk."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from leeward.core.models import User
from leeward.helplines.conversations.models import ALIAS_MAX, Desk
from leeward.helplines.shifts.models import DAY_MINUTES, MOST_CHATS, Seat
from leeward.helplines.shifts.services import STAFF, Hours

_DAYS = [(str(number), name) for number, name in WEEKDAYS.items()]
_TIME = forms.TimeInput({"type": "time"}, format="%H:%M")


def _hours(start: time, end: time) -> Hours:
    """Return minutes of the day. Midnight as an end is the end of the day."""
    return Hours(start.hour * 60 + start.minute, end.hour * 60 + end.minute or DAY_MINUTES)


class SeatField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django itself is not generic at run time
    """A seat of the desk, by the name that children read."""

    def label_from_instance(self, obj: Seat) -> str:
        return obj.alias


class PlanForm(forms.Form):
    """Hours on some days of the week, and who works then."""

    weekdays = forms.MultipleChoiceField(label=_("Days"), choices=_DAYS, widget=forms.CheckboxSelectMultiple)
    start = forms.TimeField(label=_("From"), widget=_TIME)
    end = forms.TimeField(
        label=_("To"), widget=_TIME, help_text=_("An end before the start is on the next day. 00:00 is midnight.")
    )
    seat = SeatField(
        queryset=Seat.objects.none(), required=False, label=_("Who"), empty_label=_("Only the hours, no name")
    )

    def __init__(self, *args: Any, desk: Desk, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["seat"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  # Declared above.
        field.queryset = Seat.objects.filter(desk=desk).order_by("alias")

    def hours(self) -> Hours:
        """Return the times that were filled in."""
        return _hours(self.cleaned_data["start"], self.cleaned_data["end"])

    def days(self) -> list[int]:
        """Return the days that were ticked; 0 is Monday."""
        return [int(day) for day in self.cleaned_data["weekdays"]]


class SpecialDayForm(forms.Form):
    """A date that is different. Both times stay empty where the desk is closed."""

    date = forms.DateField(label=_("Date"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    name = forms.CharField(label=_("Name, such as that of a holiday"), max_length=60, required=False)
    start = forms.TimeField(label=_("From"), widget=_TIME, required=False)
    end = forms.TimeField(
        label=_("To"), widget=_TIME, required=False, help_text=_("Leave both times empty if the desk is closed.")
    )

    def clean(self) -> dict[str, Any]:
        """Ask for both times or none."""
        filled = super().clean() or {}
        if not self.errors and (filled.get("start") is None) != (filled.get("end") is None):
            raise forms.ValidationError(_("Fill in both times, or neither."))
        return filled

    def hours(self) -> Hours | None:
        """Return the times that were filled in, or None where the desk is closed."""
        start, end = self.cleaned_data["start"], self.cleaned_data["end"]
        return None if start is None or end is None else _hours(start, end)


class SeatForm(forms.Form):
    """A seat for somebody who is a counsellor or a supervisor already."""

    person = forms.CharField(label=_("User name"), max_length=150)
    # A full name would tell the child more than it needs, and one word is read at a glance.
    alias = forms.CharField(
        label=_("Name that children read"),
        max_length=ALIAS_MAX,
        validators=[RegexValidator(r"^[^\W\d_]+(?:[ -][^\W\d_]+)?$", _("One or two words, letters only."))],
    )
    most_chats = forms.TypedChoiceField(
        label=_("Chats at once"), choices=[(n, n) for n in range(1, MOST_CHATS + 1)], coerce=int, initial=2
    )

    def clean_person(self) -> User:
        """Return the person; refuse whoever is no counsellor or supervisor, and a name that nobody has, in the same words."""
        person = User.objects.filter(username=self.cleaned_data["person"]).first()
        if person is None or not STAFF & person.roles:
            raise forms.ValidationError(_("No counsellor or supervisor has this user name."))
        return person

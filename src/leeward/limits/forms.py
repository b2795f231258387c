"""What a guardian fills in: what is kept away, times, names, days off."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from leeward.engines import policy
from leeward.engines.policy import family
from leeward.families.choices import AgeBand
from leeward.limits import services, when
from leeward.limits.choices import Why
from leeward.limits.models import Limits
from leeward.limits.services import WindowDraft

NOT_A_SITE: Final = _("This is no name of a site. It looks like this: games.example")
_CHOOSE = {"required": _("Choose one of them."), "invalid_choice": _("Choose one of them.")}
_MORNING = time(7)
_EVENING = time(18)
# A morning pause that begins after midnight ends on the same day.
_NIGHT_ENDS = time(5)
_NAME_MAX = 2000  # A whole address may be pasted; its host is taken.


class _Form(forms.Form):
    # The browser's own bubbles speak another language than the page and are not always read out.
    use_required_attribute = False


class Span(StrEnum):
    """How long something holds, as buttons and lists offer it."""

    QUARTER = "15"
    HOUR = "60"
    MORNING = "morning"
    TOMORROW = "tomorrow"
    WEEK = "week"
    ALWAYS = "always"


def end_of(span: Span, *, at: datetime, zone: str) -> datetime | None:
    """Return when a span that begins now ends, in the family's time; None where it has no end."""
    local = at.astimezone(ZoneInfo(zone))
    match span:
        case Span.ALWAYS:
            return None
        case Span.MORNING:
            day = local.date() if local.time() < _NIGHT_ENDS else local.date() + timedelta(days=1)
            return datetime.combine(day, _MORNING, local.tzinfo)
        case Span.TOMORROW:
            return datetime.combine(local.date() + timedelta(days=1), _EVENING, local.tzinfo)
        case Span.WEEK:
            return at + timedelta(days=7)
    return at + timedelta(minutes=int(span.value))


# Each is a button: one press is an answer.
PAUSES: Final[Sequence[tuple[str, Any]]] = (
    (Span.QUARTER.value, _("15 minutes")),
    (Span.HOUR.value, _("1 hour")),
    (Span.MORNING.value, _("Until 7:00 in the morning")),
)
ANSWERS: Final[Sequence[tuple[str, Any]]] = (
    (Span.HOUR.value, _("Allow for 1 hour")),
    (Span.TOMORROW.value, _("Allow until tomorrow, 18:00")),
    (Span.ALWAYS.value, _("Allow for good")),
)


class PauseForm(_Form):
    """For how long the internet is paused."""

    span = forms.ChoiceField(choices=PAUSES)


class AnswerForm(_Form):
    """Until when a guardian allows what a child asks for."""

    span = forms.ChoiceField(choices=ANSWERS)


class TimeForm(_Form):
    """More time, and what for."""

    minutes = forms.TypedChoiceField(
        label=_("How much?"),
        choices=[(15, _("15 minutes")), (30, _("30 minutes")), (60, _("1 hour")), (120, _("2 hours"))],
        coerce=int,
        initial=30,
        error_messages=_CHOOSE,
    )
    why = forms.ChoiceField(label=_("What for?"), choices=Why.choices, error_messages=_CHOOSE)


class PicksForm(_Form):
    """Some things that are ticked."""

    slugs = forms.MultipleChoiceField(
        required=False, error_messages={"invalid_choice": _("One of these is not there any more. Open the page again.")}
    )

    def __init__(self, data: Any, *, offered: Collection[str]) -> None:
        super().__init__(data)
        field = self.fields["slugs"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  # it stands so above
        field.choices = [(slug, slug) for slug in sorted(offered)]


def _quarters(first: int, last: int) -> list[tuple[int, str]]:
    return [(minutes, when.clock(minutes)) for minutes in range(first, last + 1, family.SLOT_MINUTES)]


class WindowForm(_Form):
    """A time of the week."""

    days = forms.TypedMultipleChoiceField(
        label=_("On which days does it begin?"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "days"}),
        error_messages={"required": _("Tick one day at least."), "invalid_choice": _("Tick one day at least.")},
    )
    start = forms.TypedChoiceField(
        label=_("From"),
        coerce=int,
        choices=_quarters(0, family.DAY_MINUTES - family.SLOT_MINUTES),
        error_messages=_CHOOSE,
    )
    end = forms.TypedChoiceField(
        label=_("Until"), coerce=int, choices=_quarters(0, family.DAY_MINUTES), error_messages=_CHOOSE
    )

    def __init__(self, data: Any = None, *, usual: WindowDraft, prefix: str) -> None:
        initial = {"days": usual.days, "start": usual.start, "end": usual.end}
        super().__init__(data, initial=initial, prefix=prefix)
        field = self.fields["days"]
        assert isinstance(field, forms.TypedMultipleChoiceField)  # noqa: S101  # it stands so above
        field.choices = [(day, WEEKDAYS[day]) for day in when.week_days()]

    def clean(self) -> dict[str, Any]:
        """Refuse a time that begins when it ends: it would last a whole day, which nobody means."""
        values = super().clean() or {}
        if "start" in values and values["start"] == values.get("end"):
            self.add_error("end", _("It ends when it begins. Choose another hour."))
        return values

    def draft(self) -> WindowDraft:
        """Return what was filled in."""
        values = self.cleaned_data
        return WindowDraft(days=tuple(sorted(values["days"])), start=values["start"], end=values["end"])


class _SiteForm(_Form):
    name = forms.CharField(
        label=_("Name of the site"),
        help_text=_("For example: games.example. You may paste its whole address."),
        error_messages={"required": _("Write the name of a site.")},
        validators=[MaxLengthValidator(_NAME_MAX, _("This is too long for the address of a site."))],
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "inputmode": "url",
                "dir": "ltr",
            }
        ),
    )

    def clean_name(self) -> str:
        """Take the host of what was typed or pasted."""
        typed = str(self.cleaned_data["name"]).strip()
        try:
            host = urlsplit(typed if "//" in typed else f"//{typed}").hostname or ""
            return policy.normalise(host)
        except ValueError:
            raise forms.ValidationError(NOT_A_SITE) from None


class TryForm(_SiteForm):
    """A site about which a guardian asks whether it is open. It stands on a page with a `NameForm`."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="try_%s")


class NameForm(_SiteForm):
    """A site that the family itself opens or closes."""

    allows = forms.ChoiceField(
        label=_("What shall it be?"),
        choices=[("open", _("Open")), ("closed", _("Closed"))],
        widget=forms.RadioSelect,
        error_messages=_CHOOSE,
    )
    span = forms.ChoiceField(
        label=_("How long?"),
        choices=[
            (Span.ALWAYS, _("For good")),
            (Span.HOUR, _("1 hour")),
            (Span.TOMORROW, _("Until tomorrow, 18:00")),
            (Span.WEEK, _("One week")),
        ],
        error_messages=_CHOOSE,
    )


class DaysOffForm(_Form):
    """Days without bedtime and homework."""

    first = forms.DateField(
        label=_("First day"),
        error_messages={"required": _("Choose the first day."), "invalid": _("This is no day. Choose one.")},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Leave it empty for one day only."),
        error_messages={"invalid": _("This is no day. Choose one.")},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean(self) -> dict[str, Any]:
        """Take one day where no last one is given, and refuse days in the wrong order."""
        values = super().clean() or {}
        first = values.get("first")
        if first is None or "last" not in values:
            return values
        values["last"] = values["last"] or first
        if values["last"] < first:
            self.add_error("last", _("The last day is before the first one. Choose a later one."))
        return values


class ZoneForm(_Form):
    """Where the family lives, so that bedtime comes when the clock at home says so."""

    zone = forms.ChoiceField(
        label=_("The clock of which place?"),
        error_messages=_CHOOSE,
        widget=forms.Select(attrs={"dir": "ltr"}),
    )

    def __init__(self, data: Any = None, *, zone: str) -> None:
        super().__init__(data, initial={"zone": zone})
        field = self.fields["zone"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # it stands so above
        field.choices = [(name, name.replace("_", " ")) for name in services.zones()]


class PresetForm(_Form):
    """Everything as we suggest it for an age."""

    band = forms.ChoiceField(
        label=_("For which age?"), choices=AgeBand.choices, widget=forms.RadioSelect, error_messages=_CHOOSE
    )


class CopyForm(_Form):
    """Everything as it is for somebody else at home."""

    other = forms.ChoiceField(label=_("As for whom?"), widget=forms.RadioSelect, error_messages=_CHOOSE)

    def __init__(self, data: Any = None, *, others: Iterable[tuple[Limits, str]]) -> None:
        super().__init__(data)
        self._others = {str(limits.uid): (limits, title) for limits, title in others}
        field = self.fields["other"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # it stands so above
        field.choices = [(uid, title) for uid, (_limits, title) in self._others.items()]

    def limits(self) -> Limits:
        """Return whose limits were chosen."""
        return self._others[self.cleaned_data["other"]][0]

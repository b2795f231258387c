"""The pages of clocks: which there are and where each comes from, the targets of queues, and calendars."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from leeward.cases import clock_table, deadlines, services, targets, views
from leeward.cases.clock_table import SEVERITIES
from leeward.cases.models import Calendar, Queue
from leeward.cases.wall_views import supervisor
from leeward.core import access
from leeward.engines.clocks import CalendarRefused

_LONGEST = 60 * 24 * 365
_DASH = "-"
_DAYS = (
    ("monday", gettext_lazy("Monday")),
    ("tuesday", gettext_lazy("Tuesday")),
    ("wednesday", gettext_lazy("Wednesday")),
    ("thursday", gettext_lazy("Thursday")),
    ("friday", gettext_lazy("Friday")),
    ("saturday", gettext_lazy("Saturday")),
    ("sunday", gettext_lazy("Sunday")),
)
_SEVERITY_WORDS = (
    gettext_lazy("Danger now, minutes"),
    gettext_lazy("Urgent, minutes"),
    gettext_lazy("Normal, minutes"),
    gettext_lazy("Can wait, minutes"),
)


class TargetsForm(forms.Form):
    """The targets of one queue; an empty one is that of the table."""

    calendar = forms.ChoiceField(
        label=gettext_lazy("Calendar"),
        required=False,
        help_text=gettext_lazy("A child in danger counts every minute of the day, whatever the calendar says."),
    )

    def __init__(self, queue: Queue, data: Any = None) -> None:
        initial = {f"minutes_{one}": queue.targets.get(str(one)) for one in SEVERITIES} | {"calendar": queue.calendar}
        super().__init__(data, initial=initial, use_required_attribute=False)
        named = [(slug, slug) for slug in Calendar.objects.order_by("slug").values_list("slug", flat=True)]
        calendar = self.fields["calendar"]
        assert isinstance(calendar, forms.ChoiceField)  # noqa: S101  # it stands above
        calendar.choices = [("", _("None: it always runs")), *named]
        default = clock_table.clocks()[clock_table.HUMAN_EYES].minutes
        for one in SEVERITIES:
            words = _("Empty: %(minutes)s, as the table has it.") % {"minutes": default[one]}
            self.fields[f"minutes_{one}"] = forms.IntegerField(
                label=_SEVERITY_WORDS[one], required=False, min_value=1, max_value=_LONGEST, help_text=words
            )

    def targets(self) -> dict[int, int]:
        """Return the minutes that were filled in, by severity."""
        given = {one: self.cleaned_data[f"minutes_{one}"] for one in SEVERITIES}
        return {severity: minutes for severity, minutes in given.items() if minutes is not None}


class CalendarForm(forms.Form):
    """One calendar: its zone, its hours on each day of the week, and its holidays."""

    zone = forms.CharField(
        label=gettext_lazy("Time zone"), max_length=60, help_text=gettext_lazy("Such as Asia/Ulaanbaatar.")
    )

    def __init__(self, row: Calendar | None, data: Any = None) -> None:
        super().__init__(data, initial=_written(row) if row else {}, use_required_attribute=False)
        for name, words in _DAYS:
            self.fields[name] = forms.CharField(
                label=words, required=False, max_length=20, help_text=_("Such as 09:00-17:00. Empty: a day off.")
            )
        self.fields["holidays"] = forms.CharField(
            label=_("Holidays"),
            required=False,
            max_length=10_000,
            help_text=_("One date a line, such as 2026-12-25."),
            widget=forms.Textarea(attrs={"rows": 5}),
        )
        self.fields["source"] = forms.CharField(label=_("Where this is from"), required=False, max_length=300)

    def hours(self) -> list[list[str]]:
        """Return the hours of the seven days, Monday first, as the engine reads them."""
        lines = [str(self.cleaned_data[name]).replace(" ", "") for name, _words in _DAYS]
        return [line.split(_DASH) if line else [] for line in lines]

    def holidays(self) -> list[str]:
        """Return the dates as they were written."""
        return str(self.cleaned_data["holidays"]).split()


def _written(row: Calendar) -> dict[str, str]:
    hours = {name: _DASH.join(pair) for (name, _words), pair in zip(_DAYS, row.hours, strict=True)}
    return hours | {"zone": row.zone, "holidays": "\n".join(row.holidays), "source": row.source}


@views.desk
@never_cache
@require_safe
def clocks(request: HttpRequest) -> HttpResponse:
    """Show which clocks there are and where each comes from, the targets of each queue, and the calendars."""
    queues = Queue.objects.order_by("title", "slug")
    context = {
        "clocks": clock_table.clocks().values(),
        "queues": [(queue, deadlines.targets_of(queue)) for queue in queues],
        "calendars": Calendar.objects.order_by("slug"),
        "may_change": supervisor_may(request),
    }
    return render(request, "cases/clocks.html", context)


def supervisor_may(request: HttpRequest) -> bool:
    """True where the person who asks may set targets and calendars."""
    return bool(access.person(request).roles & services.REVERSERS)


@supervisor
@never_cache
@require_http_methods(["GET", "POST"])
def queue_targets(request: HttpRequest, slug: str) -> HttpResponse:
    """Set the targets and the calendar of one queue."""
    queue = get_object_or_404(Queue, slug=slug)
    form = TargetsForm(queue, request.POST if request.method == "POST" else None)
    if form.is_valid():
        calendar, person = form.cleaned_data["calendar"], access.person(request)
        targets.set_targets(queue, targets=form.targets(), calendar=calendar, by=person, at=timezone.now())
        messages.success(request, _("Set. It counts for cases that come from now on."))
        return redirect("cases:clocks")
    context = {"form": form, "title": queue.title}
    return render(request, "cases/clock_form.html", context, status=422 if form.is_bound else 200)


@supervisor
@never_cache
@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """Write or change one calendar."""
    form = CalendarForm(Calendar.objects.filter(slug=slug).first(), request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_kept(request, slug, form):
        messages.success(request, _("The calendar is kept. It counts for cases that come from now on."))
        return redirect("cases:clocks")
    context = {"form": form, "title": slug}
    return render(request, "cases/clock_form.html", context, status=422 if form.is_bound else 200)


def _is_kept(request: HttpRequest, slug: str, form: CalendarForm) -> bool:
    try:
        targets.keep_calendar(
            slug,
            zone=form.cleaned_data["zone"],
            hours=form.hours(),
            holidays=form.holidays(),
            source=form.cleaned_data["source"],
            by=access.person(request),
            at=timezone.now(),
        )
    except CalendarRefused as refused:
        # It begins with the field or the day, and says what to write there.
        form.add_error(None, str(refused))
        return False
    return True

"""Bedtime, homework, days off, and the clock of the place where the family lives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.families import seats
from leeward.families.choices import AgeBand
from leeward.families.models import Guardian
from leeward.families.visits import guardian
from leeward.limits import forms, pages, presets, services, week, when
from leeward.limits.choices import Purpose
from leeward.limits.models import FreeDays, Limits, Window
from leeward.limits.services import WindowDraft
from leeward.limits.visits import WORDS, back, of_limits

# What the form offers first: an afternoon of school, and the night that is usual for the age.
_SCHOOL = WindowDraft(days=(0, 1, 2, 3, 4), start=15 * 60, end=17 * 60)


@dataclass(frozen=True)
class _Bound:
    """The form that was sent and has a fault, if any."""

    bedtime: forms.WindowForm | None = None
    homework: forms.WindowForm | None = None
    days_off: forms.DaysOffForm | None = None
    zone: forms.ZoneForm | None = None


@guardian
@never_cache
@require_safe
@of_limits
def times(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Show the week as a picture and as a list, with a form for each thing that can be added."""
    return _draw(request, limits, _Bound(), status=200)


def _draw(request: HttpRequest, limits: Limits, bound: _Bound, *, status: int = 422) -> HttpResponse:
    at, zone = timezone.now(), services.zone_of(limits.household)
    windows = list(limits.windows.all())
    sent = {Purpose.BEDTIME: bound.bedtime, Purpose.HOMEWORK: bound.homework}
    context = {
        "week": week.picture(windows),
        "purposes": [
            (purpose, week.listed(windows, purpose), form or _form(limits, purpose)) for purpose, form in sent.items()
        ],
        "free_days": limits.household.free_days.filter(last__gte=at.date()),
        "days_off": bound.days_off or forms.DaysOffForm(),
        "zone": bound.zone or forms.ZoneForm(zone=zone),
        "clock": when.until(at, at=at, zone=zone),
        "suggested": [(when.days(one.days), when.hours(one.start, one.end)) for one in _suggested(limits)],
    }
    return pages.draw(request, limits, pages.Page.TIMES, context, status=status)


@guardian
@require_POST
@of_limits
def add_window(request: HttpRequest, seat: Guardian, limits: Limits, purpose: str) -> HttpResponse:
    """Add a time of the week to the others of its purpose."""
    what = _purpose(purpose)
    form = _form(limits, what, request.POST)
    if form.is_valid():
        drafts = [*_drafts(limits, what), form.draft()]
        try:
            services.set_windows(limits, what, drafts, by=seat.user, at=timezone.now())
        except services.ChangesNothing:
            form.add_error(None, _("One of the times lies wholly inside the others. Change it, or take one off first."))
        except services.HomeworkInBedtime:
            form.add_error(None, WORDS[services.HomeworkInBedtime])
        except services.TooManyWindows:
            form.add_error(None, _("There are very many times already. Take one off first."))
    if form.errors:
        return _draw(request, limits, _Bound(bedtime=form) if what == Purpose.BEDTIME else _Bound(homework=form))
    messages.success(request, _("Kept. It holds from now on."))
    return back(request, limits, to="limits:times")


@guardian
@require_POST
@of_limits
def take_suggested(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Take the nights that we suggest for the age."""
    services.set_windows(limits, Purpose.BEDTIME, _suggested(limits), by=seat.user, at=timezone.now())
    messages.success(request, _("Kept. It holds from now on."))
    return back(request, limits, to="limits:times")


@guardian
@require_POST
@of_limits
def drop_window(request: HttpRequest, seat: Guardian, limits: Limits, purpose: str) -> HttpResponse:
    """Take a time of the week off. It is named by its days and hours, so that pressing twice takes no other one off."""
    what, asked = _purpose(purpose), request.POST.get("window", "")
    before = list(limits.windows.filter(purpose=what))
    drafts = [_draft(window) for window in before if week.key(window) != asked]
    if len(drafts) < len(before):
        services.set_windows(limits, what, drafts, by=seat.user, at=timezone.now())
    messages.success(request, _("Taken off."))
    return back(request, limits, to="limits:times")


def _purpose(value: str) -> Purpose:
    try:
        return Purpose(value)
    except ValueError:
        raise Http404 from None


def _form(limits: Limits, purpose: Purpose, data: QueryDict | None = None) -> forms.WindowForm:
    usual = _suggested(limits)[0] if purpose == Purpose.BEDTIME else _SCHOOL
    return forms.WindowForm(data, usual=usual, prefix=purpose.value)


def _suggested(limits: Limits) -> Sequence[WindowDraft]:
    return presets.of(AgeBand(limits.child.band) if limits.child else AgeBand.TEEN).bedtime


def _drafts(limits: Limits, purpose: Purpose) -> list[WindowDraft]:
    return [_draft(window) for window in limits.windows.filter(purpose=purpose)]


def _draft(window: Window) -> WindowDraft:
    return WindowDraft(days=window.days, start=window.start, end=window.end)


@guardian
@require_POST
@of_limits
def add_days_off(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Let nobody at home have bedtime or homework on some days."""
    form, at = forms.DaysOffForm(request.POST), timezone.now()
    if form.is_valid():
        values = form.cleaned_data
        try:
            services.add_free_days(limits.household, values["first"], values["last"], by=seat.user, at=at)
        except services.DaysRefused:
            form.add_error("first", _("Give days to come, a hundred at most, and within two years."))
        except seats.TooMany:
            form.add_error(None, WORDS[seats.TooMany])
    if form.errors:
        return _draw(request, limits, _Bound(days_off=form))
    messages.success(request, _("Kept. No bedtime and no homework begins on these days."))
    return back(request, limits, to="limits:times")


@guardian
@require_POST
@of_limits
def drop_days_off(request: HttpRequest, seat: Guardian, limits: Limits, number: int) -> HttpResponse:
    """Let bedtime and homework begin on these days again."""
    free = get_object_or_404(FreeDays.objects.select_related("household"), pk=number, household=seat.household)
    services.drop_free_days(free, by=seat.user, at=timezone.now())
    messages.success(request, _("Taken off."))
    return back(request, limits, to="limits:times")


@guardian
@require_POST
@of_limits
def set_zone(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Tell the times of everybody at home by the clock of a place."""
    form = forms.ZoneForm(request.POST, zone=services.zone_of(limits.household))
    if not form.is_valid():
        return _draw(request, limits, _Bound(zone=form))
    services.set_zone(limits.household, form.cleaned_data["zone"], by=seat.user, at=timezone.now())
    messages.success(request, _("Kept. All times at home follow this clock."))
    return back(request, limits, to="limits:times")

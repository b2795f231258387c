"""How things stand for one child now, and the steps that change it at once: a pause, more time, the last step undone."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.families.models import Guardian
from leeward.families.visits import guardian
from leeward.limits import forms, pages, picks, services, times, week, when
from leeward.limits.choices import Purpose, Why
from leeward.limits.models import Limits
from leeward.limits.visits import back, of_limits

_REWARDS_SHOWN = 5


@guardian
@never_cache
@require_safe
@of_limits
def page(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Show how things stand, the week as a picture, and what is kept away."""
    return _draw(request, limits, forms.TimeForm())


def _draw(request: HttpRequest, limits: Limits, form: forms.TimeForm) -> HttpResponse:
    at, zone = timezone.now(), services.zone_of(limits.household)
    windows = list(limits.windows.all())
    given = limits.rewards.order_by("-at")[:_REWARDS_SHOWN]
    context = {
        "pauses": forms.PAUSES,
        "form": form,
        "week": week.picture(windows),
        "can_give": bool(windows) or form.is_bound,
        "kept_away": picks.summary(limits.blocked),
        "times": [(purpose.label, week.listed(windows, purpose)) for purpose in Purpose],
        "rewards": [(one, when.until(one.at, at=at, zone=zone)) for one in given],
    }
    return pages.draw(request, limits, pages.Page.NOW, context, status=422 if form.is_bound else 200)


@guardian
@require_POST
@of_limits
def pause(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Pause everything for a while."""
    form, at = forms.PauseForm(request.POST), timezone.now()
    if not form.is_valid():
        messages.warning(request, _("Choose how long the pause lasts."))
        return back(request, limits)
    zone = services.zone_of(limits.household)
    until = forms.end_of(forms.Span(form.cleaned_data["span"]), at=at, zone=zone)
    assert until is not None  # noqa: S101  # the form offers no pause without an end
    services.pause(limits, until=until, by=seat.user, at=at)
    messages.success(request, _("Paused. Helplines stay open."))
    return back(request, limits)


@guardian
@require_POST
@of_limits
def resume(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """End a pause."""
    services.resume(limits, by=seat.user, at=timezone.now())
    messages.success(request, _("The pause is over."))
    return back(request, limits)


@guardian
@require_POST
@of_limits
def hour_more(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Give one hour more with one press."""
    services.give_time(limits, minutes=times.MORE_MINUTES, why=Why.OTHER, by=seat.user, at=timezone.now())
    messages.success(request, _("One hour more. Bedtime and homework wait so long."))
    return back(request, limits)


@guardian
@require_POST
@of_limits
def reward(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Give more time, and say what for."""
    form = forms.TimeForm(request.POST)
    if not form.is_valid():
        return _draw(request, limits, form)
    minutes, why = form.cleaned_data["minutes"], Why(form.cleaned_data["why"])
    services.give_time(limits, minutes=minutes, why=why, by=seat.user, at=timezone.now())
    messages.success(request, _("More time is given. Bedtime and homework wait so long."))
    return back(request, limits)


@guardian
@require_POST
@of_limits
def no_more(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Take back the time that was given and is not used yet."""
    services.take_time_back(limits, by=seat.user, at=timezone.now())
    messages.success(request, _("The time that was left is taken back."))
    return back(request, limits)


@guardian
@require_POST
@of_limits
def undo(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Undo the last change."""
    services.undo(limits, by=seat.user, at=timezone.now())
    messages.success(request, _("Undone. Everything is as it was."))
    return back(request, limits)

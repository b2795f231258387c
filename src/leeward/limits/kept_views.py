"""What is kept away always and at homework time, the safe forms of search, and apps by name."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.families.models import Guardian
from leeward.families.visits import guardian
from leeward.limits import forms, pages, picks, services
from leeward.limits.models import Limits
from leeward.limits.visits import back, of_limits


@guardian
@never_cache
@require_safe
@of_limits
def kept(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Show the kinds of sites in groups, and the safe forms of search."""
    return _draw_kept(request, limits, [])


def _draw_kept(request: HttpRequest, limits: Limits, faults: list[str]) -> HttpResponse:
    context = {
        "groups": picks.groups(limits.blocked),
        "homework_groups": picks.groups(limits.homework_blocked),
        "safe": picks.safe(limits.safe),
        "faults": faults,
    }
    return pages.draw(request, limits, pages.Page.KEPT, context, status=422 if faults else 200)


@guardian
@never_cache
@require_safe
@of_limits
def apps(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Show apps and sites by name."""
    return _draw_apps(request, limits, [])


def _draw_apps(request: HttpRequest, limits: Limits, faults: list[str]) -> HttpResponse:
    context = {
        "apps": picks.apps(limits.blocked),
        "homework_apps": picks.apps(limits.homework_blocked),
        "faults": faults,
    }
    return pages.draw(request, limits, pages.Page.APPS, context, status=422 if faults else 200)


@guardian
@require_POST
@of_limits
def set_kept(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Keep these kinds away, and no others; apps stay as they are."""
    form = forms.PicksForm(request.POST, offered=picks.KINDS)
    if not form.is_valid():
        return _draw_kept(request, limits, _faults(form))
    chosen = _changed(limits.blocked, form, offered=picks.KINDS)
    services.set_blocked(limits, chosen, by=seat.user, at=timezone.now())
    return _kept(request, limits, pages.Page.KEPT)


@guardian
@require_POST
@of_limits
def set_apps(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Keep these apps away, and no others; kinds stay as they are."""
    form = forms.PicksForm(request.POST, offered=picks.APPS)
    if not form.is_valid():
        return _draw_apps(request, limits, _faults(form))
    chosen = _changed(limits.blocked, form, offered=picks.APPS)
    services.set_blocked(limits, chosen, by=seat.user, at=timezone.now())
    return _kept(request, limits, pages.Page.APPS)


@guardian
@require_POST
@of_limits
def set_homework_kept(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Keep these kinds away at homework time."""
    form = forms.PicksForm(request.POST, offered=picks.KINDS)
    if not form.is_valid():
        return _draw_kept(request, limits, _faults(form))
    chosen = _changed(limits.homework_blocked, form, offered=picks.KINDS)
    services.set_homework_blocked(limits, chosen, by=seat.user, at=timezone.now())
    return _kept(request, limits, pages.Page.KEPT)


@guardian
@require_POST
@of_limits
def set_homework_apps(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Keep these apps away at homework time."""
    form = forms.PicksForm(request.POST, offered=picks.APPS)
    if not form.is_valid():
        return _draw_apps(request, limits, _faults(form))
    chosen = _changed(limits.homework_blocked, form, offered=picks.APPS)
    services.set_homework_blocked(limits, chosen, by=seat.user, at=timezone.now())
    return _kept(request, limits, pages.Page.APPS)


@guardian
@require_POST
@of_limits
def set_safe(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Answer these search engines in their safe form."""
    form = forms.PicksForm(request.POST, offered=picks.SAFE)
    if not form.is_valid():
        return _draw_kept(request, limits, _faults(form))
    services.set_safe(limits, form.cleaned_data["slugs"], by=seat.user, at=timezone.now())
    return _kept(request, limits, pages.Page.KEPT)


def _faults(form: forms.PicksForm) -> list[str]:
    return [str(fault) for fault in form.errors["slugs"]]


def _changed(before: Collection[str], form: forms.PicksForm, *, offered: Collection[str]) -> list[str]:
    """Return what was chosen, and of what stood there before all that this form did not offer."""
    return [*(slug for slug in before if slug not in offered), *form.cleaned_data["slugs"]]


def _kept(request: HttpRequest, limits: Limits, page: pages.Page) -> HttpResponse:
    messages.success(request, _("Kept. It holds from now on."))
    return back(request, limits, to=f"limits:{page.value}")

"""Everything at once: as we suggest it for an age, or as it is for somebody else at home."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.families.choices import AgeBand
from leeward.families.models import Guardian
from leeward.families.visits import guardian
from leeward.limits import cards, forms, pages, services
from leeward.limits.models import Limits
from leeward.limits.visits import back, of_limits


@guardian
@never_cache
@require_safe
@of_limits
def start(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Show what can be taken over whole."""
    return _draw(request, limits, forms.PresetForm(), _copy_form(limits), status=200)


def _draw(
    request: HttpRequest, limits: Limits, preset: forms.PresetForm, copy: forms.CopyForm, *, status: int = 422
) -> HttpResponse:
    context = {"preset": preset, "copy": copy, "has_others": bool(copy.fields["other"].choices)}  # type: ignore[attr-defined]  # a ChoiceField
    return pages.draw(request, limits, pages.Page.START, context, status=status)


def _copy_form(limits: Limits, data: object = None) -> forms.CopyForm:
    others = limits.household.limits.here().exclude(pk=limits.pk).select_related("child")
    return forms.CopyForm(data, others=[(one, cards.title(one)) for one in others])


@guardian
@require_POST
@of_limits
def take_preset(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Take what is suggested for an age."""
    form = forms.PresetForm(request.POST)
    if not form.is_valid():
        return _draw(request, limits, form, _copy_form(limits))
    services.take_preset(limits, AgeBand(form.cleaned_data["band"]), by=seat.user, at=timezone.now())
    messages.success(request, _("Kept. It holds from now on."))
    return back(request, limits)


@guardian
@require_POST
@of_limits
def copy(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Take what holds for somebody else at home."""
    form = _copy_form(limits, request.POST)
    if not form.is_valid():
        return _draw(request, limits, forms.PresetForm(), form)
    services.copy_from(limits, form.limits(), by=seat.user, at=timezone.now())
    messages.success(request, _("Kept. It holds from now on."))
    return back(request, limits)

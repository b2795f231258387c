"""A guardian answers what a child asked, with one press."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leeward.families.models import Guardian
from leeward.families.visits import guardian
from leeward.limits import asks, forms, services
from leeward.limits.models import Ask, Limits
from leeward.limits.visits import back, of_limits


@guardian
@require_POST
@of_limits
def allow(request: HttpRequest, seat: Guardian, limits: Limits, ask_uid: UUID) -> HttpResponse:
    """Say yes, until the moment that the button names."""
    form, at = forms.AnswerForm(request.POST), timezone.now()
    ask = _ask(limits, ask_uid)
    if not form.is_valid():
        messages.warning(request, _("Choose until when."))
        return back(request, limits)
    zone = services.zone_of(limits.household)
    until = forms.end_of(forms.Span(form.cleaned_data["span"]), at=at, zone=zone)
    asks.allow(ask, until=until, by=seat.user, at=at)
    messages.success(request, _("You said yes. It is open now."))
    return back(request, limits)


@guardian
@require_POST
@of_limits
def refuse(request: HttpRequest, seat: Guardian, limits: Limits, ask_uid: UUID) -> HttpResponse:
    """Say no."""
    asks.refuse(_ask(limits, ask_uid), by=seat.user, at=timezone.now())
    messages.success(request, _("You said no. The child reads that, too: tell it why."))
    return back(request, limits)


def _ask(limits: Limits, uid: UUID) -> Ask:
    return get_object_or_404(Ask.objects.select_related("limits__household", "limits__child"), uid=uid, limits=limits)

"""The exchange as an officer sees it: who takes part, what came in and what we gave out, and what needs a person."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leeward.core import access
from leeward.core.models import Role, User
from leeward.exchange.overview import participants, services
from leeward.exchange.review import services as review


@access.roles(Role.REVIEWER, Role.SENIOR_REVIEWER, Role.OPERATOR)
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show the exchange in numbers, and what needs a person."""
    known = participants.participants(at=timezone.now())
    context = {
        "participants": known,
        "places": participants.places(known),
        "width": participants.WIDTH,
        "height": participants.HEIGHT,
        "waiting": review.waiting().count(),
        "canaries": review.canary_hits(),
        "troubled": services.in_trouble(),
        "came_in": services.came_in(),
        "gave_out": services.gave_out(),
        "answered": services.answered(),
        "is_operator": isinstance(request.user, User) and Role.OPERATOR in request.user.roles,
    }
    return render(request, "exchange/overview.html", context)

"""The family page: what children ask, how things stand for each of them, and their devices."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leeward.core import access
from leeward.families import codes, guardians, seats, setup
from leeward.families.choices import Standing
from leeward.families.permission import services as permissions
from leeward.families.visits import guardian, show
from leeward.families.vouching import services as vouching
from leeward.limits import asks, cards, forms, services
from leeward.limits.models import HouseRules


@guardian
@never_cache
@require_safe
def family(request: HttpRequest) -> HttpResponse:
    """Show the household, or how to begin one."""
    seat = seats.of(access.person(request))
    if seat is None:
        return show(request, "families/begin.html", {})
    household, at = seat.household, timezone.now()
    invitation = guardians.waiting(household, at=at)
    children, everybody = cards.of_children(household, at=at), cards.of_everybody(household, at=at)
    context = {
        "asks": [(ask, cards.title(ask.limits)) for ask in asks.waiting(household, at=at)],
        "age_asks": vouching.waiting(household, at=at),
        "permission_asks": permissions.waiting(household, at=at),
        "answers": forms.ANSWERS,
        "pauses": forms.PAUSES,
        "children": children,
        "everybody": everybody,
        "is_sheltered": setup.current().is_open,
        "has_clock": HouseRules.objects.filter(household=household).exists(),
        "zone": services.zone_of(household),
        "has_devices": any(card.devices for card in (*children, *everybody)),
        "guardians": household.guardians.filter(left_at=None).select_related("user"),
        "is_owner": seat.role == Standing.OWNER,
        "invitation": invitation,
        "code": codes.grouped(codes.invitation_code(invitation.uid), between=" ") if invitation else "",
    }
    return show(request, "limits/family.html", context)

"""The guardian's page about the home's line: one press, and what was set for it holds for everybody who uses it."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.families.models import Guardian, Household
from leeward.families.visits import at_home, guardian
from leeward.filtering.subscribers import address as line_address
from leeward.filtering.subscribers import services
from leeward.filtering.subscribers.models import Subscriber
from leeward.limits.choices import Whose
from leeward.limits.models import Limits

_TAKEN = gettext_lazy("Another family has this line here. Ask your provider to put it right.")
_ELSEWHERE = gettext_lazy("You are not on that line any more. Look again.")


class Here(StrEnum):
    """What can be said of the line from which the page is opened."""

    OWN = "own"
    FREE = "free"
    TAKEN = "taken"
    SHARED = "shared"
    UNKNOWN = "unknown"


@guardian
@never_cache
@require_safe
@at_home
def line(request: HttpRequest, seat: Guardian) -> HttpResponse:
    """Say whether this is the home's line, and show the lines that the family has linked."""
    household = seat.household
    found, here = _here(request, household)
    limits = Limits.objects.filter(household=household, whose=Whose.LINE).first()
    context = {
        "here": here.value,
        "found": found if here in {Here.FREE, Here.OWN} else None,
        "lines": household.lines.order_by("linked_at", "pk"),
        "limits": limits,
    }
    return render(request, "filtering/line.html", context)


@guardian
@require_POST
@at_home
def link(request: HttpRequest, seat: Guardian) -> HttpResponse:
    """Link the line from which this was pressed, if it is still the one that the page showed."""
    found, here = _here(request, seat.household)
    if found is None or str(found.uid) != request.POST.get("line"):
        messages.warning(request, str(_TAKEN if here == Here.TAKEN else _ELSEWHERE))
        return redirect("line")
    try:
        services.link(found, seat.household, by=seat.user, at=timezone.now())
    except services.LineTaken:
        messages.warning(request, str(_TAKEN))
    else:
        messages.success(request, _("This is your home's line now. What you set for it holds for everybody on it."))
    return redirect("line")


@guardian
@require_POST
@at_home
def unlink(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Take a line of the family off."""
    found = Subscriber.objects.filter(uid=uid, household=seat.household).first()
    if found is None:
        messages.warning(request, _("Somebody took this line off meanwhile."))
        return redirect("line")
    try:
        services.unlink(found, seat.household, by=seat.user, at=timezone.now())
    except services.NotThisLine:
        messages.warning(request, _("Somebody took this line off meanwhile."))
    else:
        messages.success(request, _("The line is taken off. Nothing that you set holds for it any more."))
    return redirect("line")


def _here(request: HttpRequest, household: Household) -> tuple[Subscriber | None, Here]:
    address, port = line_address.of(request)
    found = services.line_at(address, port=port)
    if found is None:
        return None, Here.SHARED if services.is_shared(address) else Here.UNKNOWN
    if found.household_id is None:
        return found, Here.FREE
    return (found, Here.OWN) if found.household_id == household.pk else (None, Here.TAKEN)

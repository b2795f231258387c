"""How a guardian's request meets the limits of their own household, and what they read where a service refused."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Concatenate
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _

from leeward.families import undo, visits
from leeward.families.models import Guardian
from leeward.limits import asks, services
from leeward.limits.models import Limits

# What a guardian reads where a service refused, by what it raised.
WORDS: Mapping[type[Exception], Any] = {
    **visits.WORDS,
    asks.AlreadyAnswered: _("Somebody has answered this question already, or it is too old."),
    services.NoSuchLimits: _("Somebody took this child off meanwhile."),
    services.EnoughTime: _("There is more time for half a day already. Change bedtime instead."),
    services.HomeworkInBedtime: _("Homework would lie wholly inside bedtime, when all is closed. Choose other hours."),
    services.NoSuchName: _("Somebody took this site off meanwhile."),
    services.TooManyNames: _("There are very many sites already. Take one off first."),
    services.NoSuchDays: _("Somebody took these days off meanwhile."),
    services.MomentRefused: _("This moment is over already. Choose a later one."),
}
REFUSALS = tuple(WORDS)
# What a button on the family page sends as `back`, so that the answer leads there again.
FAMILY = "family"


def of_limits[**Given](
    view: Callable[Concatenate[HttpRequest, Guardian, Limits, Given], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Give a view the seat of who asks and limits of their own household; those of another one are not found."""

    @functools.wraps(view)
    @visits.at_home
    def opened(
        request: HttpRequest, seat: Guardian, /, uid: UUID, *args: Given.args, **kwargs: Given.kwargs
    ) -> HttpResponse:
        limits = find(seat, uid)
        try:
            answer = view(request, seat, limits, *args, **kwargs)
        except REFUSALS as refusal:
            messages.warning(request, WORDS[type(refusal)])
            return back(request, limits)
        if request.method == "POST" and answer.status_code == HTTPStatus.FOUND:
            # The family page would offer to undo an older step as if it were this one.
            undo.withdraw(request.session)
        return answer

    return opened


def find(seat: Guardian, uid: UUID) -> Limits:
    """Return limits of the seat's household, of a child that is still here, or answer that there is nothing."""
    found = Limits.objects.here().select_related("household", "child")
    return get_object_or_404(found, uid=uid, household=seat.household)


def back(request: HttpRequest, limits: Limits, *, to: str = "limits:page") -> HttpResponse:
    """Lead to the page on which the button was pressed: the family page where it says so, otherwise one of `limits`."""
    if request.POST.get("back") == FAMILY:
        return redirect("family")
    return redirect(to, uid=limits.uid)

"""How a guardian's request meets their household: who asks, for which household, and the step that can be undone."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Concatenate
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leeward.core import access
from leeward.core.models import Role
from leeward.families import devices, guardians, seats, services, undo, undo_words
from leeward.families.models import Guardian

guardian = access.roles(Role.GUARDIAN)

# What a guardian reads where a service refused, by what it raised.
WORDS: Mapping[type[Exception], Any] = {
    seats.NotYourFamily: _("You do not look after this family any more."),
    seats.NoGuardian: _("This account cannot look after a family. Ask your provider."),
    seats.TooLate: _("That cannot be undone any more."),
    undo.NothingToUndo: _("That cannot be undone any more."),
    services.HasFamily: _("You look after a family here already. Leave it first."),
    services.NoSuchChild: _("Somebody took this child off meanwhile."),
    devices.NoSuchDevice: _("Somebody took this device off meanwhile."),
    devices.HasJoined: _("This device has joined already. It needs no new address."),
    guardians.OwnerOnly: _("Only the grown-up who began this page can do that."),
    guardians.CodeOver: _("This code is over."),
    seats.TooMany: _("There is no more room. Take something off first."),
}
REFUSALS = tuple(WORDS)


def at_home[**Given](
    view: Callable[Concatenate[HttpRequest, Guardian, Given], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Given], HttpResponse]:
    """Give a view the seat of who asks; without a household, or where a service refuses, lead to the family page."""

    @functools.wraps(view)
    def opened(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        seat = seats.of(access.person(request))
        if seat is None:
            return redirect("family")
        try:
            return view(request, seat, *args, **kwargs)
        except REFUSALS as refusal:
            messages.warning(request, WORDS[type(refusal)])
            return redirect("family")

    return opened


def told(request: HttpRequest, step: Callable[[], object], said: Any, why: Mapping[type[Exception], Any]) -> None:
    """Take a step and tell that it is done, or, by what it raised, why it was refused."""
    try:
        step()
    except tuple(why) as refusal:
        messages.warning(request, why[type(refusal)])
    else:
        messages.success(request, said)


def show(request: HttpRequest, template: str, context: Mapping[str, Any], *, about: UUID | None = None) -> HttpResponse:
    """Draw a page to which a step leads, with the button that undoes it; with `about`, only a step done to that."""
    step = undo.offered(request.session, at=timezone.now())
    is_shown = step is not None and about in {None, step.uid}
    return render(request, template, {**context, "undo": undo_words.said(step) if step and is_shown else ""})

"""The operator's page of ways to show an age, and the switch of each."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.age import switches, ways
from leeward.age.levels import Level
from leeward.core import access
from leeward.core.models import Role

operator = access.roles(Role.OPERATOR)


@operator
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show every way, whether it is offered, and why not."""
    return render(request, "age/ways.html", {"board": ways.board(), "levels": [level.value for level in Level]})


@operator
@require_POST
def close(request: HttpRequest, method: str) -> HttpResponse:
    """Offer a way no more."""
    return _switched(request, method, switches.close, _("%(way)s: off. You can switch it on again below."))


@operator
@require_POST
def open_again(request: HttpRequest, method: str) -> HttpResponse:
    """Offer a way again."""
    return _switched(
        request, method, switches.open_again, _("%(way)s: on. Visitors are offered it wherever it is set up.")
    )


def _switched(request: HttpRequest, method: str, switch: Callable[..., None], said: str) -> HttpResponse:
    try:
        switch(method, by=access.person(request), at=timezone.now())
    except switches.UnknownWay:
        raise Http404 from None
    except switches.SwitchedAlready:
        messages.info(request, _("It was switched already."))
    else:
        messages.success(request, said % {"way": ways.title(method)})
    return redirect("age:ways")

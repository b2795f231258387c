"""Single sites that the family itself opens or closes."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.engines import policy
from leeward.families.models import Guardian
from leeward.families.visits import guardian
from leeward.limits import forms, pages, services, when
from leeward.limits.models import Limits, OwnName
from leeward.limits.visits import back, of_limits


@guardian
@never_cache
@require_safe
@of_limits
def names(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Show the sites that the family opened or closed, and a form for one more."""
    return draw(request, limits, forms.NameForm())


@dataclass(frozen=True)
class Tried:
    """A name that a guardian tried: whether it is open, whether the family can open it, and why, in sentences."""

    name: str
    is_open: bool
    can_open: bool
    said: tuple[str, ...]


def draw(
    request: HttpRequest,
    limits: Limits,
    form: forms.NameForm,
    *,
    trying: forms.TryForm | None = None,
    tried: Tried | None = None,
) -> HttpResponse:
    """Draw the page of single sites; with 422 where a form has a fault."""
    at, zone = timezone.now(), services.zone_of(limits.household)
    in_force = [own for own in limits.own_names.all() if own.until is None or own.until > at]
    ends = [when.until(own.until, at=at, zone=zone) if own.until else "" for own in in_force]
    context = {
        "own_names": list(zip(in_force, ends, strict=True)),
        "form": form,
        "trying": trying or forms.TryForm(),
        "tried": tried,
        "opens": forms.ANSWERS,
    }
    has_faults = form.errors or (trying and trying.errors)
    return pages.draw(request, limits, pages.Page.NAMES, context, status=422 if has_faults else 200)


@guardian
@require_POST
@of_limits
def add(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Open or close a site, for a while or for good."""
    form = forms.NameForm(request.POST)
    if form.is_valid():
        try:
            _put(limits, form, seat=seat)
        except policy.PublicSuffix:
            form.add_error("name", _("Very many sites end like this. Write the whole name of one site."))
        except policy.NeverBlocked:
            form.add_error("name", _("Help must always be within reach, so this site cannot be closed."))
        except policy.NotAHostName:
            form.add_error("name", forms.NOT_A_SITE)
    if form.errors:
        return draw(request, limits, form)
    messages.success(request, _("Kept. It holds from now on."))
    return back(request, limits, to="limits:names")


def _put(limits: Limits, form: forms.NameForm, *, seat: Guardian) -> None:
    values, at = form.cleaned_data, timezone.now()
    until = forms.end_of(forms.Span(values["span"]), at=at, zone=services.zone_of(limits.household))
    put = services.allow_name if values["allows"] == "open" else services.close_name
    put(limits, values["name"], until=until, by=seat.user, at=at)


@guardian
@require_POST
@of_limits
def drop(request: HttpRequest, seat: Guardian, limits: Limits, own_uid: UUID) -> HttpResponse:
    """Let the other limits decide about a site again."""
    own = get_object_or_404(OwnName.objects.select_related("limits__household"), uid=own_uid, limits=limits)
    services.drop_name(own, by=seat.user, at=timezone.now())
    messages.success(request, _("Taken off."))
    return back(request, limits, to="limits:names")

"""A guardian tries a name: is it open or closed for this child now, and why. It stands here, because here is who knows."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leeward.families.models import Guardian
from leeward.families.visits import guardian
from leeward.filtering.door import explaining
from leeward.limits import forms, name_views, services, why
from leeward.limits.choices import Wish
from leeward.limits.models import Limits
from leeward.limits.name_views import Tried
from leeward.limits.visits import of_limits


@guardian
@never_cache
@require_safe
@of_limits
def try_name(request: HttpRequest, seat: Guardian, limits: Limits) -> HttpResponse:
    """Show the page of single sites with the answer about one of them."""
    form, at = forms.TryForm(request.GET or None), timezone.now()
    if not form.is_valid():
        return name_views.draw(request, limits, forms.NameForm(), trying=form)
    name = form.cleaned_data["name"]
    decision = explaining.explain(name, limits=limits, at=at)
    said = why.said(decision, at=at, zone=services.zone_of(limits.household))
    can_open = explaining.wish(decision, name) == Wish.NAME
    tried = Tried(name, is_open=decision.is_open, can_open=can_open, said=tuple(said))
    return name_views.draw(request, limits, forms.NameForm(), trying=form, tried=tried)

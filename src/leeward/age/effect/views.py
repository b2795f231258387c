"""The operator sees how often each way is wrong, how sure that is, and what signs of getting round there are."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leeward.age.effect import figures, plots
from leeward.core import access, config
from leeward.core.models import Role


@access.roles(Role.OPERATOR)
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show every estimate of the last year with its interval, and the signs of the last weeks."""
    at = timezone.now()
    found = figures.figures(at=at)
    share = config.current().age.step_up_share
    context = {
        "lines": plots.lines(found),
        "scale_percent": round(100 * plots.scale(found)),
        "share": plots.percent(share) if share else "",
        "plot": plots.signs(at=at),
    }
    return render(request, "age/effect.html", context)

"""The page that explains a closed door."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leeward.core import access, config
from leeward.engines import policy
from leeward.filtering import compiler
from leeward.filtering.reading import reader


@access.public
@require_safe
def door(request: HttpRequest) -> HttpResponse:
    """Say whether a name is kept away and why: `/door?name=`."""
    return _explained(request, request.GET.get("name", ""), site_url="", blocked_status=200)


def door_by_host(request: HttpRequest) -> HttpResponse:
    """Explain to somebody whom the resolver led here under a blocked name."""
    # Under that name every link leads back to this page, so ours begin with our own address.
    site_url = config.current().server.site_url
    name = request.META.get("HTTP_HOST", "").partition(":")[0]
    return _explained(request, name, site_url=site_url, blocked_status=403)


def _explained(request: HttpRequest, typed: str, *, site_url: str, blocked_status: int) -> HttpResponse:
    try:
        name = policy.normalise(typed) if typed else ""
    except policy.NotAHostName:
        name = ""
    verdict = reader(compiler.table_path()).decide(name) if name else policy.ALLOWED
    context = {"name": name, "verdict": verdict, "typed": bool(typed), "site_url": site_url}
    answer = render(request, "filtering/door.html", context, status=blocked_status if verdict.blocked else 200)
    answer["Cache-Control"] = "no-store"
    return answer

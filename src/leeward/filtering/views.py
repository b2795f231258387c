"""The page that explains a closed door."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from leeward.core import access
from leeward.engines import policy
from leeward.filtering import compiler
from leeward.filtering.reading import reader


@access.public
@require_GET
def door(request: HttpRequest) -> HttpResponse:
    """Say whether a name is kept away and why: `/door?name=`."""
    return _explained(request, request.GET.get("name", ""))


def door_by_host(request: HttpRequest) -> HttpResponse:
    """Explain to somebody whom the resolver led here under a blocked name."""
    return _explained(request, request.META.get("HTTP_HOST", "").partition(":")[0])


def _explained(request: HttpRequest, typed: str) -> HttpResponse:
    try:
        name = policy.normalise(typed) if typed else ""
    except policy.NotAHostName:
        name = ""
    verdict = reader(compiler.table_path()).decide(name) if name else policy.ALLOWED
    status = 403 if verdict.blocked and request.path != "/door" else 200
    context = {"name": name, "verdict": verdict, "typed": bool(typed)}
    answer = render(request, "filtering/door.html", context, status=status)
    answer["Cache-Control"] = "no-store"
    return answer

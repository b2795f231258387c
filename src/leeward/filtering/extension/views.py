"""The page from which the extension is installed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leeward.core import access, config
from leeward.filtering.extension import building


@access.public
@require_safe
def extension(request: HttpRequest) -> HttpResponse:
    """Say what the extension does, what it sends, and how it gets into a browser."""
    return render(request, "filtering/extension.html", {"can_build": _package() is not None})


@access.public
@require_safe
def package(request: HttpRequest) -> HttpResponse:
    """Give the package for this site."""
    packed = _package()
    if packed is None:
        return render(request, "filtering/extension.html", {"can_build": False}, status=404)
    headers = {"Content-Disposition": 'attachment; filename="leeward-extension.zip"'}
    return HttpResponse(packed, content_type="application/zip", headers=headers)


def _package() -> bytes | None:
    try:
        return building.build(config.current().server.site_url)
    except building.WrongSite:
        return None

"""How a child's pages are drawn: its words, its device, and nothing of anybody where the device is not its own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Concatenate

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from leeward.core import texts
from leeward.engines.reading import Band
from leeward.families.models import Child
from leeward.families.this_device import this_device

APP = "families"


def words_for(child: Child | None) -> dict[str, dict[str, str]]:
    """Return the sentences for a child of its band, in the language of the page; for a stranger those for 10 to 12."""
    band = Band(child.band) if child is not None else Band.MIDDLE
    return texts.tables(texts.read(APP, language=get_language() or texts.ENGLISH, band=band))


def own[**Given](
    view: Callable[Concatenate[HttpRequest, Child, Given], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Given], HttpResponse]:
    """Give a view the child whose device asks; any other device reads how it becomes one."""

    @functools.wraps(view)
    def opened(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        device = this_device(request)
        if device is None or device.child is None:
            return render(request, "permission/child_stranger.html", {"words": words_for(None)}, status=403)
        return view(request, device.child, *args, **kwargs)

    return opened


def show(
    request: HttpRequest, child: Child, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Draw a page for a child."""
    return render(request, template, {"words": words_for(child), "child": child, **context}, status=status)

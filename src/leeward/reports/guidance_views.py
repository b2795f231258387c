"""The page that says how to make a good report, in the words of whoever reads it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leeward.core import access, texts
from leeward.reports import guidance


@access.public
@never_cache
@require_safe
def how(request: HttpRequest, reader: guidance.Reader = guidance.Reader.CHILD) -> HttpResponse:
    """Show the guidance for `reader`; the way to take a picture of the screen on this device stands first."""
    words = texts.read("reports", language=get_language() or "en", band=reader.band)
    mine = guidance.device_of(request.headers.get("User-Agent", ""))
    ways = guidance.ways(words, first=mine)
    return render(
        request,
        "reports/guidance.html",
        {
            "title": words["guide.title"],
            "lead": words["guide.how.lead"],
            "who": words["guide.how.who"],
            "readers": [(one, words[f"guide.how.{one}"]) for one in guidance.Reader],
            "reader": reader,
            "parts": guidance.parts(reader, words),
            "mine": ways[0] if mine else None,
            "mine_title": words["guide.screen.yours"],
            "others": ways[1:] if mine else ways,
            "others_title": words["guide.screen.others"],
        },
    )

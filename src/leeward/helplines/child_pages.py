"""How a page for a child who looks for help is shown: small, in easy words, and without a trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language

from leeward.core import config, texts
from leeward.engines.reading import Band

# For whom there are words. Whoever is older reads those of the oldest.
BANDS: Final = (Band.SMALL, Band.MIDDLE, Band.TEEN)
_AGE = "age"


def band_of(request: HttpRequest) -> Band:
    """Return for whose age the address asks, as in `?age=6-9`; 10 to 12 where it asks for none of ours.

    The choice stands in the address alone: no cookie and no row keeps it, and it needs no script.
    """
    asked = request.GET.get(_AGE, "")
    return Band(asked) if asked in BANDS else Band.MIDDLE


def words(request: HttpRequest) -> dict[str, dict[str, str]]:
    """Return the words for children in the language and for the age of this request, table by table."""
    return texts.tables(texts.read("helplines", language=get_language() or "en", band=band_of(request)))


def shown(
    request: HttpRequest,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Show a template that extends `helplines/child.html`; nothing keeps the page and no other site learns of it.

    The context of the template has `words`; `emergency`, the number that the operator set or nothing; and `of_age`, which each
    link from one of these pages to another ends with, so that the next one speaks to the same age. `context` may give another
    `emergency`, such as that of a country that the child chose.
    """
    band = band_of(request)
    everything = {
        "words": words(request),
        "emergency": config.current().intake.emergency_number,
        "ages": BANDS,
        "age": band,
        "of_age": "" if band == Band.MIDDLE else f"?{_AGE}={band}",
        **(context or {}),
    }
    answer = render(request, template, everything, status=status)
    add_never_cache_headers(answer)
    answer["Referrer-Policy"] = "no-referrer"
    return answer

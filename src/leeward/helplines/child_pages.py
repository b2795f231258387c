"""How a page for a child who looks for help is shown: small, in easy words, and without a trace."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language

from leeward.core import config, texts
from leeward.engines.reading import Band


def words(*, band: Band = Band.MIDDLE) -> dict[str, dict[str, str]]:
    """Return the words for children in the language of this request, table by table."""
    return texts.tables(texts.read("helplines", language=get_language() or "en", band=band))


def shown(
    request: HttpRequest,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    band: Band = Band.MIDDLE,
    status: int = 200,
) -> HttpResponse:
    """Show a template that extends `helplines/child.html`; nothing keeps the page and no other site learns of it.

    The context of the template has `words` and `emergency`, the number that the operator set or nothing; `context` may give
    another `emergency`, such as that of a country that the child chose.
    """
    everything = {"words": words(band=band), "emergency": config.current().intake.emergency_number, **(context or {})}
    answer = render(request, template, everything, status=status)
    add_never_cache_headers(answer)
    answer["Referrer-Policy"] = "no-referrer"
    return answer

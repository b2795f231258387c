"""The public keys of blind tokens, and the page from which a browser shows one to a site without telling us which site."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from leeward.age import words
from leeward.age.blind import keyring
from leeward.age.blind.services import SUITE
from leeward.core import access

KEPT_S = 300
# A page that is not fetched again does not tell us when it is used.
_PAGE_KEPT_S = 3600


@access.public
@require_safe
def keys(request: HttpRequest) -> JsonResponse:
    """Give every key in force to anybody: what its tokens say, and how long they are good."""
    answer = JsonResponse({"suite": SUITE.value, "keys": keyring.published(at=timezone.now())})
    answer["Cache-Control"] = f"public, max-age={KEPT_S}"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@access.public
@require_safe
@vary_on_headers("Cookie", "Accept-Language")
def show(request: HttpRequest) -> HttpResponse:
    """Show the page that gives a token to a site. Which site stands behind the hash sign, which no browser sends."""
    answer = render(request, "age/blind/show.html", {"said": words.tables()})
    answer["Cache-Control"] = f"private, max-age={_PAGE_KEPT_S}"
    answer["Referrer-Policy"] = "no-referrer"
    return answer

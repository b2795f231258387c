"""The public keys of blind tokens, and the page from which a browser shows one to a site without telling us which site."""

from __future__ import annotations

import json
import re

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from leeward.age import words
from leeward.age.blind import keyring, register
from leeward.age.blind.services import SUITE
from leeward.core import access, problems

KEPT_S = 300
# A page that is not fetched again does not tell us when it is used.
_PAGE_KEPT_S = 3600
_NUMBER = re.compile(r"[0-9]{1,9}")


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
def log(request: HttpRequest) -> HttpResponse:
    """Give the register of keys to anybody who keeps a copy: a line of JSON for each key, `AT_ONCE` after the number `after`."""
    after = request.GET.get("after", "0")
    if not _NUMBER.fullmatch(after):
        return problems.response(422, "«after» is the number of the last line that you have, or 0.")
    lines = [json.dumps(line, separators=(",", ":")) + "\n" for line in register.lines(after=int(after))]
    answer = HttpResponse("".join(lines), content_type="application/jsonl")
    answer["Cache-Control"] = f"public, max-age={KEPT_S}"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@access.public
@require_safe
@vary_on_headers("Cookie", "Accept-Language")
@words.for_reader
def show(request: HttpRequest) -> HttpResponse:
    """Show the page that gives a token to a site. Which site stands behind the hash sign, which no browser sends."""
    answer = render(request, "age/blind/show.html", {"said": words.tables()})
    answer["Cache-Control"] = f"private, max-age={_PAGE_KEPT_S}"
    answer["Referrer-Policy"] = "no-referrer"
    return answer

"""The gate as a proxy asks it, and the addresses below it that the proxy passes on under the site's own host.

The proxy says in X-Age-Required which area it stands before, on every one of these addresses, and drops what a visitor sent.
Where a host has several areas, those addresses take `need`, which names another one of the same site. The gate itself never does.
"""

from __future__ import annotations

import functools
import logging
import secrets
from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leeward.age import board, gate, words
from leeward.core import access, config, problems

log = logging.getLogger("leeward.age")

# Where the proxy passes these addresses on, on the site's own host.
PREFIX = "/_age"
_NONCE_BYTES = 16

type Gated = Callable[[HttpRequest, board.Board, gate.Area], HttpResponse]


def _at_area(view: Gated) -> Callable[[HttpRequest], HttpResponse]:
    """Give a view the area that the proxy names; without one nobody comes in."""

    @functools.wraps(view)
    def opened(request: HttpRequest) -> HttpResponse:
        now = board.Board()
        now.refresh(at=timezone.now())
        try:
            area = now.area(request.headers.get("X-Age-Required", ""))
        except board.NoSuchArea:
            log.error("a gate names no area that is required here")
            return problems.response(
                503, "X-Age-Required names no area. Correct it in the proxy, or add the requirement."
            )
        return view(request, now, area)

    return opened


@access.public
@never_cache
@require_safe
@_at_area
def check(request: HttpRequest, now: board.Board, area: gate.Area) -> HttpResponse:
    """Answer 204 where the visitor may come in, 401 where an age must be shown, 403 where it must be shown more surely."""
    try:
        now.admit(request.COOKIES.get(gate.COOKIE, ""), area.need, at=timezone.now())
    except gate.Refused as refused:
        is_too_low = refused.code == gate.Code.LEVEL_TOO_LOW
        answer = HttpResponse(status=403 if is_too_low else 401)
        answer["Location"] = _start_of(request, area)
        answer["WWW-Authenticate"] = gate.step_up(area) if is_too_low else "Bearer"
        return answer
    return HttpResponse(status=204)


@access.public
@never_cache
@require_safe
@_at_area
def enter(request: HttpRequest, now: board.Board, area: gate.Area) -> HttpResponse:
    """Answer as `check` does, for a proxy that passes a refusal on to the visitor: with the way, or the page that explains."""
    try:
        now.admit(request.COOKIES.get(gate.COOKIE, ""), area.need, at=timezone.now())
    except gate.Refused as refused:
        return _more(request, area) if refused.code == gate.Code.LEVEL_TOO_LOW else _start(request, area)
    return HttpResponse(status=204)


@access.public
@never_cache
@require_safe
@_at_area
def state(request: HttpRequest, now: board.Board, area: gate.Area) -> HttpResponse:
    """Tell a script of the site how the visitor stands: 204, 401 or 403 as `check`. It opens nothing."""
    try:
        now.admit(request.COOKIES.get(gate.COOKIE, ""), _named(request, now, area).need, at=timezone.now())
    except gate.Refused as refused:
        return HttpResponse(status=403 if refused.code == gate.Code.LEVEL_TOO_LOW else 401)
    return HttpResponse(status=204)


@access.public
@never_cache
@require_safe
@_at_area
def start(request: HttpRequest, now: board.Board, area: gate.Area) -> HttpResponse:
    """Lead a visitor to the pages where an age is shown; the page they wanted stays in a cookie of the site's own host."""
    return _start(request, _named(request, now, area))


def _named(request: HttpRequest, now: board.Board, area: gate.Area) -> gate.Area:
    """Return the area that the address names, where it is one of the same site; else the one of the proxy."""
    try:
        named = now.area(request.GET.get("need", ""))
    except board.NoSuchArea:
        return area
    return named if named.audience == area.audience else area


def _start(request: HttpRequest, area: gate.Area) -> HttpResponse:
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    leeward = config.current().server.site_url
    address, cookie = gate.way_out(nonce=nonce, to=_page(request), need=area.need, leeward=leeward)
    return _leading(address, cookie)


@access.public
@never_cache
@require_safe
@_at_area
def back(request: HttpRequest, now: board.Board, area: gate.Area) -> HttpResponse:
    """Take the token of a visitor who comes back, where it fits this browser, and lead on to the page they wanted."""
    token, way = request.GET.get("token", ""), request.COOKIES.get(gate.WAY_COOKIE, "")
    try:
        page, cookies = gate.way_back(token, way=way, area=area, keys=now.keys, at=timezone.now(), revoked=now.revoked)
    except gate.Refused:
        return _page_of(request, "again", area)
    return _leading(page, *cookies)


@access.public
@never_cache
@require_safe
@_at_area
def more(request: HttpRequest, now: board.Board, area: gate.Area) -> HttpResponse:
    """Say that the age must be shown more surely, and where."""
    return _more(request, _named(request, now, area))


def _more(request: HttpRequest, area: gate.Area) -> HttpResponse:
    answer = _page_of(request, "more", area)
    answer["WWW-Authenticate"] = gate.step_up(area)
    return answer


def _page_of(request: HttpRequest, table: str, area: gate.Area) -> HttpResponse:
    """Return a page of a few words without styles: under the site's own host there are no other files of ours."""
    context = {"said": words.tables()[f"gate_{table}"], "again": _start_of(request, area), "area": area}
    return render(request, "age/at_gate.html", context, status=403)


def _start_of(request: HttpRequest, area: gate.Area) -> str:
    return f"{PREFIX}/start?{urlencode({'to': _page(request), 'need': area.need})}"


def _page(request: HttpRequest) -> str:
    """Return the page that the visitor wanted: from the link, or as the proxy tells it."""
    asked = gate.local_path(request.GET.get("to", "") or request.headers.get("X-Forwarded-Uri", ""))
    return "/" if asked.startswith(PREFIX) else asked


def _leading(address: str, *cookies: gate.Cookie) -> HttpResponse:
    answer = HttpResponse(status=302, headers={"Location": address})
    for one in cookies:
        answer.set_cookie(one.name, one.value, max_age=one.max_age_s, secure=True, httponly=True, samesite="Lax")
    return answer

"""The gate as middleware of a provider's own site in Django."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from leeward.age.site_door import Reply, SiteDoor


def django_age_gate(door: SiteDoor) -> Callable[[Callable[[HttpRequest], HttpResponse]], Any]:
    """Return a Django middleware; name it in MIDDLEWARE as `gates.adults = django_age_gate(SiteDoor(...))`."""

    def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
        def gated(request: HttpRequest) -> HttpResponse:
            reply = door.answer(request.path, query=request.GET.dict(), cookies=request.COOKIES, at=datetime.now(UTC))
            return get_response(request) if reply is None else _django(reply)

        return gated

    return middleware


def _django(reply: Reply) -> HttpResponse:
    answer = HttpResponse(reply.body, status=reply.status)
    for name, value in reply.headers:
        if name == "Set-Cookie":
            answer.cookies.load(value)
        else:
            answer[name] = value
    return answer

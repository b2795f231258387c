"""What holds for every request: size before reading, our own names only, deny by default, quiet request log."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext_noop as _

from leeward.core import access, config, problems

log = logging.getLogger("leeward.request")

type Handler = Callable[[HttpRequest], HttpResponse]

# Doors of libraries that check their visitors themselves: the sign-in pages and our API, whose default is a key.
_TRUSTED_NAMESPACES = {"api"}
_TRUSTED_PREFIXES = ("allauth.",)
# Their bodies are read as they come, and are never whole in memory.
STREAM_PATHS = frozenset({"/api/v1/screen/stream", "/api/v1/subscribers/import"})
# Pages of people who work here: there is no form on them that would be whole without its file.
_STAFF_PREFIXES = ("/screening/", "/desk/", "/operator/")
_BODY_METHODS = {"POST", "PUT", "PATCH"}
_PORT = re.compile(r":[0-9]*$")  # An IPv6 address has colons of its own, inside its brackets.
# Longer numbers are too large in any case, and Python refuses to read the longest.
_LENGTH_DIGITS = 18


def client_address(request: HttpRequest) -> str:
    """Return the visitor's network address, counted from the right of X-Forwarded-For by the proxies that are ours."""
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    ours = config.current().server.trusted_proxies
    if ours and len(forwarded) >= ours:
        return str(forwarded[-ours])
    return str(request.META.get("REMOTE_ADDR", ""))


def wants_machine(request: HttpRequest) -> bool:
    """True where the answer should be a problem document rather than a page."""
    return request.path.startswith(("/api/", "/taxii2/", "/hma/", "/health/", "/shapes/"))


def refuse(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """Return a refusal in the form that the visitor can read; the page translates a `detail` that is marked."""
    if wants_machine(request):
        return problems.response(status, detail)
    return render(request, "core/refused.html", {"title": problems.TITLES[status], "detail": detail}, status=status)


def body_limit(path: str) -> int:
    """Return how many bytes a request to this door may bring: some doors take large files, as a stream."""
    current = config.current()
    return current.screening.stream_max_bytes if path in STREAM_PATHS else current.server.max_body_bytes


class BodyLimit:
    """Refuses a body that is too large, or of unknown length, before one byte of it is read."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in _BODY_METHODS:
            return self.get_response(request)
        if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
            # A small body that unpacks to a large one would get past the limit, so nothing is unpacked here.
            return self._closing(problems.response(415, "Send the body as it is, without Content-Encoding."))
        limit = body_limit(request.path)
        length = request.META.get("CONTENT_LENGTH") or ""
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            return self._closing(problems.response(411, "Send a Content-Length header instead of chunks."))
        if length and not (length.isascii() and length.isdecimal()):
            return self._closing(problems.response(400, "Send Content-Length as a whole number of bytes."))
        if len(length) > _LENGTH_DIGITS or int(length or 0) > limit:
            return self._closing(self._too_large(request, limit))
        return self.get_response(request)

    @staticmethod
    def _too_large(request: HttpRequest, limit: int) -> HttpResponse:
        if wants_machine(request):
            return problems.response(413, f"Send at most {limit} bytes.")
        if request.path.startswith(_STAFF_PREFIXES):
            return refuse(request, 413, _("Go back and choose a smaller file."))
        return refuse(request, 413, _("Go back and choose a smaller picture, or send it without one."))

    @staticmethod
    def _closing(answer: HttpResponse) -> HttpResponse:
        # The body that was not read must not be taken for the next request.
        answer["Connection"] = "close"
        return answer


class OwnNames:
    """Answers under our own names; under any other, which is a blocked one that led here, only the page that explains."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.door: Handler = import_string("leeward.filtering.door.views.door_by_host")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = _PORT.sub("", request.META.get("HTTP_HOST", ""))
        if name.lower() in config.current().server.hosts:
            return self.get_response(request)
        # A machine that asks under a foreign name, such as a probe by address, must not take the page for a yes.
        if request.method in {"GET", "HEAD"} and not wants_machine(request):
            return self.door(request)
        return problems.response(421, "Use one of the names of this site.")


class DenyByDefault:
    """Opens a view only for those whom it declared; a view that declared nothing opens for nobody."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if match is not None and (match.namespaces[:1] and match.namespaces[0] in _TRUSTED_NAMESPACES):
            return None
        if getattr(view, "__module__", "").startswith(_TRUSTED_PREFIXES):
            return None
        door = access.declared(view)
        if door is not None and door.admits(request):
            return None
        if door is not None and not request.user.is_authenticated and not wants_machine(request):
            return redirect(f"{reverse('account_login')}?{urlencode({'next': _way_back(request)}, safe='/')}")
        return refuse(request, 403, _("This page is not for this account. Sign in with another one, or go back."))


def _way_back(request: HttpRequest) -> str:
    """Return the page to come back to after signing in: this one, or the one whose form was sent."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    came_from = urlsplit(request.headers.get("Referer", ""))
    return came_from.path if came_from.netloc == request.get_host() and came_from.path else "/"


class Problems:
    """Makes every refusal at a machine's door a problem document, also those that a library worded."""

    _KNOWN = ("application/problem+json", "application/taxii+json")

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if answer.status_code < 400 or not request.path.startswith("/api/"):
            return answer
        if answer.headers.get("Content-Type", "").startswith(self._KNOWN):
            return answer
        problem = problems.response(answer.status_code, "See the OpenAPI document at /api/v1/openapi.json.")
        # The other headers stay: which methods there are, when to come again, who may read the answer.
        answer.content, answer["Content-Type"] = problem.content, problem["Content-Type"]
        answer["Content-Length"] = str(len(problem.content))  # Another middleware has counted the words of the library.
        return answer


class RequestLog:
    """Logs each request by the name of its route: no address, no query, no person."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        answer = self.get_response(request)
        route = request.resolver_match.route if request.resolver_match else ""
        if not route.startswith("h/"):
            taken_ms = round((time.perf_counter() - begun) * 1000, 1)
            extra = {"method": request.method, "route": route, "status": answer.status_code, "duration_ms": taken_ms}
            log.info("request", extra=extra)
        return answer

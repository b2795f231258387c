"""Refusals that a machine can read: problem documents of RFC 9457, each with what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_noop as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, ValidationError

from leeward.core import paces

MEDIA_TYPE = "application/problem+json"

# Marked where people can meet them on a page, which says them in their language; machines get English.
TITLES = {
    400: _("The request cannot be read"),
    401: "No valid key came with the request",
    403: _("This door is not open for you"),
    404: _("There is nothing here"),
    405: "This address does not take that method",
    406: "That answer format is not spoken here",
    408: "The request came too slowly",
    409: "This was already decided otherwise",
    411: "The length of the body is missing",
    413: _("This is too large"),
    415: "This media type is not taken here",
    421: "This host name is not served here",
    422: "Some fields are not right",
    429: _("Too many requests"),
    500: _("Something broke here"),
    503: "Not ready yet",
}


class Refused(Exception):
    """An API door refuses. `detail` says in a sentence what to do; it never repeats what was sent."""

    def __init__(self, status: int, detail: str, *, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, errors or []


def response(
    status: int, detail: str, *, errors: list[dict[str, str]] | None = None, more: Mapping[str, object] | None = None
) -> HttpResponse:
    """Return a problem document; `more` are members of its own kind, as RFC 9457 section 3.2 allows."""
    body: dict[str, object] = {
        **(more or {}),
        "type": "about:blank",
        "title": TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    answer = JsonResponse(body, status=status, content_type=MEDIA_TYPE)
    if status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="leeward"'
    return answer


def _fields(error: ValidationError) -> list[dict[str, str]]:
    """Say which field is wrong and how, without the value that was sent."""
    return [_field(one) for one in error.errors]


def _field(one: dict[str, Any]) -> dict[str, str]:
    place, words = [str(part) for part in one["loc"][1:]], str(one["msg"])
    if "error" in one.get("ctx", {}):
        # After the comma stands what the parser stumbled over, which is a piece of what was sent.
        words = words.partition(",")[0]
    return {"field": ".".join(place), "problem": words}


def install(api: NinjaAPI) -> None:
    """Make an API answer every refusal as a problem document."""

    @api.exception_handler(Refused)
    def refused(request: HttpRequest, error: Refused) -> HttpResponse:
        return response(error.status, error.detail, errors=error.errors)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return response(422, "Correct the fields named in «errors» and send the request again.", errors=_fields(error))

    @api.exception_handler(AuthenticationError)
    def no_key(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return response(401, "Send the header «Authorization: Bearer KEY» with a key that your operator gave you.")

    @api.exception_handler(AuthorizationError)
    def wrong_key(request: HttpRequest, error: AuthorizationError) -> HttpResponse:
        return response(403, "Ask the operator for a key with this scope.")

    @api.exception_handler(paces.TooOften)
    def too_often(request: HttpRequest, error: paces.TooOften) -> HttpResponse:
        answer = response(429, "Wait a little and send it again.")
        answer["Retry-After"] = str(error.seconds)
        return answer

    @api.exception_handler(Http404)
    def nothing(request: HttpRequest, error: Http404) -> HttpResponse:
        return response(404, "Look at the address again; the OpenAPI document at /api/v1/openapi.json lists them.")

    @api.exception_handler(HttpError)
    def other(request: HttpRequest, error: HttpError) -> HttpResponse:
        return response(error.status_code, "Correct the request as the OpenAPI document at /api/v1/openapi.json says.")

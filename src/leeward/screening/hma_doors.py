"""What holds at every HMA-compatible door: a provider's key first, then the method; JSON out, refusals as HMA words them.

HMA has no authentication of its own, and its clients have no place for a key but the address that they call. So a key
opens these doors as `Authorization: Bearer KEY`, or by HTTP Basic as the user name or as the password: a client that is
given `https://leeward:KEY@host/hma` sends it by itself. Refusals are `{"message": ...}`, as in `api_error_handler` of
hasher-matcher-actioner/src/OpenMediaMatch/utils/flask_utils.py, facebook/ThreatExchange.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from leeward.core import access, machines
from leeward.core.models import ApiKey, Organisation

# Only Basic: a client that waits for the challenge before it sends its key knows no other scheme.
CHALLENGE = 'Basic realm="leeward"'

type Handler = Callable[..., object]
type View = Callable[..., HttpResponse]


class Refused(Exception):
    """A door refuses. The message says in a sentence what to do; it never repeats what was sent."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def door(methods: Mapping[str, Handler], *, otherwise: tuple[int, str] | None = None) -> View:
    """Make a view of one handler for each method. A handler takes the request and whose key came; what it returns is JSON.

    A method without a handler is refused with the status and the words of `otherwise`, or with 405.
    """

    def view(request: HttpRequest, /, **parts: str) -> HttpResponse:
        try:
            asked_by = _asked_by(request)
            method = "GET" if request.method == "HEAD" else str(request.method)
            handler = methods.get(method)
            if handler is None:
                raise Refused(*(otherwise or (405, f"Use {' or '.join(methods)} at this address.")))
            return _answer(handler(request, asked_by, **parts))
        except Refused as refused:
            return _refusal(refused, methods)
        except DatabaseError:
            # Fails towards safety: whoever asks about an upload and has no answer holds it.
            return _refusal(Refused(503, "The database does not answer. Hold the upload and ask again."), methods)

    # A key comes with every request and no cookie opens anything, so there is nothing to forge across sites.
    return access.public(csrf_exempt(view))


def _answer(body: object, *, status: int = 200) -> HttpResponse:
    answer = JsonResponse(body, status=status, safe=False)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _refusal(refused: Refused, methods: Mapping[str, Any]) -> HttpResponse:
    answer = _answer({"message": refused.message}, status=refused.status)
    if refused.status == 401:
        answer["WWW-Authenticate"] = CHALLENGE
    if refused.status == 405:
        answer["Allow"] = ", ".join(methods)
    return answer


def _asked_by(request: HttpRequest) -> Organisation:
    for key in _keys(request.headers.get("Authorization", "")):
        found = machines.holder(key, scope=ApiKey.Scope.SCREEN)
        if found is not None:
            return found
    raise Refused(401, "Send a key for uploads: «Authorization: Bearer KEY», or https://leeward:KEY@ before the host.")


def _keys(authorization: str) -> list[str]:
    """Return what may be a key in an Authorization header: of Basic, the password and then the name. Source: RFC 7617."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return [key for key in [credentials.strip()] if key]
    if scheme.lower() != "basic":
        return []
    try:
        name, _, password = base64.b64decode(credentials.strip(), validate=True).decode("utf-8").partition(":")
    except ValueError:
        return []
    return [key for key in (password, name) if key]

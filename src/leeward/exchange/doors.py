"""What holds at every door of the TAXII server: a key first, then the media type, then the method; errors as TAXII says."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable, Mapping
from typing import Concatenate

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from leeward.core import access, machines
from leeward.core.models import ApiKey, Organisation
from leeward.engines.stix import taxii

type Handler[**Parts] = Callable[Concatenate[HttpRequest, Organisation, Parts], HttpResponse]
type View[**Parts] = Callable[Concatenate[HttpRequest, Parts], HttpResponse]

READS = ("GET", "HEAD")
CHALLENGE = 'Basic realm="leeward"'


class Refused(Exception):
    """A door refuses with this status. `title` says what is the matter and `description` what to do next."""

    def __init__(self, status: int, title: str, description: str) -> None:
        super().__init__(title)
        self.status, self.title, self.description = status, title, description


def answer(body: Mapping[str, object], *, status: int = 200) -> HttpResponse:
    """Return a TAXII document that no cache keeps: what one partner may see is nothing for the next."""
    response = HttpResponse(json.dumps(body), status=status, content_type=taxii.MEDIA_TYPE)
    response["Cache-Control"] = "private, no-store"
    return response


def door[**Parts](*, refused_writes: tuple[str, ...] = ()) -> Callable[[Handler[Parts]], View[Parts]]:
    """Make a view of a handler that reads. `refused_writes` are the methods that TAXII knows here and that nobody may use."""

    def open_to_keys(handler: Handler[Parts]) -> View[Parts]:
        @functools.wraps(handler)
        def view(request: HttpRequest, *args: Parts.args, **kwargs: Parts.kwargs) -> HttpResponse:
            try:
                asked_by = _asked_by(request)
                _check_form(request, refused_writes)
                return handler(request, asked_by, *args, **kwargs)
            except taxii.BadFilter as fault:
                return _error(400, "The query cannot be read", str(fault))
            except Refused as refusal:
                return _refusal(refusal, refused_writes)

        # A key comes with every request and no cookie opens anything, so there is nothing to forge across sites.
        return access.public(csrf_exempt(view))

    return open_to_keys


def _asked_by(request: HttpRequest) -> Organisation:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    found = None
    if scheme.lower() == "bearer":
        found = machines.holder(credentials.strip(), scope=ApiKey.Scope.EXCHANGE)
    elif scheme.lower() == "basic":
        found = _basic(credentials.strip())
    if found is None:
        raise Refused(
            401, "No valid key came with the request", "Send your organisation's name and its key for the exchange."
        )
    return found


def _basic(credentials: str) -> Organisation | None:
    """Return whose key this is where the name before it is right, too. Source: RFC 7617."""
    try:
        name, _, key = base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")
    except ValueError:
        return None
    found = machines.holder(key, scope=ApiKey.Scope.EXCHANGE)
    return found if found is not None and found.slug == name else None


def _check_form(request: HttpRequest, refused_writes: tuple[str, ...]) -> None:
    if not taxii.accepts(request.headers.get("Accept", "")):
        raise Refused(406, "That answer format is not spoken here", f"Send the header «Accept: {taxii.MEDIA_TYPE}».")
    if request.method in READS:
        return
    if request.method not in refused_writes:
        raise Refused(405, "This address does not take that method", "Use GET.")
    if request.method == "POST" and not taxii.accepts(_sent_type(request)):
        raise Refused(415, "This media type is not taken here", f"Send {taxii.MEDIA_TYPE}.")
    raise Refused(403, "This collection is only read", "Nobody can add or remove objects here; can_write says so.")


def _sent_type(request: HttpRequest) -> str:
    """Return the media type of the body; a wildcard is a range to accept and not a type to send."""
    sent = request.headers.get("Content-Type", "")
    return "" if "*" in sent else sent


def _refusal(refusal: Refused, refused_writes: tuple[str, ...]) -> HttpResponse:
    response = _error(refusal.status, refusal.title, refusal.description)
    if refusal.status == 401:
        response["WWW-Authenticate"] = CHALLENGE
    if refusal.status == 405:
        response["Allow"] = ", ".join((*READS, *refused_writes))
    return response


def _error(status: int, title: str, description: str) -> HttpResponse:
    return answer(taxii.error(title, http_status=status, description=description), status=status)

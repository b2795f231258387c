"""What holds at every door of the TAXII server: a key first, then the media type, then the method; errors as TAXII says."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Concatenate

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from leeward.core import access, machines
from leeward.core.models import ApiKey, Organisation
from leeward.engines.stix import taxii
from leeward.exchange.partners import rates as partner_rates
from leeward.exchange.partners import services as partners
from leeward.exchange.partners import signatures as http_signatures
from leeward.exchange.partners.models import Partner

type Handler[**Parts] = Callable[Concatenate[HttpRequest, Partner, Parts], HttpResponse]
type View[**Parts] = Callable[Concatenate[HttpRequest, Parts], HttpResponse]

READS = ("GET", "HEAD")
CHALLENGE = 'Basic realm="leeward"'
_NOTED_EVERY = timedelta(minutes=1)


class Refused(Exception):
    """A door refuses with this status. `title` says what is the matter and `description` what to do next."""

    def __init__(self, status: int, title: str, description: str, *, wait_s: int | None = None) -> None:
        super().__init__(title)
        self.status, self.title, self.description, self.wait_s = status, title, description, wait_s


def answer(body: Mapping[str, object] | bytes, *, status: int = 200) -> HttpResponse:
    """Return a TAXII document that no cache keeps: what one partner may see is nothing for the next.

    Octets are a document that was written already.
    """
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = HttpResponse(octets, status=status, content_type=taxii.MEDIA_TYPE)
    response["Cache-Control"] = "private, no-store"
    return response


def door[**Parts](*, writes: tuple[str, ...] = ()) -> Callable[[Handler[Parts]], View[Parts]]:
    """Make a view of a handler that reads, and of one that takes `writes`, too."""

    def open_to_keys(handler: Handler[Parts]) -> View[Parts]:
        @functools.wraps(handler)
        def view(request: HttpRequest, *args: Parts.args, **kwargs: Parts.kwargs) -> HttpResponse:
            try:
                partner = admitted(request, at=timezone.now())
                _check_form(request, writes)
                return handler(request, partner, *args, **kwargs)
            except taxii.BadFilter as fault:
                return _error(400, "The query cannot be read", str(fault))
            except Refused as refusal:
                return _refusal(refusal, writes)

        # A key comes with every request and no cookie opens anything, so there is nothing to forge across sites.
        return access.public(csrf_exempt(view))

    return open_to_keys


def admitted(request: HttpRequest, *, at: datetime) -> Partner:
    """Return the active partner that sent this request, and note that it was here. Raises `Refused`: 401, 403 or 429.

    A request is signed by a pinned key (RFC 9421), or carries the organisation's key as Bearer or Basic.
    """
    partner = http_signatures.request_signed_by(request, at=at) or partners.active(_organisation(request))
    if partner is None:
        raise Refused(
            403,
            "Your organisation takes no part in the exchange",
            "Ask the operator of this site to invite it, or to resume it if it was suspended.",
        )
    wait_s = partner_rates.over_limit(partner, at=at)
    if wait_s is not None:
        raise Refused(429, "Too many requests came in this minute", f"Ask again in {wait_s} seconds.", wait_s=wait_s)
    # Asked of the row in hand first: a question that changes nothing must not wait for its turn to write.
    if partner.last_contact_at is None or at - partner.last_contact_at >= _NOTED_EVERY:
        partners.contact(partner, at=at)
    return partner


def _organisation(request: HttpRequest) -> Organisation:
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


def _check_form(request: HttpRequest, writes: tuple[str, ...]) -> None:
    if not taxii.accepts(request.headers.get("Accept", "")):
        raise Refused(406, "That answer format is not spoken here", f"Send the header «Accept: {taxii.MEDIA_TYPE}».")
    if request.method in READS:
        return
    if request.method not in writes:
        raise Refused(405, "This address does not take that method", f"Use {' or '.join(('GET', *writes))}.")
    if request.method == "POST" and not taxii.accepts(_sent_type(request)):
        raise Refused(415, "This media type is not taken here", f"Send {taxii.MEDIA_TYPE}.")


def _sent_type(request: HttpRequest) -> str:
    """Return the media type of the body; a wildcard is a range to accept and not a type to send."""
    sent = request.headers.get("Content-Type", "")
    return "" if "*" in sent else sent


def _refusal(refusal: Refused, writes: tuple[str, ...]) -> HttpResponse:
    response = _error(refusal.status, refusal.title, refusal.description)
    if refusal.wait_s is not None:
        response["Retry-After"] = str(refusal.wait_s)
    if refusal.status == 401:
        response["WWW-Authenticate"] = CHALLENGE
    if refusal.status == 405:
        response["Allow"] = ", ".join((*READS, *writes))
    return response


def _error(status: int, title: str, description: str) -> HttpResponse:
    return answer(taxii.error(title, http_status=status, description=description), status=status)

"""The door of the bell: who may listen. What follows the first lines is written by `stream`, without a thread."""

from __future__ import annotations

import base64
import re

from django.http import HttpRequest, HttpResponse

from leeward.core import keys
from leeward.engines.stix import taxii
from leeward.exchange.bells import services as bells
from leeward.exchange.bells import stream as bell_stream
from leeward.exchange.partners.models import Partner
from leeward.exchange.shelf.places import Places
from leeward.exchange.taxii.doors import Refused
from leeward.exchange.taxii.own_doors import own_door

# How soon a program comes again after its stream ended; it says so by itself to those that follow the standard.
_RETRY_MS = 2000
_KEY_ID = re.compile(r';\s*keyid="([^"]{1,200})"')


@own_door("GET")
def events(request: HttpRequest, partner: Partner, collection: str) -> HttpResponse:
    """Ring at once where something is newer than `Last-Event-ID`, and then whenever something new is there for this partner.

    Where nothing keeps the stream open, as in a server without an event loop, it ends there and the program comes again.
    """
    if not _takes_events(request.headers.get("Accept", "")):
        raise Refused(
            406, "That answer format is not spoken here", f"Send the header «Accept: {bell_stream.MEDIA_TYPE}»."
        )
    place = _place(request.headers.get("Last-Event-ID", ""))
    ring = bells.newest(partner, after=place)
    stream = request.META.get("asgi.scope", {}).get(bell_stream.STREAM)
    if stream is not None:
        try:
            stream.admit(partner.pk, _pass(request), collection=collection, place=ring.place if ring else place)
        except bells.TooManyListeners:
            raise Refused(429, "Too many streams are open", "Close one of yours, or come again in a minute.") from None
    begin = f"retry: {_RETRY_MS}\n\n".encode()
    told = bell_stream.event(ring, collection=collection) if ring else b""
    response = HttpResponse(begin + told, content_type=bell_stream.MEDIA_TYPE)
    response["Cache-Control"] = "private, no-store"
    response["X-Accel-Buffering"] = "no"  # A proxy that gathers the answer would keep the bell from ringing.
    return response


def _takes_events(accept: str) -> bool:
    """Tell whether a program that sent this `Accept` takes a stream of events; TAXII clients that take anything of ours do."""
    ranges = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    return bool(ranges & {"", "*/*", "text/*", bell_stream.MEDIA_TYPE})


def _place(last_id: str) -> int:
    """Return the place of the last ring that was heard; 0 where there was none, or it cannot be read: then all is news."""
    places = Places.current()
    if not last_id or places is None:
        return 0
    try:
        return places.reached_at(taxii.parse_timestamp(last_id))
    except ValueError:
        return 0


def _pass(request: HttpRequest) -> bells.Pass:
    """Return by what this request came in, so that the stream can end with it."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    text = credentials.strip()
    if scheme.lower() == "basic":
        text = base64.b64decode(text).decode().partition(":")[2]
    if text:
        return bells.Pass(digest=keys.keyed_digest("api key", text))
    signed_by = _KEY_ID.search(request.headers.get("Signature-Input", ""))
    return bells.Pass(thumbprint=signed_by[1] if signed_by else "")

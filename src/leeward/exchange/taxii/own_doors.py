"""Doors beside those of TAXII: the bell and the receipts. The same keys and refusals, each with one method and its own media types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from leeward.core import access
from leeward.engines.stix import taxii
from leeward.exchange.partners.models import Partner
from leeward.exchange.taxii import doors
from leeward.exchange.taxii.api import COLLECTION_ID
from leeward.exchange.taxii.doors import Refused

_AGAIN_S = 60

type Handler = Callable[[HttpRequest, Partner, str], HttpResponse]


def own_door(method: str) -> Callable[[Handler], Any]:
    """Make a view of a handler at a door that is no part of TAXII: the same keys and refusals, one method, its own media types."""

    def open_to_keys(handler: Handler) -> Any:
        def view(request: HttpRequest, collection: str) -> HttpResponse:
            try:
                partner = doors.admitted(request, at=timezone.now())
                if request.method != method:
                    raise Refused(405, "This address does not take that method", f"Use {method}.")
                if collection != COLLECTION_ID:
                    raise Refused(404, "There is no such collection", "Take an id from the list of collections.")
                return handler(request, partner, collection)
            except Refused as refusal:
                return _refusal(refusal, method)

        # A key comes with every request and no cookie opens anything, so there is nothing to forge across sites.
        return access.public(csrf_exempt(view))

    return open_to_keys


def _refusal(refusal: Refused, method: str) -> HttpResponse:
    body = taxii.error(refusal.title, http_status=refusal.status, description=refusal.description)
    response = doors.answer(body, status=refusal.status)
    if refusal.status == 401:
        response["WWW-Authenticate"] = doors.CHALLENGE
    if refusal.status == 405:
        response["Allow"] = method
    if refusal.status == 429:
        response["Retry-After"] = str(_AGAIN_S)
    return response

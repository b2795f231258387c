"""The doors of other members' shapes. Each takes our own API key in the place where that member's client sends its own."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from leeward.core import access, config, machines, problems
from leeward.core.models import ApiKey, Organisation
from leeward.exchange.partners import rates as partner_rates
from leeward.exchange.partners import services as partners
from leeward.exchange.partners.models import Partner
from leeward.exchange.shapes import ncmec, stopncii, taking
from leeward.exchange.shapes.values import Unreadable

type Handler[**Parts] = Callable[Concatenate[HttpRequest, Partner, Parts], HttpResponse]
type View[**Parts] = Callable[Concatenate[HttpRequest, Parts], HttpResponse]
type Finder = Callable[[HttpRequest], Organisation | None]

_READS = ("GET", "HEAD")
_DIGITS = 15  # No place or time is longer.


def by_function_key(request: HttpRequest) -> Organisation | None:
    """Return who asks in the StopNCII shape: the key in `x-functions-key`, the organisation's name as subscription."""
    return _holder(request.headers.get("Ocp-Apim-Subscription-Key", ""), request.headers.get("x-functions-key", ""))


def by_basic(request: HttpRequest) -> Organisation | None:
    """Return who asks in the NCMEC shape: name and key as HTTP Basic. Source: RFC 7617."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, key = base64.b64decode(credentials.strip(), validate=True).decode("utf-8").partition(":")
    except ValueError:
        return None
    return _holder(name, key)


def _holder(name: str, key: str) -> Organisation | None:
    found = machines.holder(key, scope=ApiKey.Scope.EXCHANGE)
    return found if found is not None and found.slug == name else None


def door[**Parts](*methods: str, opened: Finder) -> Callable[[Handler[Parts]], View[Parts]]:
    """Make a view that asks for a key first, then for the method. What is refused is a problem document."""

    def open_to_keys(handler: Handler[Parts]) -> View[Parts]:
        @functools.wraps(handler)
        def view(request: HttpRequest, *args: Parts.args, **kwargs: Parts.kwargs) -> HttpResponse:
            try:
                response = _answer(request, handler, *args, **kwargs)
            except problems.Refused as refusal:
                response = problems.response(refusal.status, refusal.detail)
            except Unreadable as fault:
                response = problems.response(400, str(fault))
            response["Cache-Control"] = "private, no-store"
            return response

        def _answer(
            request: HttpRequest, handler: Handler[Parts], *args: Parts.args, **kwargs: Parts.kwargs
        ) -> HttpResponse:
            partner = _partner(opened(request), at=timezone.now())
            if request.method not in methods:
                response = problems.response(405, f"Use {methods[0]}.")
                response["Allow"] = ", ".join(methods)
                return response
            return handler(request, partner, *args, **kwargs)

        # A key comes with every request and no cookie opens anything, so there is nothing to forge across sites.
        return access.public(csrf_exempt(view))

    return open_to_keys


def _partner(organisation: Organisation | None, *, at: datetime) -> Partner:
    if organisation is None:
        raise problems.Refused(401, "Send your organisation's short name and its key for the exchange.")
    partner = partners.active(organisation)
    if partner is None:
        raise problems.Refused(
            403, "Your organisation takes no part in the exchange now. Ask the operator of this site."
        )
    if partner_rates.over_limit(partner, at=at) is not None:
        raise problems.Refused(429, "Ask less often: wait for the next minute.")
    partners.contact(partner, at=at)
    return partner


@door(*_READS, opened=by_function_key)
def fetch_hashes(request: HttpRequest, asked_by: Partner) -> HttpResponse:
    """Give one page of signs in the StopNCII shape."""
    most = min(max(_number(request, "pageSize", default=stopncii.PAGE), 1), stopncii.PAGE_MAX)
    token = request.GET.get("nextPageToken", "")
    start = _number(request, "startTimestamp", default=0)
    mark = stopncii.read_mark(token) if token else stopncii.begin(start)
    return JsonResponse(stopncii.page(asked_by, mark=mark, most=most, source=_site()))


@door("POST", opened=by_function_key)
def submit_hashes(request: HttpRequest, asked_by: Partner) -> HttpResponse:
    """Take signs into quarantine."""
    records, unread = stopncii.read_submitted(request.body)
    return _taken(taking.take_records(asked_by, records, at=timezone.now()), unread=unread)


@door("POST", opened=by_function_key)
def submit_feedback(request: HttpRequest, asked_by: Partner) -> HttpResponse:
    """Keep what a partner says of signs of ours."""
    verdicts, unread = stopncii.read_verdicts(request.body)
    return _taken(taking.take_verdicts(asked_by, verdicts, at=timezone.now()), unread=unread)


@door(*_READS, opened=by_basic)
def ncmec_status(request: HttpRequest, asked_by: Partner) -> HttpResponse:
    """Say who asks."""
    return _xml(ncmec.status(asked_by))


@door(*_READS, opened=by_basic)
def ncmec_members(request: HttpRequest, asked_by: Partner) -> HttpResponse:
    """Say who is who in the entries."""
    return _xml(ncmec.members(asked_by, site=_site()))


@door(*_READS, opened=by_basic)
def ncmec_entries(request: HttpRequest, asked_by: Partner) -> HttpResponse:
    """Give one page of a window of time."""
    begin, end = ncmec.read_time(request.GET.get("from", "")), request.GET.get("to", "")
    until = ncmec.read_time(end) if end else timezone.now()
    size = min(max(_number(request, "size", default=ncmec.PAGE), 1), ncmec.PAGE)
    window = ncmec.Window(begin, until, after=_number(request, "start", default=0), size=size)
    return _xml(ncmec.entries(asked_by, window=window, site=_site()))


@door(*_READS, opened=by_basic)
def ncmec_reasons(request: HttpRequest, asked_by: Partner, print_type: str) -> HttpResponse:
    """List why somebody may vote against a fingerprint."""
    _check_type(print_type)
    return _xml(ncmec.reasons())


@door("PUT", opened=by_basic)
def ncmec_feedback(
    request: HttpRequest, asked_by: Partner, member: int, entry_id: str, print_type: str
) -> HttpResponse:
    """Keep a vote about an entry of ours."""
    _check_type(print_type)
    vote = ncmec.read_vote(request.body)
    if member != ncmec.HERE or not taking.take_vote(asked_by, entry_id, vote, at=timezone.now()):
        raise problems.Refused(404, "Take the member and the id from an entry that you were given.")
    return HttpResponse(status=200)


@door(*_READS, "POST", "PUT", "DELETE", opened=lambda request: by_function_key(request) or by_basic(request))
def nowhere(request: HttpRequest, asked_by: Partner) -> HttpResponse:
    """Refuse every other address."""
    raise problems.Refused(404, "Begin at /shapes/stopncii/v1 or /shapes/ncmec/v2.")


def _check_type(print_type: str) -> None:
    if print_type not in ncmec.VOTED:
        raise problems.Refused(404, f"This type has no entries here; there are {', '.join(ncmec.VOTED)}.")


def _number(request: HttpRequest, name: str, *, default: int) -> int:
    text = request.GET.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal()) or len(text) > _DIGITS:
        raise problems.Refused(400, f"{name} must be a whole number of at most {_DIGITS} digits.")
    return int(text)


def _taken(taken: taking.Taken, *, unread: int) -> HttpResponse:
    return JsonResponse({"accepted": taken.accepted, "refused": taken.refused + unread})


def _site() -> str:
    return urlsplit(config.current().server.site_url).netloc


def _xml(text: str) -> HttpResponse:
    return HttpResponse(text.encode(), content_type="application/xml; charset=utf-8")

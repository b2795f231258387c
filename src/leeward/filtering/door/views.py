"""The page that explains a closed door, on our own name and under a blocked one."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from leeward.core import access, config
from leeward.filtering.door import explaining, visitors, words
from leeward.filtering.door.words import Door
from leeward.limits import child_words
from leeward.limits.choices import Answer
from leeward.limits.models import Ask, Limits

log = logging.getLogger("leeward.filtering")
_NOT_NOW = 503


@access.public
@require_safe
def door(request: HttpRequest) -> HttpResponse:
    """Say whether a name is closed for whoever asks, and why: `/door?name=`."""
    return _explained(request, request.GET.get("name", ""), site_url="", closed_status=200)


def door_by_host(request: HttpRequest) -> HttpResponse:
    """Explain to somebody whom the resolver led here under a blocked name."""
    # Under that name every link leads back to this page, so ours begin with our own address.
    site_url = config.current().server.site_url
    name = request.META.get("HTTP_HOST", "").partition(":")[0]
    return _explained(request, name, site_url=site_url, closed_status=403)


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found out about a name for whoever asks; `is_broken` where nothing could be."""

    limits: Limits | None = None
    door: Door | None = None
    asked: Ask | None = None
    is_broken: bool = False


def _explained(request: HttpRequest, typed: str, *, site_url: str, closed_status: int) -> HttpResponse:
    name = explaining.read_name(typed)
    look = _look(request, name, at=timezone.now())
    context = {
        "words": words.words(look.limits),
        "mine": child_words.of(child_words.APP, look.limits)["mine.to_mine"],
        "door": look.door,
        "asked": look.asked,
        "is_broken": look.is_broken,
        "is_device": visitors.is_device(look.limits),
        "name": name,
        "typed": bool(typed),
        "site_url": site_url,
    }
    is_closed = look.door is not None and look.door.is_closed
    status = _NOT_NOW if look.is_broken else closed_status if is_closed else 200
    answer = render(request, "filtering/door.html", context, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


def _look(request: HttpRequest, name: str, *, at: datetime) -> _Look:
    try:
        limits = visitors.limits_of(request, at=at)
        if not name:
            return _Look(limits)
        decision = explaining.explain(name, limits=limits, at=at)
        door = words.door(decision, name, limits=limits, at=at)
        return _Look(limits, door, _asked(limits, door, name, at=at))
    except DatabaseError as error:
        # Help must be within reach whatever is broken, so the page says that it cannot look, and all the rest.
        log.error("a closed door could not be explained", extra={"error": type(error).__name__})
        return _Look(is_broken=True)


def _asked(limits: Limits | None, door: Door, name: str, *, at: datetime) -> Ask | None:
    """Return the question that waits for an answer already, so that nobody asks twice."""
    if limits is None or door.wish is None:
        return None
    waiting = limits.asks.filter(kind=door.wish, state=Answer.WAITING, expires_at__gt=at)
    return next((one for one in waiting if one.name in {"", name}), None)

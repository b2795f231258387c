"""A child asks its family with one press, sees the answer, and can take the question back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.core import access, texts
from leeward.filtering.door import explaining, visitors
from leeward.filtering.door import words as door_words
from leeward.limits import asks, child_words
from leeward.limits.choices import Answer, Wish
from leeward.limits.models import Ask, Limits


@access.public
@never_cache
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the family for the name in the form, or for more time at bedtime; only for somebody whom a family can answer."""
    name, at = explaining.read_name(request.POST.get("name", "")), timezone.now()
    limits = visitors.limits_of(request, at=at)
    wish = explaining.wish(explaining.explain(name, limits=limits, at=at), name)
    if limits is None or wish is None:
        # It is open since, or nobody at home can open it: the page says which.
        return redirect(f"{reverse('door')}?{urlencode({'name': name})}" if name else "door")
    try:
        asked = asks.ask_time(limits, at=at) if wish == Wish.TIME else asks.ask_name(limits, name, at=at)
    except asks.TooManyAsks:
        return _shown(request, limits, "filtering/door_too_many.html", {}, status=429)
    return redirect("door_asked", uid=asked.uid)


def _own_ask(view: Callable[[HttpRequest, Limits, Ask], HttpResponse]) -> Callable[..., HttpResponse]:
    """Give a view the visitor's own question; the one of somebody else is not found."""

    @functools.wraps(view)
    def opened(request: HttpRequest, uid: UUID) -> HttpResponse:
        limits = visitors.limits_of(request, at=timezone.now())
        asked = get_object_or_404(
            Ask.objects.select_related("limits__household"), uid=uid, limits=limits, limits__isnull=False
        )
        assert limits is not None  # noqa: S101  # nothing is found for a stranger
        return view(request, limits, asked)

    return opened


@access.public
@never_cache
@require_safe
@_own_ask
def asked(request: HttpRequest, limits: Limits, asked: Ask) -> HttpResponse:
    """Show a question and how far it is."""
    return _page(request, limits, asked)


@access.public
@never_cache
@require_POST
@_own_ask
def take_back(request: HttpRequest, limits: Limits, asked: Ask) -> HttpResponse:
    """Take a question back before somebody answered it."""
    try:
        asks.take_back(asked, at=timezone.now())
    except asks.AlreadyAnswered:
        asked.refresh_from_db()
        return _page(request, limits, asked, is_too_late=True)
    return redirect("door_asked", uid=asked.uid)


def _page(request: HttpRequest, limits: Limits, asked: Ask, *, is_too_late: bool = False) -> HttpResponse:
    at = timezone.now()
    words = child_words.of(child_words.APP, limits)
    context = {
        "ask": asked,
        "answer": child_words.answer(asked, limits, at=at),
        "waits": asked.state == Answer.WAITING and asked.expires_at > at,
        "is_yes": asked.state == Answer.ALLOWED,
        "is_no": asked.state == Answer.REFUSED,
        "said": words["asked.too_late"] if is_too_late else "",
    }
    return _shown(request, limits, "filtering/door_asked.html", context)


def _shown(
    request: HttpRequest, limits: Limits, template: str, context: dict[str, object], *, status: int = 200
) -> HttpResponse:
    own, door = (texts.tables(child_words.of(app, limits)) for app in (child_words.APP, door_words.APP))
    shared = {"words": {**door, **own}, "is_device": visitors.is_device(limits)}
    return render(request, template, {**shared, **context}, status=status)

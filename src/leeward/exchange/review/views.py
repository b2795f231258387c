"""The exchange as an officer sees it: what came in and what we gave out, what waits, and every step with one sign."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.core import access
from leeward.core.models import Role, User
from leeward.exchange.intake.models import Received
from leeward.exchange.markings import MEANINGS
from leeward.exchange.review import services as review
from leeward.exchange.review.forms import ReasonForm
from leeward.indicators.models import NETWORK_KINDS, Tlp

_REVIEWERS = (Role.REVIEWER, Role.SENIOR_REVIEWER)
officers = access.roles(*_REVIEWERS, Role.OPERATOR)
_A_PAGE, _LATELY = 50, 10
_SHOWN_DIGITS = 12
# Who switched the keys of the desk off has none here. The desk sets this cookie; see its page of keys.
_KEYS_COOKIE, _KEYS_OFF = "desk_keys", "off"


class Decide(Protocol):
    """A decision about a sign that wants a reason."""

    def __call__(self, received: Received, *, reason: str, by: User, at: datetime) -> None: ...


@dataclass(frozen=True)
class Line:
    """One sign as a page shows it: a hash shortened, an address not at all. `known` counts others here that name the same."""

    received: Received
    shown: str
    known: int

    @property
    def is_address(self) -> bool:
        return self.received.kind in NETWORK_KINDS


@officers
@never_cache
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show what waits, longest first, and what was decided lately."""
    page = Paginator(review.waiting(), _A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": _lines(list(page)),
        "lately": _lines(list(review.decided()[:_LATELY])),
        "has_keys": request.COOKIES.get(_KEYS_COOKIE) != _KEYS_OFF,
        "is_reviewer": bool(access.person(request).roles & {*_REVIEWERS}),
    }
    return render(request, "exchange/review.html", context)


@officers
@never_cache
@require_safe
def one(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show one sign and the steps with it."""
    return _page_of(request, _received(uid), ReasonForm())


def _page_of(
    request: HttpRequest, received: Received, form: ReasonForm, *, value: str = "", status: int = 200
) -> HttpResponse:
    [line] = _lines([received])
    context = {
        "line": line,
        "form": form,
        "value": value,
        "travels": MEANINGS[Tlp(received.tlp)],
        "disagreements": received.disagreements.select_related("partner__organisation"),
        "has_keys": request.COOKIES.get(_KEYS_COOKIE) != _KEYS_OFF,
        "is_reviewer": bool(access.person(request).roles & {*_REVIEWERS}),
        "may_undo": bool(received.before) and received.state != Received.State.WITHDRAWN,
    }
    return render(request, "exchange/review_one.html", context, status=status)


@officers
@never_cache
@require_POST
def show(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show the address in a sign once; that somebody asked is recorded."""
    received = _received(uid)
    value = review.show(received, by=access.person(request), at=timezone.now())
    return _page_of(request, received, ReasonForm(), value=value)


@officers
@require_POST
def accept(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Let a sign protect."""
    received, at = _received(uid), timezone.now()
    return _done(
        request,
        received,
        lambda: review.accept(received, by=access.person(request), at=at),
        _("The sign protects now."),
    )


@officers
@require_POST
def refuse(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Refuse a sign that waits, with a reason."""
    return _with_reason(request, uid, review.refuse, said=_("The sign is refused."))


@officers
@require_POST
def distrust(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Take a sign out of force here, with a reason."""
    return _with_reason(request, uid, review.distrust, said=_("The sign protects nobody here any more."))


def _with_reason(request: HttpRequest, uid: uuid.UUID, decide: Decide, *, said: str) -> HttpResponse:
    received, form, at = _received(uid), ReasonForm(request.POST), timezone.now()
    if not form.is_valid():
        return _page_of(request, received, form, status=422)
    reason = form.cleaned_data["reason"]
    return _done(request, received, lambda: decide(received, reason=reason, by=access.person(request), at=at), said)


@officers
@require_POST
def undo(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Take the last decision about a sign back."""
    received, at = _received(uid), timezone.now()
    return _done(
        request,
        received,
        lambda: review.undo(received, by=access.person(request), at=at),
        _("That was taken back. This is how the sign stands now."),
        goes_to_it=True,
    )


@officers
@require_POST
def seen(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Note that somebody looked into why a partner told something harmless."""
    received, at = _received(uid), timezone.now()
    try:
        review.look_at_canary(received, by=access.person(request), at=at)
    except review.AlreadyDecided:
        messages.info(request, _("A colleague was faster. Nothing changed."))
    else:
        messages.success(request, _("Noted. The alarm has ended."))
    return redirect("exchange_overview")


def _done(
    request: HttpRequest, received: Received, step: Callable[[], None], words: str, *, goes_to_it: bool = False
) -> HttpResponse:
    """Do one step and go on with the queue; where it could not be done, show how the sign stands."""
    try:
        step()
    except review.AlreadyDecided:
        messages.warning(request, _("Somebody was faster, or its origin took it back. This is how it stands now."))
    except review.TimeIsOver:
        messages.warning(request, _("The time of this sign is over. Refuse it, or wait for a newer version."))
    except review.NothingToUndo:
        messages.warning(request, _("There is nothing to take back any more. This is how it stands now."))
    else:
        messages.success(request, words)
        if not goes_to_it:
            return redirect("exchange_review:queue")
    return redirect("exchange_review:one", uid=received.uid)


def _lines(rows: list[Received]) -> list[Line]:
    known = review.known_here(rows)
    return [Line(row, _shown(row), known.get(row.uid, 0)) for row in rows]


def _shown(row: Received) -> str:
    """Return the first digits of a hash, and nothing of an address."""
    return "" if row.kind in NETWORK_KINDS else f"{row.value[:_SHOWN_DIGITS]}…"


def _received(uid: uuid.UUID) -> Received:
    rows = Received.objects.select_related("partner__organisation", "decided_by").defer("body")
    return get_object_or_404(rows, uid=uid)

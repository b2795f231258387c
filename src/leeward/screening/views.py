"""Pages for reviewers: what was met, what waits, how often that happens, and what classifiers are good for."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from leeward.core import access
from leeward.engines import classifying
from leeward.engines.matching import WITHIN_BITS
from leeward.indicators.models import Indicator
from leeward.screening import holds, plots, services, words
from leeward.screening.forms import MatchFilter
from leeward.screening.models import Answer, Hold, Match
from leeward.screening.pages import page, readers, reviewers

SHOWN = 50
ENDED_SHOWN = 20
# The card of what Leeward comes with can be read before it is used.
SHIPPED = (classifying.OpenNsfw.card,)


@dataclass(frozen=True)
class Seen:
    """One match as an officer sees it."""

    match: Match
    distance: str
    # How far from the beginning of the scale, in bits; None where likeness is not counted in bits.
    bits: int | None
    recognised: list[str]
    source: str
    same_file: int
    same_sign: int

    @property
    def is_confirmed(self) -> bool:
        """Say whether people have confirmed it, and nobody has taken that back."""
        return self.match.answer == Answer.KNOWN and not self.is_taken_back

    @property
    def is_taken_back(self) -> bool:
        return self.match.indicator.state == Indicator.State.REVOKED

    @property
    def is_over(self) -> bool:
        """Say whether the sign's time is over, without anybody having taken it back."""
        return self.match.indicator.state == Indicator.State.EXPIRED


@readers
@never_cache
@require_safe
def matches(request: HttpRequest) -> HttpResponse:
    """Show what was met, the newest first. No picture is ever shown here."""
    form = MatchFilter(request.GET)
    chosen = form.chosen().select_related("indicator", "organisation")
    found = Paginator(chosen, SHOWN).get_page(request.GET.get("page"))
    seen = _seen(list(found.object_list))
    values = form.cleaned_data if form.is_valid() else {}
    context = {
        "form": form,
        "found": found,
        "seen": seen,
        "copies_of": values.get("sha256") or values.get("sign"),
        "is_filtered": any(values.values()),
        "within_bits": WITHIN_BITS,
    }
    return page(request, "matches", context, tab="matches")


def _seen(some: list[Match]) -> list[Seen]:
    files = _counts("sha256", {match.sha256 for match in some if match.sha256})
    signs = _counts("indicator_id", {match.indicator_id for match in some})
    return [
        Seen(
            match=match,
            distance=words.distance(match.indicator.kind, match.distance_bits),
            bits=match.distance_bits if match.indicator.kind in words.LIKE_KINDS else None,
            recognised=words.recognised(match),
            source=words.source(match.indicator.source),
            same_file=files.get(match.sha256, 1) - 1,
            same_sign=signs[match.indicator_id] - 1,
        )
        for match in some
    ]


def _counts[Key](name: str, keys: Iterable[Key]) -> dict[Key, int]:
    return dict(Match.objects.filter(**{f"{name}__in": keys}).values_list(name).annotate(n=Count("pk")).order_by())


@dataclass(frozen=True)
class Waiting:
    """One held upload, with the reason in words."""

    hold: Hold
    why: words.Why


@readers
@never_cache
@require_safe
def held(request: HttpRequest) -> HttpResponse:
    """Show what waits for a person, the oldest first, and what ended lately."""
    every = Hold.objects.select_related("organisation", "ended_by")
    waiting = every.filter(state=Hold.State.HELD).order_by("held_at", "pk")
    found = Paginator(waiting, SHOWN).get_page(request.GET.get("page"))
    ended = every.exclude(state=Hold.State.HELD).order_by("-ended_at", "-pk")[:ENDED_SHOWN]
    context = {
        "found": found,
        "waiting": [Waiting(hold, words.why(hold.reason, answer=hold.answer)) for hold in found.object_list],
        "ended": [Waiting(hold, words.why(hold.reason, answer=hold.answer)) for hold in ended],
        "now": timezone.now(),
    }
    return page(request, "holds", context, tab="holds")


@dataclass(frozen=True)
class End:
    """One of the two ways in which a hold ends: what it is called, what follows from it, and who does it."""

    name: str
    title: str | Promise
    follows: str | Promise
    said: str | Promise
    service: Callable[..., None]


_RELEASE = End(
    "release",
    _("Release this upload"),
    _("The provider may publish it. This very file is not held again at this provider."),
    _("It is released, and the provider is told."),
    holds.release,
)
_REFUSE = End(
    "refuse",
    _("Refuse this upload"),
    _("The provider throws it away."),
    _("It is refused, and the provider is told."),
    holds.refuse,
)
_TOO_SLOW = _("Somebody was faster: this upload does not wait any more.")


def _end(how: End) -> Callable[[HttpRequest, uuid.UUID], HttpResponse]:
    """Make a view that asks once more, and then ends a hold: nobody can take that back."""

    @reviewers
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
        hold = get_object_or_404(Hold.objects.select_related("organisation"), uid=uid)
        if request.method == "POST":
            _do(request, hold, how)
        elif hold.state == Hold.State.HELD:
            why = words.why(hold.reason, answer=hold.answer)
            return page(request, "end_hold", {"hold": hold, "why": why, "how": how}, tab="holds")
        else:
            messages.warning(request, _TOO_SLOW)
        return redirect("screening:holds")

    return view


def _do(request: HttpRequest, hold: Hold, how: End) -> None:
    try:
        how.service(hold, by=access.person(request), at=timezone.now())
    except holds.EndedAlready:
        messages.warning(request, _TOO_SLOW)
    else:
        messages.success(request, str(how.said))


release = _end(_RELEASE)
refuse = _end(_REFUSE)


@readers
@never_cache
@require_safe
def drawn(request: HttpRequest) -> HttpResponse:
    """Show how often uploads are known, how far they are from the signs, and what harm they are of."""
    now, choices = timezone.now(), plots.spans()
    span = choices.get(request.GET.get("time", ""), choices["hours"])
    counts = plots.counted(span, at=now)
    drawings = [plots.volume(span, counts), plots.rate(span, counts), plots.distances(span, at=now)]
    context = {
        "spans": choices.values(),
        "span": span,
        "totals": plots.totals(counts),
        "plots": drawings,
        "categories": plots.categories(span, at=now),
    }
    return page(request, "plots", context, tab="plots")


def _cards() -> Mapping[str, classifying.ModelCard]:
    in_use = [classifier.card for classifier in services.classifiers().values()]
    return {card.name: card for card in (*SHIPPED, *in_use)}


@readers
@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """List the classifiers that are in use or shipped."""
    context = {"cards": _cards().values(), "in_use": set(services.classifiers())}
    return page(request, "models", context, tab="models")


@readers
@require_safe
def model(request: HttpRequest, name: str) -> HttpResponse:
    """Show the card of one classifier: what it sees, how often it is wrong, and what it must not be used for."""
    card = _cards().get(name)
    if card is None:
        raise Http404
    return page(request, "model", {"card": card, "is_in_use": name in services.classifiers()}, tab="models")

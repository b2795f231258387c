"""What is closed for everybody here and why, for everybody; and how anybody objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from leeward.core import access, config, middleware, networks
from leeward.engines import policy
from leeward.filtering.legal import services as legal
from leeward.filtering.legal.forms import ObjectionForm
from leeward.filtering.legal.models import LegalOrder
from leeward.filtering.reading import reader
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind
from leeward.reports import floods, screens
from leeward.reports import services as reports
from leeward.reports.models import Channel, Reason

NAMES_SHOWN = 200
# Desks in every language join objections to the same name in one case, so these words are not translated.
ABOUT = "Objection to a block: {name}"
_MAX_AGE_S = 300
_WAIT_S = 60


@dataclass(frozen=True, slots=True)
class Own:
    """How many names we closed by our own decisions, for what harm."""

    category: Category
    count: int


@access.public
@cache_control(public=True, max_age=_MAX_AGE_S)
@require_safe
def orders_json(request: HttpRequest) -> HttpResponse:
    """Give the same as the page to machines."""
    own = _own()
    body = {
        "orders": [_as_json(order) for order in legal.in_force()],
        "lifted": LegalOrder.objects.filter(state=LegalOrder.State.LIFTED).count(),
        "own": {"names": sum(one.count for one in own), "by_category": {one.category.value: one.count for one in own}},
        "object": config.current().server.site_url + reverse("object"),
    }
    answer = JsonResponse(body)
    # Researchers read it from pages of their own, and there is nothing here that is not public.
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _as_json(order: LegalOrder) -> dict[str, Any]:
    return {
        "id": str(order.uid),
        "kind": order.kind,
        "authority": order.authority,
        "reference": order.reference,
        "date": order.date.isoformat(),
        "review_date": order.review_date.isoformat(),
        "reason": order.reason,
        "name_count": order.name_count,
        "names": list(legal.shown_names(order)) if order.shows_names else None,
    }


@access.public
@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    """Show what is closed for everybody: each order, and our own decisions by their number."""
    shown = []
    for order in legal.in_force():
        names = legal.shown_names(order)
        shown.append({"order": order, "names": names[:NAMES_SHOWN], "more": max(len(names) - NAMES_SHOWN, 0)})
    own = _own()
    context = {
        "shown": shown,
        "own": own,
        "total": sum(one.count for one in own),
        "lifted": LegalOrder.objects.filter(state=LegalOrder.State.LIFTED).count(),
    }
    return render(request, "filtering/closed.html", context)


def _own() -> list[Own]:
    # Counted over every sign of a name, which is too much work for each look of each visitor.
    found: list[Own] | None = cache.get_or_set("filtering.closed.own", _counted, _MAX_AGE_S)
    return found or []


def _counted() -> list[Own]:
    counts = indicators.in_force([Kind.DOMAIN]).values("category").annotate(names=Count("value", distinct=True))
    return [Own(Category(row["category"]), row["names"]) for row in counts.order_by("category")]


@access.public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def object_to(request: HttpRequest) -> HttpResponse:
    """Take an objection to a closed name; it becomes a report, and so a case, which its sender follows by a code."""
    if request.method != "POST":
        typed = request.GET.get("name", "").strip()
        return _asked(request, ObjectionForm(initial={"name": typed}, use_required_attribute=False), _known(typed))
    form = ObjectionForm(request.POST, use_required_attribute=False)
    if not form.is_valid():
        return _asked(request, form, _known(request.POST.get("name", "")), status=422)
    now, network = timezone.now(), networks.of(middleware.client_address(request))
    try:
        floods.admit(network, proof="", at=now)
        receipt = reports.receive(_draft(form, network=network), at=now)
    except floods.ProofNeeded:
        answer = _asked(request, form, {"is_crowded": True}, status=429)
        answer["Retry-After"] = str(_WAIT_S)
        return answer
    except reports.OtherBody:
        return _asked(request, form, {"is_other": True}, status=422)
    return screens.show_code(request, receipt, status=201)


def _draft(form: ObjectionForm, *, network: str) -> reports.Draft:
    # About the objection, and not about the page: a report of the page would join the case that closed it.
    return reports.Draft(
        reason=Reason.NOT_ALLOWED,
        channel=Channel.FORM,
        app=ABOUT.format(name=form.cleaned_data["name"]),
        words=form.said(),
        language=get_language() or "en",
        idempotency_key=str(form.cleaned_data["key"]),
        network=network,
    )


def _known(typed: str) -> Mapping[str, object]:
    """Return who closed a name, as far as everybody may know."""
    try:
        name = policy.normalise(typed)
    except policy.NotAHostName:
        return {}
    verdict = reader().decide(name)
    return {"asked": name, "verdict": verdict, "orders": legal.covering(name) if verdict.blocked else []}


def _asked(
    request: HttpRequest, form: ObjectionForm, known: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    return render(request, "filtering/closed_object.html", {"form": form, **known}, status=status)

"""The operator's page of lines: how many there are and who tells of them; of one line only whoever knows its reference reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Max, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from leeward.core import access
from leeward.core.models import Role
from leeward.filtering.subscribers import chores, holders, identities, importing, services
from leeward.filtering.subscribers.identities import Identities
from leeward.filtering.subscribers.models import REFERENCE_MAX, Held, Origin, Session, Subscriber

operator = access.roles(Role.OPERATOR)
_SHOWN = 50


@dataclass(frozen=True)
class Shown:
    """One line that was asked for by its reference."""

    line: Subscriber
    held: list[str]


@operator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """Show the counts and who tells of sessions; a reference that is sent is looked up, and that is recorded."""
    # Sent and not asked for, so that it stands in no address and no log.
    reference = request.POST.get("reference", "").strip()[:REFERENCE_MAX]
    line = services.look_up(reference, by=access.person(request), at=timezone.now()) if reference else None
    now = Session.objects.exclude(chores.IS_OVER).exclude(subscriber=None)
    open_sessions = now.values("kind").annotate(count=Count("pk"))
    by_kind = {row["kind"]: row["count"] for row in open_sessions}
    context = {
        "counts": Subscriber.objects.aggregate(known=Count("pk"), linked=Count("household")),
        "kinds": [(kind.label, by_kind.get(kind.value, 0)) for kind in Session.Kind],
        "last": importing.last(),
        "origins": _origins(),
        "reference": reference,
        "shown": Shown(line, _held(line)) if line is not None else None,
    }
    return render(request, "filtering/subscribers.html", context)


@operator
@require_POST
def release(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a line from its household, because the provider knows better whose it is."""
    line = get_object_or_404(Subscriber.objects.select_related("household"), uid=uid)
    try:
        services.release(line, by=access.person(request), at=timezone.now())
    except services.NotThisLine:
        messages.info(request, _("No family had this line any more. Nothing changed."))
    else:
        messages.success(request, _("The line is free. Its family can link it at home."))
    return redirect("lines:overview")


@dataclass(frozen=True)
class _Told:
    name: str
    systems: int
    events: int
    last_at: datetime


def _origins() -> list[_Told]:
    rows = Origin.objects.values("name").annotate(systems=Count("pk"), total=Sum("events"), newest=Max("last_at"))
    return [
        _Told(row["name"], row["systems"], row["total"], row["newest"]) for row in rows.order_by("-newest")[:_SHOWN]
    ]


def _held(line: Subscriber) -> list[str]:
    """Return, as people write them, the addresses that a line has now."""
    rows = Held.objects.filter(session__subscriber=line).values_list("place", "first", "span").distinct()[:_SHOWN]
    held = [Identities(bytes(place), bytes(first), span) for place, first, span in rows]
    now = holders.holders({one.place for one in held})
    return sorted({identities.written(one) for one in held if now.get(one.first) == line.pk})

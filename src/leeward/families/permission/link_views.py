"""The operator's page of links on hold: a person looks, and says whether the link holds again or is over."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.core import access
from leeward.core.models import Role
from leeward.families.permission import links
from leeward.families.permission.choices import LinkState, Relation, Sign
from leeward.families.permission.models import GuardianLink

operator = access.roles(Role.OPERATOR)
_SHOWN = 200


@operator
@never_cache
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show the links on hold, oldest first, and the others by account. No name of a child stands here."""
    found = GuardianLink.objects.select_related("guardian__user", "settled_by")
    context = {
        "held": found.filter(state=LinkState.FROZEN).order_by("frozen_at")[:_SHOWN],
        "others": found.exclude(state=LinkState.FROZEN).order_by("guardian__user__username", "pk")[:_SHOWN],
        "relations": [one for one in Relation.choices if one[0] != Relation.STATED],
    }
    return render(request, "permission/links.html", context)


def _link(uid: UUID) -> GuardianLink:
    return get_object_or_404(GuardianLink.objects.select_related("child", "guardian"), uid=uid)


@operator
@require_POST
def lift(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let a link hold again."""
    try:
        links.lift(_link(uid), by=access.person(request), at=timezone.now())
    except links.LinkMoved:
        messages.warning(request, _("Somebody decided about it meanwhile."))
    else:
        messages.success(request, _("The link holds again, with what was allowed."))
    return redirect("links:queue")


@operator
@require_POST
def end(request: HttpRequest, uid: UUID) -> HttpResponse:
    """End a link for good."""
    try:
        links.end(_link(uid), by=access.person(request), at=timezone.now())
    except links.LinkMoved:
        messages.warning(request, _("Somebody decided about it meanwhile."))
    else:
        messages.success(request, _("The link is over, with what was allowed."))
    return redirect("links:queue")


@operator
@require_POST
def hold(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put a link on hold because somebody told us; `lift` undoes it."""
    links.freeze(_link(uid), Sign.REPORT, actor=f"user:{access.person(request).pk}", at=timezone.now())
    messages.success(request, _("On hold. Nothing that this grown-up allowed goes through a gate."))
    return redirect("links:queue")


@operator
@require_POST
def evidence(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Note what says that a grown-up belongs to a child."""
    relation = request.POST.get("relation", "")
    if relation not in Relation.values:
        messages.warning(request, _("Choose one of them."))
    else:
        links.add_evidence(_link(uid), Relation(relation), by=access.person(request), at=timezone.now())
        messages.success(request, _("Kept."))
    return redirect("links:queue")

"""The child's page of areas: which there are, coming in, and leaving."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.core import access
from leeward.families.areas import bounds, services
from leeward.families.areas.models import Area, Member
from leeward.families.models import Child
from leeward.families.permission.child_pages import own, show


@access.public
@never_cache
@require_safe
@own
def areas(request: HttpRequest, child: Child) -> HttpResponse:
    """Show the areas for children only, and in which of them the child is."""
    return _page(request, child)


def _page(request: HttpRequest, child: Child, *, fault: str = "", status: int = 200) -> HttpResponse:
    mine = {
        member.area.pk: member for member in Member.objects.filter(child=child, left_at=None).select_related("area")
    }
    context = {"areas": [(area, mine.get(area.pk)) for area in Area.objects.all()], "fault": fault}
    return show(request, child, "areas/child_areas.html", context, status=status)


@access.public
@require_POST
@own
def join(request: HttpRequest, child: Child, uid: UUID) -> HttpResponse:
    """Come into an area."""
    area = get_object_or_404(Area, uid=uid)
    try:
        services.admit(area, child, shown=None, at=timezone.now())
    except bounds.NoUpperBound:
        return _page(request, child, fault="no_bound", status=422)
    except services.AgeUnknown:
        return _page(request, child, fault="age_unknown", status=422)
    return redirect("ask_areas:areas")


@access.public
@require_POST
@own
def leave(request: HttpRequest, child: Child, uid: UUID) -> HttpResponse:
    """Leave an area; the child can come back."""
    member = get_object_or_404(Member, uid=uid, child=child)
    services.leave(member, actor="device", at=timezone.now())
    return redirect("ask_areas:areas")

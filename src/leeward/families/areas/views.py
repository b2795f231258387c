"""The operator's pages of children-only areas: open one, and who may moderate there."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from leeward.core import access
from leeward.core.models import Role
from leeward.families.areas import moderating, services
from leeward.families.areas.choices import Room
from leeward.families.areas.forms import AreaForm, ModeratorForm
from leeward.families.areas.models import Area, Moderator

operator = access.roles(Role.OPERATOR)
_WORDS = {
    moderating.SamePerson: gettext_lazy("A second operator must look, who is not this person. Ask a colleague."),
    moderating.ModeratorMoved: gettext_lazy("Somebody approved or ended it meanwhile, or the person is here already."),
}


@operator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def areas(request: HttpRequest) -> HttpResponse:
    """Show the areas, and open another one."""
    form = AreaForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        values = form.cleaned_data
        try:
            area = services.open_area(
                slug=values["slug"], name=values["name"], by=access.person(request), at=timezone.now()
            )
        except services.AreaTaken:
            form.add_error("slug", _("There is such an area already. Choose another name in addresses."))
        else:
            messages.success(request, _("The area is open. Now say who may moderate there."))
            return redirect("areas:area", uid=area.uid)
    found = Area.objects.annotate(members_count=Count("members", filter=Q(members__left_at=None)))
    status = 422 if form.is_bound else 200
    return render(request, "areas/areas.html", {"areas": found, "form": form}, status=status)


@operator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def area(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one area with its rooms and moderators, and propose another moderator."""
    found, at = get_object_or_404(Area, uid=uid), timezone.now()
    form = ModeratorForm(request.POST if request.method == "POST" else None, today=at.date())
    if form.is_valid():
        try:
            moderating.propose(found, form.cleaned_data["username"], form.vetting(), by=access.person(request), at=at)
        except moderating.DayRefused:
            form.add_error("valid_until", _("Choose a day within the next twelve months."))
        except moderating.ModeratorMoved:
            form.add_error("username", _("This person moderates here already, or waits for it."))
        else:
            messages.success(request, _("Noted. A second operator must look, too."))
            return redirect("areas:area", uid=uid)
    counts = dict(found.members.filter(left_at=None).order_by().values_list("room").annotate(Count("pk")))
    context = {
        "area": found,
        "rooms": [(room.label, counts.get(room.value, 0), services.scope_of(found, room.value)) for room in Room],
        "moderators": found.moderators.filter(ended_at=None).select_related("user", "proposed_by", "approved_by"),
        "form": form,
        "today": at.date(),
        "person": access.person(request),
    }
    return render(request, "areas/area.html", context, status=422 if form.is_bound else 200)


@operator
@require_POST
def approve(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Approve a moderator as the second operator."""
    return _decided(request, uid, moderating.approve, _("Approved. This person may moderate now."))


@operator
@require_POST
def end(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let somebody moderate no longer."""
    return _decided(request, uid, moderating.end, _("Ended. This person may moderate no longer."))


def _decided(request: HttpRequest, uid: UUID, verb: Callable[..., None], said: str) -> HttpResponse:
    found = Moderator.objects.select_related("area", "user", "proposed_by")
    moderator = get_object_or_404(found, uid=uid)
    try:
        verb(moderator, by=access.person(request), at=timezone.now())
    except (moderating.SamePerson, moderating.ModeratorMoved) as refusal:
        messages.warning(request, _WORDS[type(refusal)])
    else:
        messages.success(request, said)
    return redirect("areas:area", uid=moderator.area.uid)

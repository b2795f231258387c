"""The family page, its children, and undoing the last step."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.families import codes, guardians, seats, services, undo
from leeward.families.choices import Standing
from leeward.families.forms import ChildForm
from leeward.families.models import Child, Device, Guardian
from leeward.families.visits import REFUSALS, WORDS, at_home, guardian, person_of, show


@guardian
@never_cache
@require_safe
def family(request: HttpRequest) -> HttpResponse:
    """Show the household's children and devices as pictures, or how to begin."""
    seat = seats.of(person_of(request))
    if seat is None:
        return show(request, "families/begin.html", {})
    household, at = seat.household, timezone.now()
    invitation = guardians.waiting(household, at=at)
    of_child = Prefetch("devices", queryset=Device.objects.filter(removed_at=None), to_attr="here")
    context = {
        "children": household.children.filter(removed_at=None).prefetch_related(of_child),
        "others": household.devices.filter(removed_at=None, child=None),
        "guardians": household.guardians.filter(left_at=None).select_related("user"),
        "is_owner": seat.role == Standing.OWNER,
        "invitation": invitation,
        "code": codes.grouped(codes.invitation_code(invitation.uid), between=" ") if invitation else "",
    }
    return show(request, "families/family.html", context)


@guardian
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a household."""
    try:
        services.make_household(by=person_of(request), at=timezone.now())
    except services.HasFamily:
        return redirect("families:family")  # Pressed twice: it is there already.
    undo.withdraw(request.session)
    messages.success(request, _("Your family page is there. Add your children first."))
    return redirect("families:family")


@guardian
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@at_home
def child_add(request: HttpRequest, seat: Guardian) -> HttpResponse:
    """Add a child."""
    form, at = ChildForm(request.POST if request.method == "POST" else None), timezone.now()
    if not form.is_valid():
        return render(request, "families/child.html", {"form": form}, status=422 if form.is_bound else 200)
    child = services.add_child(seat.household, form.draft(), by=seat.user, at=at)
    undo.offer(request.session, undo.Done.CHILD_ADDED, child.uid, at=at)
    return redirect("families:family")


@guardian
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@at_home
def child_change(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Change what a child is called, its picture or its band."""
    child = _child(seat, uid)
    form = ChildForm(request.POST if request.method == "POST" else None, child=child)
    if not form.is_valid():
        context = {"form": form, "child": child}
        return render(request, "families/child.html", context, status=422 if form.is_bound else 200)
    services.change_child(child, form.draft(), by=seat.user, at=timezone.now())
    messages.success(request, _("Kept."))
    return redirect("families:family")


@guardian
@require_POST
@at_home
def child_remove(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Take a child off, with its devices."""
    child, at = _child(seat, uid), timezone.now()
    services.remove_child(child, by=seat.user, at=at)
    undo.offer(request.session, undo.Done.CHILD_REMOVED, child.uid, at=at)
    return redirect("families:family")


def _child(seat: Guardian, uid: UUID) -> Child:
    return get_object_or_404(Child.objects.here().select_related("household"), uid=uid, household=seat.household)


@guardian
@require_POST
def undo_step(request: HttpRequest) -> HttpResponse:
    """Undo the last step of this visit."""
    at = timezone.now()
    step = undo.offered(request.session, at=at)
    undo.withdraw(request.session)
    if step is None:
        messages.warning(request, WORDS[undo.NothingToUndo])
        return redirect("families:family")
    try:
        undo.undo(step, by=person_of(request), at=at)
    except REFUSALS as refusal:
        messages.warning(request, WORDS[type(refusal)])
    else:
        messages.success(request, _("Undone. Everything is as it was."))
    return redirect("families:family")

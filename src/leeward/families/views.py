"""Beginning a household, its children, and undoing the last step. The family page itself is drawn by `limits`."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from leeward.core import access
from leeward.families import services, undo, undo_words
from leeward.families.forms import ChildForm
from leeward.families.models import Child, Guardian
from leeward.families.visits import WORDS, at_home, guardian, told


@guardian
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a household."""
    try:
        services.make_household(by=access.person(request), at=timezone.now())
    except services.HasFamily:
        return redirect("family")  # Pressed twice: it is there already.
    undo.withdraw(request.session)
    messages.success(request, _("Your family page is there. Add your children first."))
    return redirect("family")


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
    return redirect("family")


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
    return redirect("family")


@guardian
@require_POST
@at_home
def child_remove(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Take a child off, with its devices."""
    child, at = _child(seat, uid), timezone.now()
    services.remove_child(child, by=seat.user, at=at)
    undo.offer(request.session, undo.Done.CHILD_REMOVED, child.uid, at=at)
    return redirect("family")


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
        return redirect("family")
    said = _("Undone: «%(step)s»") % {"step": undo_words.said(step)}
    told(request, lambda: undo.undo(step, by=access.person(request), at=at), said, WORDS)
    return redirect("family")

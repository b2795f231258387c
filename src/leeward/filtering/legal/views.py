"""The operator's pages of legal orders."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.core import access
from leeward.core.models import Role
from leeward.filtering.legal import probes, services
from leeward.filtering.legal.forms import LiftForm, OrderForm, ReviewForm
from leeward.filtering.legal.models import LegalOrder

operator = access.roles(Role.OPERATOR)
NAMES_SHOWN = 1000


@operator
@never_cache
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """Show the orders in force, whose review is near first, and those that were lifted."""
    at = timezone.now()
    context = {
        "near": services.reviews_near(at=at),
        "in_force": services.in_force(),
        "lifted": LegalOrder.objects.filter(state=LegalOrder.State.LIFTED),
        "today": timezone.localdate(at),
    }
    return render(request, "filtering/legal.html", context)


@operator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Enter an order with its names."""
    at = timezone.now()
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = OrderForm(*posted, today=timezone.localdate(at))
    if not form.is_valid():
        return render(request, "filtering/legal_enter.html", {"form": form}, status=422 if form.is_bound else 200)
    order = services.enter(form.draft(), form.read.names, by=access.person(request), at=at)
    messages.success(request, _("The order is entered. Its names are closed within two seconds."))
    return redirect("legal:order", uid=order.uid)


@operator
@never_cache
@require_safe
def order(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one order, its names where people may read them, and its history."""
    return _shown(request, get_object_or_404(LegalOrder, uid=uid))


def _shown(
    request: HttpRequest, found: LegalOrder, *, lift: LiftForm | None = None, review: ReviewForm | None = None
) -> HttpResponse:
    at = timezone.now()
    names = services.names_of(found) if found.is_readable else ()
    context = {
        "order": found,
        "names": names[:NAMES_SHOWN],
        "more": max(len(names) - NAMES_SHOWN, 0),
        "steps": found.steps.select_related("by"),
        "undoable": services.undoable(found, at=at),
        "is_followed": probes.is_followed(found),
        "is_near": services.reviews_near(at=at).filter(pk=found.pk).exists(),
        "lift": lift or LiftForm(use_required_attribute=False, auto_id="lift_%s"),
        "review": review or ReviewForm(use_required_attribute=False, auto_id="review_%s"),
    }
    is_wrong = lift is not None or review is not None
    return render(request, "filtering/legal_order.html", context, status=422 if is_wrong else 200)


@operator
@require_POST
def lift(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Lift an order."""
    found = get_object_or_404(LegalOrder, uid=uid)
    form = LiftForm(request.POST, use_required_attribute=False, auto_id="lift_%s")
    if not form.is_valid():
        return _shown(request, found, lift=form)
    try:
        services.lift(found, reason=form.cleaned_data["reason"], by=access.person(request), at=timezone.now())
    except services.NotInForce:
        messages.warning(request, _("Somebody lifted this order already."))
    else:
        messages.success(
            request, _("The order is lifted. Its names open within two seconds, unless somebody else closed them.")
        )
    return redirect("legal:order", uid=uid)


@operator
@require_POST
def review(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Note that an order was looked at and stays in force."""
    found = get_object_or_404(LegalOrder, uid=uid)
    form = ReviewForm(request.POST, use_required_attribute=False, auto_id="review_%s")
    if not form.is_valid():
        return _shown(request, found, review=form)
    try:
        services.extend_review(
            found, until=form.cleaned_data["review_date"], by=access.person(request), at=timezone.now()
        )
    except services.NotLater:
        form.add_error("review_date", _("Choose a day after today and after the last review date."))
        return _shown(request, found, review=form)
    except services.NotInForce:
        messages.warning(request, _("Somebody changed this order meanwhile. Nothing changed."))
    else:
        messages.success(request, _("Kept. The order stays in force."))
    return redirect("legal:order", uid=uid)


@operator
@require_POST
def undo(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Undo the last step with an order."""
    try:
        services.undo(get_object_or_404(LegalOrder, uid=uid), by=access.person(request), at=timezone.now())
    except (services.NothingToUndo, services.NotInForce):
        messages.warning(request, _("That cannot be undone any more."))
    else:
        messages.success(request, _("Undone. Everything is as it was."))
    return redirect("legal:order", uid=uid)

"""The pages of guardians: inviting another one, joining by a code, leaving."""

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
from leeward.families import guardians, seats, services, undo
from leeward.families.forms import CodeForm
from leeward.families.models import Guardian, Invitation
from leeward.families.visits import WORDS, at_home, guardian


@guardian
@require_POST
@at_home
def invite(request: HttpRequest, seat: Guardian) -> HttpResponse:
    """Make a code for another guardian; the family page shows it."""
    at = timezone.now()
    invitation = guardians.invite(seat.household, by=seat.user, at=at)
    undo.offer(request.session, undo.Done.INVITED, invitation.uid, at=at)
    return redirect("family")


@guardian
@require_POST
@at_home
def withdraw(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Take a code back."""
    found = Invitation.objects.select_related("household")
    invitation = get_object_or_404(found, uid=uid, household=seat.household)
    guardians.withdraw(invitation, by=seat.user, at=timezone.now())
    undo.withdraw(request.session)
    messages.success(request, _("The code does not work any more."))
    return redirect("family")


@guardian
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Become a guardian by a code."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            guardians.join(form.cleaned_data["code"], by=access.person(request), at=timezone.now())
        except guardians.CodeOver:
            form.add_error("code", _("We do not know this code, or it is too old. Ask for a new one."))
        except (services.HasFamily, seats.TooMany) as refusal:
            form.add_error(None, WORDS[type(refusal)])
        else:
            undo.withdraw(request.session)
            messages.success(request, _("You look after this family now, too."))
            return redirect("family")
    return render(request, "families/join.html", {"form": form}, status=422 if form.is_bound else 200)


@guardian
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@at_home
def leave(request: HttpRequest, seat: Guardian) -> HttpResponse:
    """Ask first, then leave."""
    others = seat.household.guardians.filter(left_at=None).exclude(pk=seat.pk)
    if request.method != "POST":
        return render(request, "families/leave.html", {"is_last": not others.exists()})
    at = timezone.now()
    guardians.leave(seat.household, by=seat.user, at=at)
    undo.offer(request.session, undo.Done.LEFT, seat.household.uid, at=at)
    return redirect("family")

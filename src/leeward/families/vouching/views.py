"""The doors where a guardian says an age: the child's on its own device, and the guardian's on the family page."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.age import words
from leeward.age.models import AgeTransaction
from leeward.age.views import own_attempt
from leeward.core import access
from leeward.engines.reading import Band
from leeward.families.models import Child, Guardian
from leeward.families.permission import links, showing
from leeward.families.permission import services as permissions
from leeward.families.services import NoSuchChild
from leeward.families.this_device import this_device
from leeward.families.visits import at_home, guardian, told
from leeward.families.vouching import services, standing
from leeward.families.vouching.forms import YearsForm
from leeward.families.vouching.models import Question, Vouch

# What a guardian reads where a service refused, by what it raised.
WORDS = {
    links.LinkOnHold: gettext_lazy("A person of your provider looks at this first. Until then nothing can be said."),
    links.NoLink: gettext_lazy("Say first that this is your child, on the page of permissions."),
    permissions.NotShownAdult: gettext_lazy("Show first that you are a grown-up, on the page of permissions."),
    services.OtherAge: gettext_lazy("On the family page this child has another age. Correct it there first."),
    services.NothingSaid: gettext_lazy("It was taken back already."),
}


@access.public
@never_cache
@require_safe
@own_attempt
def here(request: HttpRequest, attempt: AgeTransaction) -> HttpResponse:
    """Show a child how to ask a guardian, or that it waits; any other visitor reads that this way is for children's devices."""
    if attempt.state != AgeTransaction.State.PENDING or attempt.method != standing.METHOD:
        return redirect("age:attempt", uid=attempt.uid)
    return _here(request, attempt)


def _here(request: HttpRequest, attempt: AgeTransaction, *, wrong: str = "", status: int = 200) -> HttpResponse:
    child = _child_here(request)
    said = words.tables(Band(child.band) if child is not None else Band.MIDDLE)
    context = {
        "said": said,
        "attempt": attempt,
        "requirement": attempt.requirement,
        "child": child,
        "is_signed_in": attempt.user is not None,
        "is_asked": Question.objects.filter(attempt=attempt).exists(),
        "wrong": said["wrong"].get(wrong, ""),
    }
    return render(request, "vouching/here.html", context, status=status)


def _child_here(request: HttpRequest) -> Child | None:
    device = this_device(request)
    return device.child if device is not None else None


@access.public
@require_POST
@own_attempt
def ask(request: HttpRequest, attempt: AgeTransaction) -> HttpResponse:
    """Ask the guardians of the child whose device this is."""
    child = _child_here(request)
    if child is None:
        return _here(request, attempt, status=403)
    try:
        services.ask(attempt, child, at=timezone.now())
    except services.TooManyWait:
        return _here(request, attempt, wrong="guardian_many", status=429)
    except (services.NotTheChild, NoSuchChild):
        return _here(request, attempt, status=403)
    return redirect("vouching:here", uid=attempt.uid)


@access.public
@never_cache
@require_safe
@own_attempt
def state(request: HttpRequest, attempt: AgeTransaction) -> HttpResponse:
    """Say whether the child's page can go on."""
    return JsonResponse({"is_answered": attempt.state != AgeTransaction.State.PENDING})


@guardian
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@at_home
def say(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Say how old a child is, see what was said, and what it is for."""
    child, at = _child(seat, uid), timezone.now()
    form = YearsForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.say(child, form.cleaned_data["years"], by=seat.user, at=at)
        except tuple(WORDS) as refusal:
            form.add_error(None, WORDS[type(refusal)])
        else:
            messages.success(request, _("Said. It counts for 35 days. You can take it back below."))
            return redirect("vouching:say", uid=uid)
    context = {
        "child": child,
        "form": form,
        "is_asked": child in services.waiting(seat.household, at=at),
        "vouch": Vouch.objects.filter(child=child, said_at__gt=at - standing.STANDS_FOR).first(),
        "stands_days": standing.STANDS_FOR.days,
        "adult_level": permissions.adult_level(seat.user, at=at),
        "can_show_age": showing.requirement() is not None,
    }
    return render(request, "vouching/say.html", context, status=422 if form.is_bound else 200)


@guardian
@require_POST
@at_home
def leave_open(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Say nothing; the child is offered another way."""
    said = _("The child reads that it can take another way.")
    told(request, lambda: services.leave_open(_child(seat, uid), by=seat.user, at=timezone.now()), said, WORDS)
    return redirect("family")


@guardian
@require_POST
@at_home
def take_back(request: HttpRequest, seat: Guardian, uid: UUID) -> HttpResponse:
    """Take back what was said."""
    said = _("Taken back. Pages that stood on it close within seconds.")
    told(request, lambda: services.take_back(_child(seat, uid), by=seat.user, at=timezone.now()), said, WORDS)
    return redirect("vouching:say", uid=uid)


def _child(seat: Guardian, uid: UUID) -> Child:
    found = Child.objects.here().select_related("household")
    return get_object_or_404(found, uid=uid, household=seat.household)

"""The doors of video calls: the visitor's, and the desk where staff answer."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.age import words
from leeward.age.calls import rooms, services
from leeward.age.calls.forms import AddressForm, AnswerForm, HoursForm
from leeward.age.calls.models import Answer, Call, Desk
from leeward.age.models import AgeTransaction
from leeward.age.views import own_attempt
from leeward.core import access, middleware, paces
from leeward.core.models import Role, User

staff = access.roles(Role.OPERATOR, Role.SENIOR_REVIEWER)
_BOOKS_A_MINUTE = 10
_books = paces.Pace()
# Which words a visitor reads where a call was not booked.
_WRONG: dict[type[Exception], str] = {
    paces.TooOften: "too_fast",
    services.NoSuchTime: "call_time",
    services.TooManyWait: "call_many",
}


@access.public
@require_POST
@words.for_reader
@own_attempt
def book(request: HttpRequest, attempt: AgeTransaction) -> HttpResponse:
    """Book a call for the visitor of an attempt."""
    at, minutes = timezone.now(), request.POST.get("minutes", "")
    try:
        _books.admit(middleware.client_address(request), a_minute=_BOOKS_A_MINUTE, at=at)
        services.book(attempt, in_minutes=int(minutes) if re.fullmatch(r"[0-9]{1,2}", minutes) else -1, at=at)
    except tuple(_WRONG) as refusal:
        messages.warning(request, words.tables()["wrong"][_WRONG[type(refusal)]])
    return redirect("age:attempt", uid=attempt.uid)


@access.public
@never_cache
@require_safe
@own_attempt
def state(request: HttpRequest, attempt: AgeTransaction) -> HttpResponse:
    """Say whether the visitor's page can go on."""
    return JsonResponse({"is_answered": attempt.state != AgeTransaction.State.PENDING})


@staff
@never_cache
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Show who waits for a call, and whether calls are taken."""
    return _desk(request, AddressForm())


def _desk(request: HttpRequest, form: AddressForm) -> HttpResponse:
    person, at = access.person(request), timezone.now()
    calls = Call.objects.select_related("attempt__requirement").prefetch_related("answers")
    there = Desk.objects.first()
    if there is not None and not form.is_bound:
        form = AddressForm(initial={"address": there.address})
    context = {
        "calls": [(call, rooms.spoken(call.code), _has_answered(call, person), call.starts_at <= at) for call in calls],
        "desk": there,
        "is_open": there is not None and there.open_until is not None and there.open_until > at,
        "form": form,
        "hours": HoursForm(),
        "may_set": Role.OPERATOR in person.roles,
    }
    return render(request, "age/calls/desk.html", context, status=422 if form.is_bound else 200)


def _has_answered(call: Call, person: User) -> bool:
    return any(answer.staff_id == person.pk for answer in call.answers.all())


@access.roles(Role.OPERATOR)
@require_POST
def set_address(request: HttpRequest) -> HttpResponse:
    """Say where calls are held."""
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _desk(request, form)
    services.set_address(form.cleaned_data["address"])
    messages.success(request, _("Kept. Say now for how long calls are taken."))
    return redirect("age_calls:desk")


@staff
@require_POST
def take_calls(request: HttpRequest) -> HttpResponse:
    """Take calls for some hours, or no more."""
    form, at = HoursForm(request.POST), timezone.now()
    until = at + timedelta(hours=form.cleaned_data["hours"]) if form.is_valid() else None
    try:
        services.take_calls(until=until, actor=f"user:{request.user.pk}", at=at)
    except services.NoAddress:
        messages.warning(request, _("The operator says first where calls are held."))
    else:
        messages.success(
            request, _("Calls are taken now.") if until else _("No new calls come. Who waits is still there.")
        )
    return redirect("age_calls:desk")


@staff
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show the way into the room of a call, and take one's own answer. The other one's is shown to nobody."""
    person = access.person(request)
    call = get_object_or_404(Call.objects.select_related("attempt__requirement"), uid=uid)
    mine = Answer.objects.filter(call=call, staff=person).first()
    form = AnswerForm(request.POST if request.method == "POST" else None, initial={"said": mine.said if mine else ""})
    if form.is_valid():
        try:
            is_settled = services.say(call, form.cleaned_data["said"], by=person, at=timezone.now())
        except services.CallOver:
            messages.info(request, _("The call is over: both have answered, or the visitor went away."))
        except services.OwnAttempt:
            messages.warning(request, _("This is your own call. Leave it to others."))
        else:
            first = _("Kept. It counts once somebody else has answered, too; until then you can change it here.")
            messages.success(request, _("Both have answered. The visitor sees how it ended.") if is_settled else first)
        return redirect("age_calls:desk")
    context = {
        "call": call,
        "code": rooms.spoken(call.code),
        "room": rooms.address(call),
        "form": form,
        "mine": mine,
        "requirement": call.attempt.requirement,
    }
    return render(request, "age/calls/one.html", context, status=422 if form.is_bound else 200)

"""The shift plan: read by everybody at a desk, made by its supervisors."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.core import access
from leeward.core.models import Role
from leeward.helplines.conversations.models import Desk
from leeward.helplines.shifts import hours, services, week
from leeward.helplines.shifts.forms import PlanForm, SeatForm, SpecialDayForm
from leeward.helplines.shifts.models import Seat, Shift, SpecialDay

staff = access.roles(Role.COUNSELLOR, Role.SUPERVISOR)
supervisor = access.roles(Role.SUPERVISOR)


def _desk(request: HttpRequest, uid: UUID) -> Desk:
    return get_object_or_404(services.desks_of(access.person(request)), uid=uid)


@staff
@never_cache
@require_safe
def overview(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show the week of a desk as a picture and in words, its special days and its seats."""
    return _page(request, _desk(request, uid), {})


def _page(request: HttpRequest, desk: Desk, wrong: dict[str, forms.Form]) -> HttpResponse:
    at = timezone.now()
    context: dict[str, Any] = {
        "desk": desk,
        "week": week.picture(Shift.objects.filter(desk=desk).select_related("seat")),
        "days": [(day, _times(day)) for day in SpecialDay.objects.filter(desk=desk)],
        "seats": Seat.objects.filter(desk=desk).select_related("person").order_by("alias"),
        "is_open": hours.is_open(desk, at=at),
        "opens_at": hours.opens_at(desk, at=at),
        "is_supervisor": Role.SUPERVISOR in access.person(request).roles,
        "plan": PlanForm(desk=desk, prefix="plan"),
        "special": SpecialDayForm(prefix="day"),
        "seat": SeatForm(prefix="seat"),
        **wrong,
    }
    return render(request, "helplines/desk/shifts.html", context, status=422 if wrong else 200)


def _times(day: SpecialDay) -> str:
    return "" if day.start is None or day.end is None else week.hours_of(day.start, day.end)


@supervisor
@require_POST
def plan(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Add hours to the week."""
    desk = _desk(request, uid)
    form = PlanForm(request.POST, desk=desk, prefix="plan")
    if not form.is_valid():
        return _page(request, desk, {"plan": form})
    try:
        services.plan(desk, weekdays=form.days(), hours=form.hours(), seat=form.cleaned_data["seat"])
    except services.TooManyShifts:
        form.add_error(None, _("The week is full. Take some hours off first."))
        return _page(request, desk, {"plan": form})
    messages.success(request, _("The hours stand in the week. The door of the chat follows them."))
    return redirect("helpline:shifts", uid=uid)


@supervisor
@require_POST
def unplan(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    """Take hours off the week."""
    services.unplan(get_object_or_404(Shift, desk=_desk(request, uid), pk=pk))
    messages.success(request, _("The hours are taken off the week."))
    return redirect("helpline:shifts", uid=uid)


@supervisor
@require_POST
def special_day(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say that a date is different."""
    desk, form = _desk(request, uid), SpecialDayForm(request.POST, prefix="day")
    if not form.is_valid():
        return _page(request, desk, {"special": form})
    services.set_special_day(desk, day=form.cleaned_data["date"], name=form.cleaned_data["name"], hours=form.hours())
    messages.success(request, _("The day is noted. The hours of the week do not hold on it."))
    return redirect("helpline:shifts", uid=uid)


@supervisor
@require_POST
def no_special_day(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    """Let the hours of the week hold on a date again."""
    services.unset_special_day(get_object_or_404(SpecialDay, desk=_desk(request, uid), pk=pk))
    messages.success(request, _("The hours of the week hold on that day again."))
    return redirect("helpline:shifts", uid=uid)


@supervisor
@require_POST
def give_seat(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give somebody a seat at the desk."""
    desk, form = _desk(request, uid), SeatForm(request.POST, prefix="seat")
    if form.is_valid():
        filled = form.cleaned_data
        try:
            services.give_seat(desk, to=filled["person"], alias=filled["alias"], most_chats=filled["most_chats"])
        except services.NameIsTaken:
            form.add_error("alias", _("Somebody has this name here, or the person has a seat already."))
    if not form.is_valid():
        return _page(request, desk, {"seat": form})
    messages.success(
        request, _("There is a seat now. Give the person the key of the desk, too: until then nothing can be read.")
    )
    return redirect("helpline:shifts", uid=uid)


@supervisor
@require_POST
def no_seat(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    """Take a seat away."""
    seat = get_object_or_404(Seat, desk=_desk(request, uid), pk=pk)
    if seat.person_id == request.user.pk:
        messages.warning(request, _("You cannot take your own seat away. Another supervisor can."))
        return redirect("helpline:shifts", uid=uid)
    services.take_seat_away(seat)
    messages.success(request, _("The seat is gone. Talks that the person has must be handed over."))
    return redirect("helpline:shifts", uid=uid)

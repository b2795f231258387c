"""The counsellors' page: who waits, my talks, one talk."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.core import access
from leeward.core.models import Role, User
from leeward.helplines import octets
from leeward.helplines.conversations import services as talks
from leeward.helplines.conversations.models import Conversation, Desk
from leeward.helplines.desk import queue, replies, services, telling
from leeward.helplines.desk.forms import FlagForm, HandOverForm, HereForm
from leeward.helplines.shifts import hours
from leeward.helplines.shifts import services as shifts
from leeward.helplines.shifts.models import Seat

staff = access.roles(Role.COUNSELLOR, Role.SUPERVISOR)
_ERASED = Conversation.State.ERASED


def talk_of(request: HttpRequest, uid: UUID) -> Conversation:
    """Return a talk that the person may read, or the same «nothing here» for one that is not theirs and one that is not."""
    talk = _at_desk(request, uid)
    if not shifts.may_read(access.person(request), talk):
        raise Http404
    return talk


def _at_desk(request: HttpRequest, uid: UUID) -> Conversation:
    """Return a talk of a desk at which the person sits, or «nothing here»."""
    desks = shifts.desks_of(access.person(request))
    found = Conversation.objects.filter(desk__in=desks).exclude(state=_ERASED)
    return get_object_or_404(found.select_related("desk", "desk_key", "counsellor"), uid=uid)


def around(person: User) -> dict[str, Any]:
    """Return what each page of the desk shows at its top: the person's seats, talks and the reminder of a break."""
    at, desks = timezone.now(), shifts.desks_of(person)
    seats = list(Seat.objects.filter(person=person, desk__in=desks).order_by("desk__name"))
    return {
        "is_here": any(seat.here_since_at for seat in seats),
        "has_seat": bool(seats),
        "is_supervisor": Role.SUPERVISOR in person.roles,
        "break_minutes": max((queue.needs_break(seat, at=at) or 0 for seat in seats), default=0),
        "mine": queue.talks_of(person, desks=desks),
        "call_count": sum(len(queue.calls(desk)) for desk in desks) if Role.SUPERVISOR in person.roles else 0,
    }


@staff
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show who waits at each of the person's desks, and to a supervisor every talk and call of it."""
    person = access.person(request)
    desks = [_shown(desk, person) for desk in _desks(person)]
    return render(request, "helplines/desk/queue.html", {"desks": desks, **around(person)})


def _desks(person: User) -> QuerySet[Desk]:
    return shifts.desks_of(person)


def _shown(desk: Desk, person: User) -> dict[str, Any]:
    at, is_supervisor = timezone.now(), Role.SUPERVISOR in person.roles
    return {
        "desk": desk,
        "is_open": hours.is_open(desk, at=at),
        "opens_at": hours.opens_at(desk, at=at),
        "has_key": desk.keys.filter(retired_at=None).exists(),
        "waiting": queue.waiting(desk, at=at),
        "colleagues": queue.colleagues(desk, at=at),
        "calls": queue.calls(desk) if is_supervisor else [],
        "talks": queue.talks_at(desk) if is_supervisor else [],
    }


@staff
@require_POST
def here(request: HttpRequest) -> HttpResponse:
    """Say «I am here» or «on a break»."""
    form, person = HereForm(request.POST), access.person(request)
    if not form.is_valid():
        raise Http404
    if form.cleaned_data["is_here"]:
        shifts.come(person, at=timezone.now())
    else:
        shifts.pause(person)
    for desk in _desks(person):
        telling.desk_looks_again(desk)
    return redirect("helpline:queue")


@staff
@require_POST
def take(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a talk that waits."""
    talk = _at_desk(request, uid)
    try:
        services.take(talk, by=access.person(request), at=timezone.now())
    except talks.AlreadyTaken:
        messages.warning(request, _("Somebody was quicker, or the child has gone. Take the next one."))
        return redirect("helpline:queue")
    except services.TooManyChats:
        messages.warning(request, _("You have as many chats as you can hold well. End one or hand it over first."))
        return redirect("helpline:queue")
    telling.state_changed(talk, at=timezone.now())
    return redirect("helpline:talk", uid=uid)


@staff
@never_cache
@require_safe
def talk(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one talk; its words are opened in the browser."""
    found, person = talk_of(request, uid), access.person(request)
    context = {
        "talk": found,
        "is_mine": found.counsellor_id == person.pk,
        "is_open": found.state in talks.OPEN,
        "call": getattr(found, "call", None),
        **keys_of(found),
        "flag": FlagForm(initial={"risk": found.risk}),
        "hand_over": HandOverForm(talk=found),
        "colleagues": queue.colleagues(found.desk, at=timezone.now()),
        "replies": replies.of(found.desk, language=found.language),
        "escalations": list(found.escalations.all()),
    }
    return render(request, "helplines/desk/talk.html", {**context, **around(person)})


def keys_of(talk: Conversation) -> dict[str, str]:
    """Return what the browser needs to open and seal: both public keys, and the draft that was kept."""
    draft = getattr(talk, "draft", None)
    return {
        "desk_key": octets.text_of(talk.desk_key.public),
        "child_key": octets.text_of(talk.child_key or b""),
        "draft_id": str(draft.client_id) if draft else "",
        "draft_sealed": octets.text_of(draft.sealed) if draft else "",
    }


@staff
@require_POST
def flag(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say how great the danger is."""
    found, form = talk_of(request, uid), FlagForm(request.POST)
    if form.is_valid():
        risk = Conversation.Risk(form.cleaned_data["risk"])
        try:
            services.flag(found, risk=risk, by=access.person(request), at=timezone.now())
        except (talks.NotYours, talks.TalkEnded):
            raise Http404 from None
        telling.desk_changed(found)
        if risk == Conversation.Risk.URGENT:
            messages.info(request, _("A supervisor is called. Go on talking."))
    return redirect("helpline:talk", uid=uid)


@staff
@require_POST
def join(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer a call as a supervisor."""
    found = talk_of(request, uid)
    try:
        services.join(found, by=access.person(request), at=timezone.now())
    except services.OnlySupervisors:
        raise Http404 from None
    except services.NobodyCalls:
        messages.info(request, _("Another supervisor has joined already."))
    telling.desk_changed(found)
    return redirect("helpline:talk", uid=uid)


@staff
@require_POST
def hand_over(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give a talk to a colleague. The child reads the new name and no greeting."""
    found = talk_of(request, uid)
    form = HandOverForm(request.POST, talk=found)
    if not form.is_valid():
        messages.warning(request, _("Choose who goes on with this talk."))
        return redirect("helpline:talk", uid=uid)
    seat = form.cleaned_data["seat"]
    try:
        services.hand_over(found, by=access.person(request), to=seat, draft=form.draft(), at=timezone.now())
    except talks.TalkEnded:
        messages.warning(request, _("This talk is over. Nothing was handed over."))
        return redirect("helpline:talk", uid=uid)
    except shifts.NotAtThisDesk:
        messages.warning(request, _("This person works here no more. Choose somebody else."))
        return redirect("helpline:talk", uid=uid)
    except talks.NotYours:
        raise Http404 from None
    telling.state_changed(found, at=timezone.now())
    messages.success(request, _("%(name)s goes on with this talk, and has your note and draft.") % {"name": seat.alias})
    return redirect("helpline:queue")


@staff
@require_POST
def end(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say good-bye for the desk."""
    found = talk_of(request, uid)
    try:
        services.end(found, by=access.person(request), at=timezone.now())
    except talks.TalkEnded:
        messages.info(request, _("This talk was over already."))
    except talks.NotYours:
        messages.warning(request, _("Only whoever has this talk can end it."))
        return redirect("helpline:talk", uid=uid)
    telling.state_changed(found, at=timezone.now())
    return redirect("helpline:queue")

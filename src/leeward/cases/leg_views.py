"""The desk's pages of the legs of a case: give a body its part, hand a case over, and note what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.cases import leg_making, leg_panel, legs, services
from leeward.cases.leg_forms import AnswerForm, ReferForm
from leeward.cases.models import Body, Case, Leg
from leeward.cases.states import LegState
from leeward.cases.views import desk
from leeward.core import access

WORDS: dict[type[Exception], str | Promise] = {
    services.NotForThisPerson: _("Your role does not allow this. Ask a senior reviewer."),
    services.TakenByAnother: _("A colleague has this case now. Nothing was sent."),
    services.AlreadyDecided: _("Only an open case can be handed over whole. Give them a part of it instead."),
    services.NeedsAnother: _("You took part in this, so a colleague must release it."),
    legs.MovedOn: _("Somebody was faster. This is how it stands now."),
    legs.NoWay: _("Nothing can be sent there by itself: hand it over yourself, then press «I handed it over»."),
    legs.WordsMissing: _("Write one sentence that says why."),
    legs.NotForPolice: _(
        "Not for police: it was not found illegal, or it is not theirs. Where you know of a danger to life, confirm it below."
    ),
    legs.NotTheirs: _("This is never theirs, by their own list. Choose another body."),
    leg_making.RunsAlready: _("They have this case already. Look at the leg that runs."),
}


@desk
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def refer(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Give a body its part of a case."""
    return _referring(request, uid, is_whole=False)


@desk
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Give a whole case away."""
    return _referring(request, uid, is_whole=True)


def _referring(request: HttpRequest, uid: uuid.UUID, *, is_whole: bool) -> HttpResponse:
    case = get_object_or_404(Case.objects.select_related("subject__provider"), uid=uid)
    form = ReferForm(request.POST if request.method == "POST" else None, is_whole=is_whole)
    if form.is_valid():
        try:
            leg = _referred(case, form, request=request, is_whole=is_whole)
        except tuple(WORDS) as error:
            form.add_error(_FIELD.get(type(error)), str(WORDS[type(error)]))
        else:
            said = LegState(leg.state) == LegState.HELD
            words = _("It is noted, and waits for a person to hand it over.") if said else _("It is on its way.")
            messages.success(request, words)
            return _to_legs(case)
    context = {"case": case, "form": form, "is_whole": is_whole, "has_bodies": Body.objects.exists()}
    return render(request, "cases/refer.html", context, status=422 if form.is_bound else 200)


_FIELD: dict[type[Exception], str] = {
    legs.NotForPolice: "body",
    legs.NotTheirs: "body",
    leg_making.RunsAlready: "body",
    legs.WordsMissing: "why",
}


def _referred(case: Case, form: ReferForm, *, request: HttpRequest, is_whole: bool) -> Leg:
    values, by, at = form.cleaned_data, access.person(request), timezone.now()
    body, why, basis, fields = values["body"], values["why"], values["legal_basis"], values["fields_out"]
    if is_whole:
        return legs.hand_over(case, to=body, by=by, why=why, legal_basis=basis, fields=fields, at=at)
    danger = values["is_danger"]
    return legs.refer(case, body, by=by, why=why, legal_basis=basis, fields=fields, is_danger=danger, at=at)


def _to_legs(case: Case) -> HttpResponse:
    place = redirect("cases:case", uid=case.uid)
    place["Location"] += "#legs"
    return place


def _leg(uid: uuid.UUID) -> Leg:
    return get_object_or_404(Leg.objects.select_related("case__subject", "body", "contact"), uid=uid)


def _step(take: Callable[[Leg, HttpRequest], None]) -> Callable[[HttpRequest, uuid.UUID], HttpResponse]:
    """Make a view of a step that a person takes with one leg."""

    @desk
    @require_POST
    def view(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
        leg = _leg(uid)
        try:
            take(leg, request)
        except tuple(WORDS) as error:
            messages.warning(request, str(WORDS[type(error)]))
        return _to_legs(leg.case)

    return view


release = _step(lambda leg, request: legs.release(leg, by=access.person(request), at=timezone.now()))
handed = _step(lambda leg, request: legs.handed(leg, by=access.person(request), at=timezone.now()))
take_back = _step(
    lambda leg, request: legs.take_back(
        leg, by=access.person(request), why=request.POST.get("why", "")[: AnswerForm.MOST], at=timezone.now()
    )
)


@desk
@never_cache
@require_safe
def paper(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Give what a person hands over to a body as plain text, to print or to keep."""
    leg = _leg(uid)
    words = leg_panel.paper(leg, person=access.person(request))
    if not words:
        messages.warning(request, str(WORDS[services.NeedsAnother]))
        return _to_legs(leg.case)
    return HttpResponse(words, content_type="text/plain; charset=utf-8")


@desk
@require_POST
def note_answer(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Note what a body said to a reviewer."""
    leg, form = _leg(uid), AnswerForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Nothing was noted: choose what they said, and write one sentence."))
        return _to_legs(leg.case)
    said, words = legs.Said(form.cleaned_data["said"]), form.cleaned_data["words"]
    try:
        legs.answer(leg, said=said, words=words, by=access.person(request), at=timezone.now())
    except tuple(WORDS) as error:
        messages.warning(request, str(WORDS[type(error)]))
    else:
        messages.success(request, _("Their answer is noted."))
    return _to_legs(leg.case)

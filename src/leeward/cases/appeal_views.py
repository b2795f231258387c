"""The desk's pages about appeals: which wait, one of them, and the steps of whoever answers it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.cases import appeals, services, submission, views
from leeward.cases.appeal_forms import AnswerForm
from leeward.cases.models import Appeal
from leeward.cases.states import AppealState
from leeward.core import access
from leeward.core.models import User

SHOWN, ANSWERED_SHOWN = 100, 20
WORDS: Mapping[type[Exception], str | Promise] = {
    services.NotForThisPerson: _("Your role does not allow this. Ask a senior reviewer."),
    appeals.TookPart: _("You took part in this decision, so a colleague must answer the appeal."),
    appeals.NotYours: _("Somebody was faster. This is how the appeal stands now."),
    services.AlreadyDecided: _(
        "The decision is not in effect any more, so there is nothing to take back. Let it stand, and say what can be done."
    ),
}
ENDS: Mapping[str, Callable[..., None]] = {
    AppealState.UPHELD: appeals.uphold,
    AppealState.OVERTURNED: appeals.overturn,
    AppealState.INADMISSIBLE: appeals.refuse,
}


@dataclass(frozen=True)
class Row:
    """One appeal in the list, and whether the person who looks may answer it."""

    appeal: Appeal
    took_part: bool
    is_mine: bool


def _row(appeal: Appeal, *, person: User) -> Row:
    return Row(appeal, person.pk in appeals.took_part(appeal), appeal.taken_by_id == person.pk)


@views.desk
@never_cache
@require_safe
def appeals_page(request: HttpRequest) -> HttpResponse:
    """Show the appeals that wait, what is due first in front, and those that were answered lately."""
    person = access.person(request)
    answered = Appeal.objects.exclude(state__in=appeals.WAITING).select_related("decision__case__subject__provider")
    context = {
        "rows": [_row(appeal, person=person) for appeal in appeals.waiting()[:SHOWN]],
        "answered": answered.order_by("-answered_at", "-pk")[:ANSWERED_SHOWN],
        "refused": len(submission.refused()),
        "now": timezone.now(),
    }
    return render(request, "cases/appeals.html", context)


@views.desk
@never_cache
@require_safe
def appeal(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show one appeal: what was decided and why, who appeals and what they say, and how it can be answered."""
    return _page(request, uid, AnswerForm())


def _page(request: HttpRequest, uid: uuid.UUID, form: AnswerForm) -> HttpResponse:
    found = Appeal.objects.select_related(
        "decision__case__subject__provider", "decision__proposed_by", "decision__seconded_by", "taken_by", "answered_by"
    )
    one, person = get_object_or_404(found, uid=uid), access.person(request)
    row = _row(one, person=person)
    context = {
        "appeal": one,
        "decision": one.decision,
        "case": one.decision.case,
        "row": row,
        "form": form,
        "may_take": one.state == AppealState.OPEN and not row.took_part,
        "may_answer": one.state == AppealState.IN_REVIEW and row.is_mine and not row.took_part,
        "may_put_back": one.state == AppealState.IN_REVIEW and (row.is_mine or bool(person.roles & services.REVERSERS)),
        "now": timezone.now(),
    }
    return render(request, "cases/appeal.html", context, status=422 if form.is_bound else 200)


def _step(step: Callable[..., None]) -> Callable[[HttpRequest, uuid.UUID], HttpResponse]:
    """Make a view of a step that a person takes with one appeal."""

    @views.desk
    @require_POST
    def view(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
        try:
            step(_of(uid), by=access.person(request), at=timezone.now())
        except tuple(WORDS) as error:
            messages.warning(request, str(WORDS[type(error)]))
        return redirect("cases:appeal", uid=uid)

    return view


take = _step(appeals.take)
put_back = _step(appeals.put_back)


@views.desk
@require_POST
def answer(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Answer an appeal. Words that are missing are asked for on the same page."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, uid, form)
    end = ENDS[form.cleaned_data["answer"]]
    try:
        end(_of(uid), by=access.person(request), why=form.cleaned_data["why"], at=timezone.now())
    except tuple(WORDS) as error:
        messages.warning(request, str(WORDS[type(error)]))
    else:
        messages.success(request, _("It is answered. Whoever appealed can read it."))
    return redirect("cases:appeal", uid=uid)


def _of(uid: uuid.UUID) -> Appeal:
    return get_object_or_404(Appeal.objects.select_related("decision__case"), uid=uid)

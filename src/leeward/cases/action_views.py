"""What follows from decisions, by hand: orders that a person carries out or has tried again, and many cases at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.cases import actions, bulk, services, views
from leeward.cases.forms import JudgementForm
from leeward.cases.models import Action, Bulk, Case
from leeward.cases.states import CaseState, DecisionState
from leeward.core import access


def _to_orders(case: Case) -> HttpResponse:
    place = redirect("cases:case", uid=case.uid)
    place["Location"] += "#actions"
    return place


def _action(uid: uuid.UUID) -> Action:
    return get_object_or_404(Action.objects.select_related("decision__case"), uid=uid)


@views.desk
@require_POST
def done(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Note that a person did what an order asks."""
    return _answered(request, _action(uid), is_done=True)


@views.desk
@require_POST
def failed(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Note that a person could not do what an order asks."""
    return _answered(request, _action(uid), is_done=False)


def _answered(request: HttpRequest, action: Action, *, is_done: bool) -> HttpResponse:
    try:
        actions.confirm(action, done=is_done, by=access.person(request), at=timezone.now())
    except actions.CannotBeAnswered:
        messages.warning(
            request, _("Nothing changed: this order does not wait for a person. Look at how it stands now.")
        )
    return _to_orders(action.decision.case)


@views.desk
@require_POST
def retry(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Have an order tried again that was parked or could not be carried out."""
    action = _action(uid)
    try:
        actions.retry(action, by=access.person(request), at=timezone.now())
    except actions.CannotBeAnswered:
        messages.info(request, _("Nothing changed: this order is not parked any more. Look at how it stands now."))
    else:
        messages.success(request, _("It will be tried again now. Look again in a moment to see whether it worked."))
    return _to_orders(action.decision.case)


@views.desk
@never_cache
@require_safe
def similar(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show the open cases that are like one, to be decided together with it."""
    case = get_object_or_404(Case.objects.select_related("subject__provider"), uid=uid)
    context = {"case": case, "alike": bulk.alike(case), "person": access.person(request), "now": timezone.now()}
    return render(request, "cases/similar.html", context)


def _chosen(uids: Iterable[str]) -> list[Case]:
    """Return the cases that a list of uids names; what is no uid names none."""
    named = set()
    for one in uids:
        try:
            named.add(uuid.UUID(one))
        except ValueError:
            continue
    found = Case.objects.filter(uid__in=list(named)[: bulk.MOST + 1]).select_related("subject__provider", "taken_by")
    return list(found.order_by("-priority", "due_at", "pk"))


@views.desk
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def judge_bulk(request: HttpRequest) -> HttpResponse:
    """Show the chosen cases with one form for all of them, and decide them."""
    chosen = _chosen((request.POST or request.GET).getlist("case"))
    if not chosen or len(chosen) > bulk.MOST:
        few = _("Choose at least one case first.")
        messages.info(request, _("Choose fewer cases: %s at once.") % bulk.MOST if chosen else few)
        return redirect("cases:queue")
    if request.method != "POST":
        return _bulk_page(request, chosen, JudgementForm())
    form = JudgementForm(request.POST)
    if not form.is_valid():
        return _bulk_page(request, chosen, form)
    judged = bulk.judge_many(chosen, form.judgement(), by=access.person(request), at=timezone.now())
    for one in judged.each:
        if one.problem is not None:
            messages.warning(request, f"{one.case.ref}: {views.WORDS[one.problem]}")
    return redirect("cases:bulk_judged", uid=judged.bulk.uid)


def _bulk_page(request: HttpRequest, chosen: list[Case], form: JudgementForm) -> HttpResponse:
    now, person = timezone.now(), access.person(request)
    rows = [(case, case.state == CaseState.OPEN and not case.is_taken_by_another(person, at=now)) for case in chosen]
    context = {"rows": rows, "form": form, "now": now}
    return render(request, "cases/bulk.html", context, status=422 if form.is_bound else 200)


@views.desk
@never_cache
@require_safe
def bulk_judged(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show what was decided at once and how each of it stands, with the way to take it back."""
    found = get_object_or_404(Bulk.objects.select_related("by", "undone_by"), uid=uid)
    person = access.person(request)
    decisions = list(found.decisions.select_related("case__subject__provider").order_by("pk"))
    is_mine, is_senior = found.by_id == person.pk, bool(person.roles & services.REVERSERS)
    standing = {DecisionState.PROPOSED, DecisionState.EFFECTIVE}
    mine_alone = [one for one in decisions if one.state in standing and (is_senior or one.seconded_by_id is None)]
    waiting = [one for one in decisions if one.state == DecisionState.PROPOSED]
    context = {
        "bulk": found,
        "decisions": decisions,
        "may_undo": len(mine_alone) if is_mine or is_senior else 0,
        "may_agree": 0 if is_mine else len(waiting),
        "waiting": len(waiting),
    }
    return render(request, "cases/bulk_judged.html", context)


@views.desk
@require_POST
def agree_bulk(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Agree as the second person to everything of it that waits for one."""
    found = get_object_or_404(Bulk, uid=uid)
    try:
        each = bulk.agree(found, by=access.person(request), at=timezone.now())
    except services.NeedsAnother:
        messages.warning(request, views.WORDS[services.NeedsAnother])
    else:
        number = sum(one.problem is None for one in each)
        words = ngettext("%s decision takes effect now.", "%s decisions take effect now.", number) % number
        messages.success(request, words) if number else messages.info(request, _("Nothing waited for you any more."))
    return redirect("cases:bulk_judged", uid=uid)


@views.desk
@require_POST
def undo_bulk(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Take back what was decided at once."""
    found = get_object_or_404(Bulk, uid=uid)
    try:
        each = bulk.undo(found, by=access.person(request), at=timezone.now())
    except (services.NotForThisPerson, services.AlreadyDecided) as error:
        messages.warning(request, views.WORDS[type(error)])
        return redirect("cases:bulk_judged", uid=uid)
    number = sum(one.problem is None for one in each)
    if number:
        words = ngettext("%s decision was taken back.", "%s decisions were taken back.", number) % number
        messages.success(request, words)
    for one in each:
        if one.problem is not None:
            messages.warning(request, f"{one.case.ref}: {views.WORDS[one.problem]}")
    return redirect("cases:bulk_judged", uid=uid)

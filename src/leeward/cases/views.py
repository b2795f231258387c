"""The desk's pages: the queue, one case, and the steps that a person takes there."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse as address_of
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.cases import appeals, conversations, history, notes, panels, services, wellbeing
from leeward.cases import queue as queues
from leeward.cases.forms import AskForm, JudgementForm, NoteForm
from leeward.cases.models import Case, CaseReport, Decision, Queue
from leeward.cases.states import UNDECIDED, CaseState, DecisionState
from leeward.core import access
from leeward.core.models import Delivery, Role
from leeward.reports import dialogue

SPOKEN_SHOWN, LATELY_SHOWN = 50, 10
# A colleague may be faster with the first ones.
TRIED = 5
# Which part of the queue a person works through: the next case comes from there, too.
NEXT_FROM = "desk_next_from"
desk = access.roles(Role.REVIEWER, Role.SENIOR_REVIEWER)

WORDS: dict[type[Exception], str] = {
    services.NotForThisPerson: "Your role does not allow this. Ask a senior reviewer.",
    services.TakenByAnother: "A colleague has this case now. Take another one.",
    services.AlreadyDecided: "Somebody was faster. This is how the case stands now.",
    services.NeedsAnother: "You proposed this decision, so a colleague must agree to it.",
}


def break_words(error: wellbeing.OnBreak) -> str:
    """Return what a person reads who must rest first."""
    return f"You have a break until {timezone.localtime(error.until):%H:%M}. Rest now: the queue is still here then."


@desk
@never_cache
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show what waits: what trusted flaggers sent at the top, then what is due first; and which reporters wait for words."""
    wanted, person, now = queues.Filter.read(request.GET), access.person(request), timezone.now()
    page = queues.page(wanted, person=person, at=now, after=queues.Place.read(request.GET.get("after", "")))

    def count(of: queues.Filter) -> queues.Count:
        return queues.count(of, person=person, at=now)

    context = {
        "wanted": wanted,
        "cases": _as_rows(page.cases),
        "after": page.after,
        "all": count(queues.Filter()),
        "mine": count(queues.Filter(is_mine=True)),
        "about_to_breach": count(queues.Filter(is_soon=True)),
        "queues": [(one, count(queues.Filter(queue=one.slug))) for one in Queue.objects.order_by("title")],
        "severities": queues.SEVERITIES,
        "spoken": _as_rows(_spoken()),
        "recent": _as_rows(queues.lately_decided(most=LATELY_SHOWN)),
        "now": now,
        "soon": now + queues.SOON,
    }
    return render(request, "cases/queue.html", context)


def _as_rows(cases: Iterable[Case]) -> list[Case]:
    """Return the same cases in the same order, with everything that the row of a table shows."""
    keys = [case.pk for case in cases]
    rows = conversations.with_news(Case.objects.filter(pk__in=keys).select_related("subject__provider", "taken_by"))
    found = {case.pk: case for case in rows}
    return [found[pk] for pk in keys if pk in found]


def _spoken() -> QuerySet[Case]:
    """Return the cases that are decided and whose reporters wait for words."""
    unread, complained = dialogue.unread_by_desk().values("report"), appeals.waiting_complaints().values("report")
    waiting = CaseReport.objects.filter(Q(report__in=unread) | Q(report__in=complained)).values("case")
    return Case.objects.filter(pk__in=waiting).exclude(state__in=UNDECIDED).order_by("-pk")[:SPOKEN_SHOWN]


@desk
@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Lease the first case that nobody has, of the part of the queue that the person works through, and open it."""
    wanted, now, person = queues.Filter.read(request.POST), timezone.now(), access.person(request)
    request.session[NEXT_FROM] = wanted.asked
    for found in queues.free(wanted, person=person, at=now, most=TRIED):
        try:
            services.take(found, by=person, at=now)
        except (services.TakenByAnother, services.AlreadyDecided):
            continue
        except wellbeing.OnBreak as error:
            messages.info(request, break_words(error))
            return redirect("cases:queue")
        return redirect("cases:case", uid=found.uid)
    messages.info(request, "No case waits for you here now." if wanted.is_any else "No case waits for you now.")
    return redirect(f"{address_of('cases:queue')}?{urlencode(wanted.asked)}" if wanted.is_any else "cases:queue")


@desk
@never_cache
@require_safe
def case(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show one case: what it is, what is known, what was decided, and what follows as done or owed."""
    return case_page(request, uid)


def case_page(
    request: HttpRequest,
    uid: uuid.UUID,
    *,
    form: JudgementForm | None = None,
    asking: AskForm | None = None,
    noting: NoteForm | None = None,
) -> HttpResponse:
    """Return the page of a case, with a form on it that needs another look where there is one."""
    cases = conversations.with_news(Case.objects.select_related("subject__provider", "taken_by"))
    found, person, now = get_object_or_404(cases, uid=uid), access.person(request), timezone.now()
    threads = conversations.threads(found)
    is_open = found.state == CaseState.OPEN
    context = {
        "case": found,
        "threads": [(thread, _asking(thread, asking)) for thread in threads],
        "known": conversations.known(threads),
        "may_write": conversations.may_write(found, by=person, at=now),
        "may_take": found.state in UNDECIDED and not found.is_taken_by_another(person, at=now),
        "asking": asking,
        "noting": noting or NoteForm(),
        "notes": found.notes.select_related("by").order_by("pk"),
        "decisions": found.decisions.select_related("proposed_by", "seconded_by", "reversed_by").order_by("-pk"),
        "follows": _follows(found),
        "form": form or (JudgementForm(nature=found.nature, grounds=history.grounds()) if is_open else None),
        "may_decide": is_open,
        "proposed": found.decisions.filter(state=DecisionState.PROPOSED).first(),
        "next_from": request.session.get(NEXT_FROM, {}),
        "person": person,
        "now": now,
        "soon": now + queues.SOON,
        **panels.on_page(found, person=person, at=now),
    }
    needs_look = form is not None or asking is not None or noting is not None
    return render(request, "cases/case.html", context, status=422 if needs_look else 200)


def _asking(thread: conversations.Thread, bound: AskForm | None) -> AskForm:
    return bound if bound is not None and bound.report == thread.report else AskForm(thread.report)


def _follows(found: Case) -> list[Delivery]:
    """Every delivery that follows from this case's facts, and the orders that follow from those."""
    return list(Delivery.objects.filter(about=str(found.uid)).order_by("pk"))


@desk
@require_POST
def judge(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Decide a case."""
    found = get_object_or_404(Case, uid=uid)
    form = JudgementForm(request.POST, grounds=history.grounds())
    if not form.is_valid():
        return case_page(request, uid, form=form)
    try:
        decision = services.judge(found, form.judgement(), by=access.person(request), at=timezone.now())
    except tuple(WORDS) as error:
        messages.warning(request, WORDS[type(error)])
        # Whoever was late keeps the words that were written.
        return case_page(request, uid, form=form)
    is_proposed = decision.state == DecisionState.PROPOSED
    messages.success(request, _("A second person must agree now.") if is_proposed else _("It is decided."))
    return redirect("cases:case", uid=uid)


@desk
@require_POST
def note(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Leave a note for colleagues at a case."""
    found, form = get_object_or_404(Case, uid=uid), NoteForm(request.POST)
    if not form.is_valid():
        return case_page(request, uid, noting=form)
    notes.add(found, form.cleaned_data["text"], by=access.person(request), at=timezone.now())
    messages.success(request, _("The note is kept."))
    return redirect("cases:case", uid=uid)


def _step(step: Callable[..., None], *, done: Promise) -> Callable[[HttpRequest, uuid.UUID], HttpResponse]:
    """Make a view of a step that a person takes with one decision."""

    @desk
    @require_POST
    def view(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
        decision = get_object_or_404(Decision.objects.select_related("case"), uid=uid)
        try:
            step(decision, by=access.person(request), at=timezone.now())
        except tuple(WORDS) as error:
            messages.warning(request, WORDS[type(error)])
        else:
            messages.success(request, str(done))
        return redirect("cases:case", uid=decision.case.uid)

    return view


agree = _step(services.agree, done=gettext_lazy("You agreed; it takes effect now."))
decline = _step(services.decline, done=gettext_lazy("You did not agree; the case waits for a decision again."))
withdraw = _step(services.withdraw, done=gettext_lazy("What you proposed is taken back."))
reverse = _step(services.reverse, done=gettext_lazy("The decision is reversed; what followed from it is lifted."))

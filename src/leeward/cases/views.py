"""The desk's pages."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.cases import conversations, services
from leeward.cases.forms import AskForm, JudgementForm
from leeward.cases.models import Case, Decision
from leeward.cases.states import UNDECIDED, DecisionState
from leeward.core import access
from leeward.core.models import Delivery, Role, User

SHOWN = 100
ORDER = ("-priority", "due_at")
desk = access.roles(Role.REVIEWER, Role.SENIOR_REVIEWER)

WORDS: dict[type[Exception], str] = {
    services.NotForThisPerson: "Your role does not allow this. Ask a senior reviewer.",
    services.TakenByAnother: "A colleague has this case now. Take another one.",
    services.AlreadyDecided: "Somebody was faster. This is how the case stands now.",
    services.NeedsAnother: "You proposed this decision, so a colleague must agree to it.",
}


def person_of(request: HttpRequest) -> User:
    """Return who is signed in, behind `desk`."""
    assert isinstance(request.user, User)  # noqa: S101  # `desk` admits people with a role only
    return request.user


@desk
@never_cache
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show what waits: what trusted flaggers sent at the top, then what is due first; and which reporters wait for words."""
    cases = conversations.with_news(Case.objects.select_related("subject__provider", "taken_by"))
    undecided = cases.filter(state__in=UNDECIDED)
    decided = cases.exclude(state__in=UNDECIDED).order_by("-pk")
    now = timezone.now()
    context = {
        "cases": undecided.order_by(*ORDER)[:SHOWN],
        "spoken": decided.filter(Q(has_complaint=True) | Q(has_message=True))[:SHOWN],
        "recent": decided[:10],
        "now": now,
        "soon": now + timedelta(hours=1),
    }
    return render(request, "cases/queue.html", context)


@desk
@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Lease the first case of the queue that nobody has, and open it."""
    now, person = timezone.now(), person_of(request)
    free = Case.objects.filter(state__in=UNDECIDED).exclude(~Q(taken_by=person), taken_until__gt=now)
    for case in free.order_by(*ORDER)[:5]:
        try:
            services.take(case, by=person, at=now)
        except (services.TakenByAnother, services.AlreadyDecided):
            continue
        return redirect("cases:case", uid=case.uid)
    messages.info(request, "No case waits for you now.")
    return redirect("cases:queue")


@desk
@never_cache
@require_safe
def case(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show one case: what it is, what is known, what was decided, and what follows as done or owed."""
    return case_page(request, uid)


def case_page(
    request: HttpRequest, uid: uuid.UUID, *, form: JudgementForm | None = None, asking: AskForm | None = None
) -> HttpResponse:
    """Return the page of a case, with a form on it that needs another look where there is one."""
    cases = conversations.with_news(Case.objects.select_related("subject__provider", "taken_by"))
    found, person, now = get_object_or_404(cases, uid=uid), person_of(request), timezone.now()
    threads = conversations.threads(found)
    context = {
        "case": found,
        "threads": [(thread, _asking(thread, asking)) for thread in threads],
        "known": conversations.known(threads),
        "may_write": conversations.may_write(found, by=person, at=now),
        "may_take": found.state in UNDECIDED and not found.is_taken_by_another(person, at=now),
        "asking": asking,
        "evidence": found.evidence.select_related("blob"),
        "decisions": found.decisions.select_related("proposed_by", "seconded_by", "reversed_by").order_by("-pk"),
        "follows": _follows(found),
        "form": form or JudgementForm(initial={"block_host": ""}),
        "may_decide": found.state == "open",
        "proposed": found.decisions.filter(state=DecisionState.PROPOSED).first(),
        "person": person,
        "now": now,
    }
    return render(request, "cases/case.html", context, status=422 if form or asking else 200)


def _asking(thread: conversations.Thread, bound: AskForm | None) -> AskForm:
    return bound if bound is not None and bound.report == thread.report else AskForm(thread.report)


def _follows(found: Case) -> list[Delivery]:
    """Every delivery that follows from this case's facts, and the orders that follow from those."""
    actions = [str(uid) for decision in found.decisions.all() for uid in decision.actions.values_list("uid", flat=True)]
    from_facts = Q(record__facts__case_uid=str(found.uid))
    return list(Delivery.objects.filter(from_facts | Q(arguments__action_uid__in=actions)).order_by("pk"))


@desk
@require_POST
def judge(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Decide a case."""
    found = get_object_or_404(Case, uid=uid)
    form = JudgementForm(request.POST)
    if not form.is_valid():
        return case_page(request, uid, form=form)
    try:
        services.judge(found, form.judgement(), by=person_of(request), at=timezone.now())
    except services.HostCannotBeBlocked as error:
        form.add_error("block_host", f"This name cannot be blocked: {error}.")
        return case_page(request, uid, form=form)
    except tuple(WORDS) as error:
        messages.warning(request, WORDS[type(error)])
    return redirect("cases:case", uid=uid)


def _step(step: Callable[..., None]) -> Callable[[HttpRequest, uuid.UUID], HttpResponse]:
    """Make a view of a step that a person takes with one decision."""

    @desk
    @require_POST
    def view(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
        decision = get_object_or_404(Decision.objects.select_related("case"), uid=uid)
        try:
            step(decision, by=person_of(request), at=timezone.now())
        except tuple(WORDS) as error:
            messages.warning(request, WORDS[type(error)])
        return redirect("cases:case", uid=decision.case.uid)

    return view


agree = _step(services.agree)
decline = _step(services.decline)
reverse = _step(services.reverse)

"""The way back with the code alone: read what was done, answer, add, complain, take it back, save a proof.

After the code was typed once, the page's own forms carry a signed ticket in its place. Neither ever stands in an address, and
no session and no cookie remembers the visitor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from leeward.core import access, attempts, middleware, networks
from leeward.reports import acknowledge, dialogue, halves, receipts, services, tickets
from leeward.reports import follow_pages as pages
from leeward.reports.follow_forms import WRONG_CODE, FollowForm, WordsForm
from leeward.reports.models import Report
from leeward.reports.steps import Step


@access.public
@never_cache
@require_http_methods(["GET", "POST"])
def follow(request: HttpRequest) -> HttpResponse:
    """Ask for the code, show what became of its report, and take what the reporter says."""
    if request.method == "GET":
        return _ask_for_code(request, FollowForm(), status=200)
    if "ticket" not in request.POST:
        return _with_code(request)
    report = pages.of_ticket(request.POST["ticket"])
    if report is None:
        words = _("This page was open for a long time. Type your code again.")
        return _ask_for_code(request, FollowForm(), status=422, notice=words, kept=request.POST.get("text", ""))
    step = _STEPS.get(request.POST.get("do", ""))
    return step(request, report) if step else pages.status(request, report, pages.Said())


def _ask_for_code(
    request: HttpRequest, form: FollowForm, *, status: int, notice: str = "", kept: str = ""
) -> HttpResponse:
    # Words that somebody had written on a page that stood open for too long wait here until the code was typed.
    context = {"form": form, "notice": notice, "kept": kept or request.POST.get("kept", "")}
    return render(request, "reports/follow.html", context, status=status)


def _with_code(request: HttpRequest) -> HttpResponse:
    form, now = FollowForm(request.POST), timezone.now()
    if not form.is_valid():
        return _ask_for_code(request, form, status=422)
    try:
        code, report = _found(form.cleaned_data["code"], request=request, at=now)
    except attempts.WaitFirst as wait:
        return _wait(request, form, wait.seconds)
    if report is not None:
        again = receipts.grouped(code) if dialogue.show_code_again(report, at=now) else ""
        return pages.status(request, report, pages.Said(code=again, words=request.POST.get("kept", "")))
    if code:
        return render(request, "reports/begun.html", {"ticket": tickets.write(code), "step": Step.CHECK})
    form.add_error("code", WRONG_CODE)
    return _ask_for_code(request, form, status=422)


def _found(typed: str, *, request: HttpRequest, at: datetime) -> tuple[str, Report | None]:
    """Return the code and its report, which is None where it was only begun; an empty code where nobody has it.

    Whoever must wait first is told so before anything is looked up, so that waiting tells nothing of any code.
    """
    network = networks.of(middleware.client_address(request))
    with attempts.one(network, at=at) as attempt:
        try:
            code = receipts.read(typed)
        except receipts.SlipOfTheFinger:
            code = ""
        report = services.follow(code) if code else None
        if report is not None or (code and halves.read(code, at=at) is not None):
            return code, report
        attempt.was_wrong()
        return "", None


def _wait(request: HttpRequest, form: FollowForm, seconds: int) -> HttpResponse:
    minutes = math.ceil(seconds / 60)
    words = (
        ngettext("Wait %d second. Then try again.", "Wait %d seconds. Then try again.", seconds) % seconds
        if seconds < 60
        else ngettext("Wait %d minute. Then try again.", "Wait %d minutes. Then try again.", minutes) % minutes
    )
    form.add_error("code", words)
    answer = _ask_for_code(request, form, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


def _say(request: HttpRequest, report: Report) -> HttpResponse:
    form = pages.say_form(report, request.POST, request.FILES)
    if not form.is_valid():
        return pages.status(request, report, pages.Said(say=form))
    picture, key = form.cleaned_data["picture"], str(form.cleaned_data["key"])
    dialogue.say(report, form.cleaned_data["text"], key=key, pictures=[picture] if picture else [], at=timezone.now())
    return pages.status(request, report, pages.Said(notice="status.said"))


def _complain(request: HttpRequest, report: Report) -> HttpResponse:
    form, named = WordsForm(pages.texts_for(report), request.POST), request.POST.get("outcome", "")
    outcome = next((one for one in report.outcomes.all() if str(one.pk) == named and one.is_decision), None)
    if outcome is None:
        return pages.status(request, report, pages.Said())
    if not form.is_valid():
        return pages.status(request, report, pages.Said(complain=form))
    try:
        dialogue.complain(outcome, form.cleaned_data["text"], at=timezone.now())
    except dialogue.ComplainedAlready:
        return pages.status(
            request, report, pages.Said(notice="status.complained_already", words=form.cleaned_data["text"])
        )
    return pages.status(request, report, pages.Said(notice="status.said"))


def _withdraw(request: HttpRequest, report: Report) -> HttpResponse:
    try:
        dialogue.withdraw(report, at=timezone.now())
    except dialogue.DecidedAlready:
        return pages.status(request, report, pages.Said(notice="status.withdraw_late"))
    return pages.status(request, report, pages.Said(notice="status.withdrawn"))


def _proof(request: HttpRequest, report: Report) -> HttpResponse:
    """Give the signed acknowledgement as a file, which says nothing of what was reported."""
    answer = HttpResponse(acknowledge.acknowledgement(report), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="report-proof.txt"'
    return answer


_STEPS: Mapping[str, Callable[[HttpRequest, Report], HttpResponse]] = {
    "say": _say,
    "complain": _complain,
    "withdraw": _withdraw,
    "proof": _proof,
}

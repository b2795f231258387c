"""The affected user's own page, behind the code of the statement, and the desk's page of statements that need a person.

After the code was typed once, the page's own forms carry a signed ticket in its place. Neither ever stands in an address.
"""

from __future__ import annotations

import math
import uuid

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.cases import appeals, reasons, services, statements, submission, views
from leeward.cases.models import Appeal, Statement
from leeward.core import access, attempts, middleware, networks, texts
from leeward.core.models import Role
from leeward.engines.reading import Band
from leeward.reports import receipts
from leeward.reports.follow_forms import WRONG_CODE, FollowForm, WordsForm

TICKET_S = 2 * 3600
_SALT = "leeward.cases.statement"
_senior = access.roles(Role.SENIOR_REVIEWER)


@access.public
@never_cache
@require_http_methods(["GET", "POST"])
def statement(request: HttpRequest) -> HttpResponse:
    """Ask for the code, show the reasons to the reader's age, and take an appeal."""
    if request.method == "GET":
        return _ask(request, FollowForm())
    if "ticket" not in request.POST:
        return _with_code(request)
    found = _of_ticket(request.POST["ticket"])
    if found is None:
        words = _("This page was open for a long time. Type your code again.")
        return _ask(request, FollowForm(), notice=words, kept=request.POST.get("text", ""))
    if request.POST.get("do") == "appeal":
        return _appeal(request, found)
    return _show(request, found)


def _ask(request: HttpRequest, form: FollowForm, *, notice: str = "", kept: str = "", status: int = 0) -> HttpResponse:
    words = texts.read("cases", language=get_language() or texts.ENGLISH, band=Band.MIDDLE)
    # Words that somebody had written on a page that stood open for too long wait here until the code was typed.
    context = {
        "form": form,
        "notice": notice,
        "kept": kept or request.POST.get("kept", ""),
        "words": texts.tables(words),
    }
    wrong = form.is_bound or bool(notice)
    return render(request, "cases/statement/code.html", context, status=status or (422 if wrong else 200))


def _with_code(request: HttpRequest) -> HttpResponse:
    form = FollowForm(request.POST)
    if not form.is_valid():
        return _ask(request, form)
    network = networks.of(middleware.client_address(request))
    try:
        with attempts.one(network, at=timezone.now()) as attempt:
            found = _found(form.cleaned_data["code"])
            if found is None:
                attempt.was_wrong()
    except attempts.WaitFirst as wait:
        return _wait(request, form, wait.seconds)
    if found is None:
        form.add_error("code", WRONG_CODE)
        return _ask(request, form)
    return _show(request, found)


def _found(typed: str) -> Statement | None:
    try:
        return statements.find(typed)
    except receipts.SlipOfTheFinger:
        return None


def _wait(request: HttpRequest, form: FollowForm, seconds: int) -> HttpResponse:
    minutes = math.ceil(seconds / 60)
    words = (
        ngettext("Wait %d second. Then try again.", "Wait %d seconds. Then try again.", seconds) % seconds
        if seconds < 60
        else ngettext("Wait %d minute. Then try again.", "Wait %d minutes. Then try again.", minutes) % minutes
    )
    form.add_error("code", words)
    answer = _ask(request, form, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


def _of_ticket(ticket: str) -> Statement | None:
    try:
        uid = signing.loads(ticket, salt=_SALT, max_age=TICKET_S)
    except signing.BadSignature:
        return None
    return Statement.objects.select_related("decision__case__subject__provider").filter(uid=uid).first()


def _appeal(request: HttpRequest, found: Statement) -> HttpResponse:
    band = _band(request)
    form = WordsForm(_said(band), request.POST)
    if not form.is_valid():
        return _show(request, found, form=form)
    words = texts.read("cases", language=get_language() or texts.ENGLISH, band=band)
    try:
        appeals.open_by_affected(found, form.cleaned_data["text"], at=timezone.now())
    except appeals.AppealedAlready:
        return _show(request, found, notice=words["appeal.already"])
    except (appeals.TooLate, appeals.NothingToAppeal):
        return _show(request, found, notice=words["appeal.late"])
    return _show(request, found, notice=words["appeal.open"], is_done=True)


def _band(request: HttpRequest) -> Band:
    wanted = request.POST.get("band", "")
    return Band(wanted) if wanted in set(Band) else Band.MIDDLE


def _said(band: Band) -> dict[str, str]:
    """Return the words of the report forms, which the form of an appeal shares."""
    return dict(texts.read("reports", language=get_language() or texts.ENGLISH, band=band))


def _show(
    request: HttpRequest, found: Statement, *, form: WordsForm | None = None, notice: str = "", is_done: bool = False
) -> HttpResponse:
    found = Statement.objects.select_related("decision__case__subject__provider").get(pk=found.pk)
    band, language, now = _band(request), get_language() or texts.ENGLISH, timezone.now()
    language = language.split("-")[0]
    said, words = _said(band), texts.read("cases", language=language, band=band)
    waits = Appeal.objects.filter(decision=found.decision, by=Appeal.By.AFFECTED, state__in=appeals.WAITING).exists()
    may_appeal = not waits and not reasons.is_over(found, at=now)
    context = {
        "words": texts.tables(words),
        "said": texts.tables(said),
        "reasons": reasons.of(found, language=language, band=band, at=now),
        "ticket": signing.dumps(str(found.uid), salt=_SALT),
        "form": form or (WordsForm(said, words=request.POST.get("kept", "")) if may_appeal else None),
        "has_faults": form is not None,
        "notice": notice,
        "is_done": is_done,
        "band": band.value,
        "bands": [(one.value, said[f"band.{name}"]) for one, name in _BAND_NAMES.items()],
        "provider": found.decision.case.subject.provider,
        "is_over": reasons.is_over(found, at=now),
    }
    return render(request, "cases/statement/read.html", context, status=422 if form is not None else 200)


_BAND_NAMES = {Band.SMALL: "small", Band.MIDDLE: "middle", Band.TEEN: "teen", Band.ADULT: "adult"}


@views.desk
@never_cache
@require_safe
def statements_page(request: HttpRequest) -> HttpResponse:
    """Show which statements the EU's database or our own rules refused, by the names of the fields, and how many are owed."""
    count = {state: Statement.objects.filter(submission=state).count() for state in Statement.Submission}
    context = {
        "refused": submission.refused(),
        "owed": count[Statement.Submission.OWED],
        "stored": count[Statement.Submission.DONE],
        "is_submitting": statements.is_submitting(),
        "may_owe": Role.SENIOR_REVIEWER in access.person(request).roles,
    }
    return render(request, "cases/statements.html", context)


@_senior
@require_POST
def owe_again(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Build a refused statement anew and submit it again."""
    found = get_object_or_404(Statement.objects.select_related("decision__case__subject__provider"), uid=uid)
    try:
        submission.owe_again(found, by=access.person(request), at=timezone.now())
    except (submission.NotRefused, services.NotForThisPerson):
        messages.warning(request, _("Nothing changed: this statement does not wait for a person."))
    else:
        messages.success(request, _("It is made anew and goes with the next call."))
    return redirect("cases:statements")

"""The pages of evidence: open a piece for a purpose, get its copies, hold a case, export it for the person concerned."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.cases import approvals, evidence_copies, export, retention, services, viewing, views, wellbeing
from leeward.cases.evidence_forms import AFFECTED, AskExportForm, ExportForm, HoldForm, OpenForm
from leeward.cases.models import Approval, Case, Evidence, Hold, View
from leeward.core import access, problems
from leeward.reports.models import Report

# The component hides again after 30 seconds; a little is added for the way here. More is no honest figure.
MOST_SECONDS = 40
# What a page without script counts for a clear copy: as long as the component would have shown it.
WITHOUT_SCRIPT_SECONDS = 30
COPIES = {"covered": View.Form.COVERED, "clear": View.Form.CLEAR}
REFUSED = (
    services.NotForThisPerson,
    viewing.NeedsPurpose,
    viewing.NotSure,
    wellbeing.OnBreak,
    viewing.NeverShown,
    evidence_copies.CannotBeShown,
)


@views.desk
@never_cache
@require_http_methods(["GET", "POST"])
def evidence(request: HttpRequest, uid: uuid.UUID, sha256: str) -> HttpResponse:
    """Ask what a piece must be seen for, and then show it covered; what is known already is named and never shown."""
    piece, person, now = _piece(uid, sha256), access.person(request), timezone.now()
    needs_sure = viewing.needs_to_be_sure(piece.case, by=person)
    form = OpenForm(request.POST if request.method == "POST" else None, needs_sure=needs_sure)
    context: dict[str, Any] = {
        "case": piece.case,
        "piece": piece,
        "form": form,
        "hidden": viewing.hidden_from(piece, by=person),
        "break_until": wellbeing.on_break(person, at=now),
        "seen": piece.views.select_related("by").order_by("-at")[:20],
    }
    if not form.is_valid():
        return render(request, "cases/evidence.html", context, status=422 if form.is_bound else 200)
    try:
        viewing.check(piece, form.intent(), by=person, at=now)
    except REFUSED:
        # What keeps the person from it stands on the page already: the break, or what is known instead.
        return render(request, "cases/evidence.html", context, status=403)
    return render(request, "cases/evidence.html", context | _opened(piece, form.intent(), request=request))


def _opened(piece: Evidence, intent: viewing.Intent, *, request: HttpRequest) -> dict[str, Any]:
    """Return what the page needs to fetch the copies; where it runs no script, it asks for one of them by its button."""
    now, person = timezone.now(), access.person(request)
    ticket = viewing.ticket(piece, intent, by=person, at=now)
    wanted = "clear" if request.POST.get("copy") == "clear" else "covered"
    if wanted == "clear":
        wellbeing.seen(person, seconds=WITHOUT_SCRIPT_SECONDS, at=now)
    places = {name: reverse("cases:evidence_copy", args=[piece.case.uid, piece.sha256, name]) for name in COPIES}
    shown = {"ticket": ticket, "wanted": wanted, "places": places, "intent": intent}
    if not piece.sealed.media_type.startswith(evidence_copies.TEXT_TYPES):
        return shown
    # A text stands in the page itself, so it is opened here and not by an address of its own.
    form, said = COPIES[wanted], intent
    try:
        text = viewing.open_evidence(piece, by=person, purpose=said.purpose, form=form, at=now, is_sure=said.is_sure)
    except evidence_copies.CannotBeShown:
        return shown | {"cannot": True}
    return shown | {"text": text.decode()}


@views.desk
@require_safe
def copy(request: HttpRequest, uid: uuid.UUID, sha256: str, name: str) -> HttpResponse:
    """Give one copy, covered or clear, to the page that was opened with a purpose; each time is noted."""
    piece, person, now = _piece(uid, sha256), access.person(request), timezone.now()
    intent = viewing.read_ticket(request.GET.get("ticket", ""), piece, by=person, at=now)
    if intent is None or name not in COPIES:
        return problems.response(403, "This page stood open for too long. Open the evidence again.")
    try:
        data = viewing.open_evidence(
            piece, by=person, purpose=intent.purpose, form=COPIES[name], at=now, is_sure=intent.is_sure
        )
    except evidence_copies.CannotBeShown:
        return problems.response(422, "This kind of file cannot be shown.")
    except REFUSED:
        return problems.response(403, "This cannot be shown now. Load the page of the evidence again.")
    answer = HttpResponse(data, content_type=evidence_copies.media_type_of(data))
    answer["Cache-Control"] = "no-store"
    answer["Content-Disposition"] = "inline"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


@views.desk
@require_POST
def exposure(request: HttpRequest) -> HttpResponse:
    """Count the seconds for which a person saw something clear, as the page says when it covers it again."""
    try:
        seconds = int(request.POST.get("seconds", ""))
    except ValueError:
        return problems.response(422, "Send «seconds» as a whole number.")
    if seconds < 0:
        return problems.response(422, "Send «seconds» as a number that is not below 0.")
    wellbeing.seen(access.person(request), seconds=min(seconds, MOST_SECONDS), at=timezone.now())
    return HttpResponse(status=204)


@views.desk
@require_POST
def hold(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Let nothing of a case be erased until a day."""
    case, form = get_object_or_404(Case, uid=uid), HoldForm(request.POST)
    if not form.is_valid():
        return _back_with_faults(request, case, form)
    try:
        retention.hold(
            case,
            basis=form.cleaned_data["basis"],
            until=form.until_at(),
            by=access.person(request),
            at=timezone.now(),
        )
    except retention.EndsTooEarly:
        messages.warning(request, _("Nothing is held: this day is over. Choose a later one."))
    else:
        messages.success(request, _("It is held. Nothing of this case is erased until that day."))
    return _to_evidence(case)


@views.desk
@require_POST
def release(request: HttpRequest, uid: uuid.UUID, hold_id: int) -> HttpResponse:
    """End a hold before its time."""
    held = get_object_or_404(Hold.objects.select_related("case"), pk=hold_id, case__uid=uid)
    try:
        retention.release(held, by=access.person(request), at=timezone.now())
    except services.NotForThisPerson:
        messages.warning(request, _("Your role does not allow this. Ask a senior reviewer."))
    except retention.SetByRule:
        messages.warning(request, _("A rule set this hold. It ends by itself."))
    except retention.ReleasedAlready:
        messages.info(request, _("Somebody was faster. This hold was released before."))
    else:
        messages.success(request, _("The hold is released."))
    return _to_evidence(held.case)


@views.desk
@require_POST
def ask_export(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Ask a colleague to allow an export."""
    case, form = get_object_or_404(Case, uid=uid), AskExportForm(request.POST)
    if not form.is_valid():
        return _back_with_faults(request, case, form)
    why, person = form.cleaned_data["why"], access.person(request)
    approvals.ask(case, kind=Approval.Kind.EXPORT, why=why, by=person, at=timezone.now())
    messages.success(request, _("You asked for it. A colleague must agree before anything is exported."))
    return _to_evidence(case)


@views.desk
@require_POST
def answer_export(request: HttpRequest, uid: uuid.UUID, approval_uid: uuid.UUID) -> HttpResponse:
    """Agree to an export that a colleague asked for, or refuse it."""
    asked = get_object_or_404(Approval.objects.select_related("case"), uid=approval_uid, case__uid=uid, kind="export")
    answer = approvals.agree if request.POST.get("answer") == "agree" else approvals.refuse
    try:
        answer(asked, by=access.person(request), at=timezone.now())
    except services.NeedsAnother:
        messages.warning(request, _("You asked for it, so a colleague must answer."))
    except services.AlreadyDecided:
        messages.info(request, _("Somebody was faster. It was answered before."))
    else:
        messages.success(request, _("Your answer is noted."))
    return _to_evidence(asked.case)


@views.desk
@require_POST
def make_export(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Give the export that two people allowed, as a file; this uses the permission up."""
    case = get_object_or_404(Case.objects.select_related("subject__provider"), uid=uid)
    form, person, now = ExportForm(case, request.POST), access.person(request), timezone.now()
    if not form.is_valid():
        return _back_with_faults(request, case, form)
    concerned = form.cleaned_data["concerned"]
    try:
        if concerned == AFFECTED:
            packed = export.for_affected(case, by=person, at=now)
        else:
            packed = export.for_reporter(case, Report.objects.get(uid=concerned), by=person, at=now)
    except approvals.NotApproved:
        messages.warning(request, _("Nothing is exported: ask first, and let a colleague agree."))
        return _to_evidence(case)
    answer = HttpResponse(packed, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="case-{case.ref}.zip"'
    answer["Cache-Control"] = "no-store"
    return answer


def _back_with_faults(request: HttpRequest, case: Case, form: Any) -> HttpResponse:
    for faults in form.errors.values():
        messages.warning(request, _("Nothing is done yet.") + " " + " ".join(faults))
    return _to_evidence(case)


def _to_evidence(case: Case) -> HttpResponse:
    return redirect(reverse("cases:case", args=[case.uid]) + "#evidence")


def _piece(uid: uuid.UUID, sha256: str) -> Evidence:
    pieces = Evidence.objects.select_related("case__subject__provider", "blob")
    return get_object_or_404(pieces, case__uid=uid, sha256=sha256)

"""What a reviewer does about the people who reported: take their case, write to them, read, and note misuse of the button."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leeward.cases import conversations, services, views, wellbeing
from leeward.cases.forms import AskForm
from leeward.cases.models import Case, CaseReport
from leeward.core import access
from leeward.reports import dialogue

WORDS: dict[type[Exception], str] = {
    conversations.NotTaken: "Take this case first. Your words are still here.",
    conversations.DecidedByThisPerson: "You took part in this decision, so a colleague must answer the complaint.",
}


@views.desk
@require_POST
def take(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Lease this case to the person who asks."""
    case = get_object_or_404(Case, uid=uid)
    try:
        services.take(case, by=access.person(request), at=timezone.now())
    except tuple(views.WORDS) as error:
        messages.warning(request, views.WORDS[type(error)])
    except wellbeing.OnBreak as error:
        messages.info(request, views.break_words(error))
    return redirect("cases:case", uid=uid)


@views.desk
@require_POST
def give_back(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """End the lease of whoever asks, and go back to the queue."""
    case = get_object_or_404(Case, uid=uid)
    try:
        services.give_back(case, by=access.person(request), at=timezone.now())
    except services.NotTaken:
        messages.info(request, _("You did not have this case any more."))
    else:
        messages.success(request, _("The case waits in the queue again."))
    return redirect("cases:queue")


@views.desk
@require_POST
def ask(request: HttpRequest, uid: uuid.UUID, report_uid: uuid.UUID) -> HttpResponse:
    """Write to one reporter. Words that cannot be sent stand in the form again."""
    joined = _joined(uid, report_uid)
    form, person = AskForm(joined.report, request.POST), access.person(request)
    if not form.is_valid():
        return views.case_page(request, uid, asking=form)
    text, key = form.cleaned_data["text"], str(form.cleaned_data["key"])
    try:
        conversations.ask(joined.case, joined.report, text, by=person, key=key, at=timezone.now())
    except tuple(WORDS) as error:
        form.add_error("text", WORDS[type(error)])
        return views.case_page(request, uid, asking=form)
    messages.success(request, "It is sent. The reporter can read it with the code.")
    return redirect("cases:case", uid=uid)


@views.desk
@require_POST
def read(request: HttpRequest, uid: uuid.UUID, report_uid: uuid.UUID) -> HttpResponse:
    """Note that the desk has read what a reporter wrote."""
    dialogue.note_read(_joined(uid, report_uid).report, by=access.person(request), at=timezone.now())
    return redirect("cases:case", uid=uid)


@views.desk
@require_POST
def misuse(request: HttpRequest, uid: uuid.UUID, report_uid: uuid.UUID) -> HttpResponse:
    """Note that the button was misused with this report, once."""
    report = _joined(uid, report_uid).report
    if dialogue.note_misuse(report, by=access.person(request), at=timezone.now()):
        messages.success(request, "It is noted. After several such reports this place comes later in the queue.")
    else:
        messages.info(request, "Nothing changed: it was noted already, or it is not known where the report came from.")
    return redirect("cases:case", uid=uid)


def _joined(uid: uuid.UUID, report_uid: uuid.UUID) -> CaseReport:
    joined = CaseReport.objects.select_related("case", "report")
    return get_object_or_404(joined, case__uid=uid, report__uid=report_uid)

"""The supervisor's page of measures, and the same as a file."""

from __future__ import annotations

import csv
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leeward.core import access
from leeward.core.models import Role
from leeward.helplines.conversations.models import Desk
from leeward.helplines.figures import plots, spans
from leeward.helplines.shifts import services as shifts

supervisor = access.roles(Role.SUPERVISOR)
_SPANS = {"30": 30, "90": 90, "365": 365}
_SHORTEST = "30"


@supervisor
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Go to the figures of the person's first desk."""
    desk = shifts.desks_of(access.person(request)).first()
    if desk is None:
        return render(request, "helplines/figures/none.html")
    return redirect("helpline_figures:desk", uid=desk.uid)


@supervisor
@never_cache
@require_safe
def of_desk(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show the measures of a desk as numbers and drawings."""
    desks = shifts.desks_of(access.person(request))
    desk, (code, count) = get_object_or_404(desks, uid=uid), _span(request)
    found = _days(desk, count=count, at=timezone.now())
    totals = plots.totals(found)
    context = {
        "desk": desk,
        "desks": desks,
        "code": code,
        "spans": [("30", _("Last 30 days")), ("90", _("Last 90 days")), ("365", _("Last year"))],
        "totals": totals,
        "times": {name: plots.words_of(getattr(totals, name)) for name in _TIMES},
        "plots": [plots.talks_plot(found), plots.waits_plot(found), plots.door_plot(found)],
        "languages": plots.languages(found),
        "unspoken": plots.unspoken_plot(found),
    }
    return render(request, "helplines/figures/figures.html", context)


_TIMES = ("wait_median_s", "wait_most_s", "abandoned_after_s", "first_answer_s", "mailbox_answer_s")


def _span(request: HttpRequest) -> tuple[str, int]:
    code = request.GET.get("days", _SHORTEST)
    if code not in _SPANS:
        raise Http404
    return code, _SPANS[code]


def _days(desk: Desk, *, count: int, at: datetime) -> plots.Days:
    return plots.days(desk, last=at.astimezone(ZoneInfo(desk.time_zone)).date(), count=count)


@supervisor
@never_cache
@require_safe
def table(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give the counted talks of a desk as CSV, one line for each day, kind and language. Times are medians, in seconds."""
    desk = get_object_or_404(shifts.desks_of(access.person(request)), uid=uid)
    found = _days(desk, count=_span(request)[1], at=timezone.now())
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="helpline-figures.csv"'
    lines = csv.writer(answer)
    lines.writerow(_HEAD)
    for row in found.talks:
        times = [
            spans.within_s(counts, share=plots.MEDIAN) for counts in (row.waits, row.abandoned_after, row.first_answers)
        ]
        told = ["" if one is None else one for one in times]
        lines.writerow([row.date.isoformat(), row.kind, row.language, row.begun, row.taken, row.abandoned, *told])
    return answer


_HEAD = (
    "date",
    "kind",
    "language",
    "begun",
    "taken",
    "abandoned",
    "wait_median_s",
    "abandoned_after_median_s",
    "first_answer_median_s",
)

"""Pages for the operator: settings in force, health, and what is owed; and ways from one capability to another."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from leeward.cases.models import Case
from leeward.core import access, config, worker
from leeward.core import health as core_health
from leeward.core.models import Delivery, Role
from leeward.core.settings import describe
from leeward.reports.models import Report

SHOWN = 200


@access.roles(Role.OPERATOR)
@require_safe
def settings(request: HttpRequest) -> HttpResponse:
    """Show every setting with its unit, default, help and what is in force; secrets only as set or not."""
    current = config.current()
    sections = [
        ((section.__doc__ or "").strip(), list(describe(getattr(current, name))))
        for name, section in config.SECTIONS.items()
    ]
    return render(request, "site/settings.html", {"sections": sections})


@access.roles(Role.OPERATOR)
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Show what readiness looked at."""
    return render(request, "site/health.html", {"findings": core_health.findings(at=timezone.now())})


@access.roles(Role.OPERATOR, Role.SENIOR_REVIEWER)
@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """Show what is owed and what was parked."""
    rows = Delivery.objects.exclude(state=Delivery.State.DONE).order_by("-state", "due_at")[:SHOWN]
    return render(request, "site/deliveries.html", {"deliveries": rows, "shown": SHOWN})


@access.roles(Role.OPERATOR, Role.SENIOR_REVIEWER)
@require_POST
def again(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Owe a parked delivery again."""
    if worker.unpark(str(uid), at=timezone.now()):
        messages.success(request, "It is owed again and will be tried now.")
    else:
        messages.info(request, "It was not parked any more; nothing changed.")
    return redirect("operator:deliveries")


@access.roles(Role.REVIEWER, Role.SENIOR_REVIEWER)
@require_safe
def case_of_report(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Lead to the case of a report: screening knows its reports, but no case."""
    report = get_object_or_404(Report, uid=uid)
    case = Case.objects.filter(reports__report=report).first()
    if case is None:
        messages.info(request, "Its case is being opened. Look again in a little while.")
        return redirect("cases:queue")
    return redirect("cases:case", uid=case.uid)

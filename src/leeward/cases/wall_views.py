"""The supervisor's wall, and the pages of second looks."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from leeward.cases import second_looks, services, viewing, views, wall
from leeward.cases.models import Decision, SecondLook
from leeward.core import access, config
from leeward.core.models import Role
from leeward.indicators.models import Category
from leeward.reports.models import Report

SHOWN = 50
COMPARED_OVER = timedelta(days=30)
supervisor = access.roles(Role.SENIOR_REVIEWER)


class SecondLookForm(forms.Form):
    """What a second person thinks of the same case."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Decision"), choices=Decision.Outcome.choices, widget=forms.RadioSelect
    )
    category = forms.ChoiceField(label=gettext_lazy("Kind of harm"), choices=Category.choices, initial=Category.OTHER)


@supervisor
@never_cache
@require_safe
def supervise(request: HttpRequest) -> HttpResponse:
    """Show how the desk stands: what waits, what is about to be late, what failed, and what people had to see today."""
    now = timezone.now()
    context = {
        "wall": wall.wall(at=now),
        "failed": wall.stuck(),
        "unroutable": wall.unroutable(),
        "held": wall.held(),
        "agreement": second_looks.agreement(since=now - COMPARED_OVER),
        "compared_days": COMPARED_OVER.days,
        "over_days": wall.OVER.days,
        "sample": wall.SAMPLE,
        "counted": wall.COUNTED,
        "budget": config.current().desk.exposure_minutes,
        "now": now,
    }
    return render(request, "cases/wall.html", context)


@views.desk
@never_cache
@require_safe
def looks(request: HttpRequest) -> HttpResponse:
    """Show which decisions wait for a second look of this person; to a supervisor also where two did not agree."""
    now, person = timezone.now(), access.person(request)
    is_supervisor = Role.SENIOR_REVIEWER in person.roles
    context = {
        "waiting": second_looks.waiting(person)[:SHOWN],
        "agreement": second_looks.agreement(since=now - COMPARED_OVER),
        "compared_days": COMPARED_OVER.days,
        "percent": config.current().desk.second_look_percent,
        "is_supervisor": is_supervisor,
        "differing": second_looks.differing()[:SHOWN] if is_supervisor else (),
    }
    return render(request, "cases/second_looks.html", context)


@views.desk
@never_cache
@require_http_methods(["GET", "POST"])
def look(request: HttpRequest, number: int) -> HttpResponse:
    """Show a case without its decision, and take what a second person thinks of it."""
    person = access.person(request)
    found = get_object_or_404(SecondLook.objects.select_related("decision__case__subject__provider"), pk=number)
    if not second_looks.waiting(person).filter(pk=found.pk).exists():
        messages.info(
            request, _("This second look does not wait for you: it was taken, or you judged the case before.")
        )
        return redirect("cases:second_looks")
    form = SecondLookForm(request.POST if request.method == "POST" else None, use_required_attribute=False)
    if not form.is_valid():
        return _look_page(request, found, form)
    outcome, category = Decision.Outcome(form.cleaned_data["outcome"]), Category(form.cleaned_data["category"])
    try:
        second_looks.judge_again(found, outcome=outcome, category=category, by=person, at=timezone.now())
    except (services.AlreadyDecided, services.NeedsAnother):
        messages.warning(request, _("Nothing was noted: a colleague was faster, or you judged the case yourself."))
    else:
        messages.success(request, _("Your second look is noted. It changes nothing about the case itself."))
    return redirect("cases:second_looks")


def _look_page(request: HttpRequest, found: SecondLook, form: SecondLookForm) -> HttpResponse:
    case, person = found.decision.case, access.person(request)
    pieces = case.evidence.select_related("blob", "case").order_by("pk")
    # Only what was reported: what the desk and the reporter wrote to each other would tell how it was decided.
    reports = Report.objects.filter(casereport__case=case).order_by("casereport__joined_at", "pk")
    context = {
        "case": case,
        "reports": reports,
        "pieces": [(piece, viewing.hidden_from(piece, by=person) is not None) for piece in pieces],
        "form": form,
    }
    return render(request, "cases/second_look.html", context, status=422 if form.is_bound else 200)

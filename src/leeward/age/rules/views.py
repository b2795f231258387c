"""The operator's page of rules: what each country asks for, since when, by which law, and who confirmed it."""

from __future__ import annotations

from itertools import groupby
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leeward.age.rules import services, suggestions
from leeward.age.rules.forms import TableForm
from leeward.age.rules.kinds import STRICTEST, Kind
from leeward.age.rules.models import AgeRule
from leeward.core import access, config
from leeward.core.models import Role

operator = access.roles(Role.OPERATOR)


@operator
@never_cache
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Show every rule by country, those of the service's own country first."""
    return _shown(request, TableForm())


def _shown(request: HttpRequest, form: TableForm) -> HttpResponse:
    own = config.current().age.country.upper()
    rows = AgeRule.objects.select_related("confirmed_by")
    found = [(name, list(of)) for name, of in groupby(rows, key=lambda row: (row.country, row.country_name))]
    found.sort(key=lambda group: group[0][0] != own)
    context = {
        "form": form,
        "countries": [(name, code, of, any(row.confirmed_at for row in of)) for (code, name), of in found],
        "own": own,
        "confirmed_count": sum(1 for row in rows if row.confirmed_at),
        "rules_count": len(rows),
        "strictest": STRICTEST[Kind.CONSENT],
        "today": timezone.localdate(),
    }
    return render(request, "age/rules.html", context, status=422 if form.is_bound else 200)


@operator
@require_POST
def suggest(request: HttpRequest) -> HttpResponse:
    """Take a table in, as suggestions."""
    form = TableForm(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, form)
    try:
        count = services.suggest(form.cleaned_data["file"], actor=_actor(request), at=timezone.now())
    except suggestions.BrokenTable as wrong:
        form.add_error("file", str(wrong))
        return _shown(request, form)
    messages.success(request, _("New suggestions: %(count)d. None applies before you confirm it.") % {"count": count})
    return redirect("age_rules:rules")


@operator
@require_POST
def confirm(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let a rule apply."""
    rule = get_object_or_404(AgeRule, uid=uid)
    try:
        services.confirm(rule, by=access.person(request), at=timezone.now())
    except services.RuleMoved:
        messages.warning(request, _("Somebody confirmed or withdrew it meanwhile."))
    else:
        messages.success(request, _("Confirmed. This rule applies from now on."))
    return redirect(f"/age/rules/#{rule.country.replace('*', 'all')}")


@operator
@require_POST
def withdraw(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let a rule apply no longer, which also undoes `confirm`."""
    rule = get_object_or_404(AgeRule, uid=uid)
    try:
        services.withdraw(rule, by=access.person(request), at=timezone.now())
    except services.RuleMoved:
        messages.warning(request, _("Somebody confirmed or withdrew it meanwhile."))
    else:
        messages.success(request, _("Withdrawn. The strictest rule applies instead."))
    return redirect(f"/age/rules/#{rule.country.replace('*', 'all')}")


def _actor(request: HttpRequest) -> str:
    return f"user:{access.person(request).pk}"

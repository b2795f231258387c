"""The pages of the routing rules: what is in force, drafts, and what a draft would change before it goes live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.cases import routing, rule_drafts
from leeward.cases.leg_forms import FLAGS, PLACES, RuleForm
from leeward.cases.models import Body, Rule
from leeward.cases.views import desk
from leeward.core import access, config
from leeward.core.models import Role
from leeward.engines import routing as engine

senior = access.roles(Role.SENIOR_REVIEWER)
LAST, MOST = 200, 5000
SHOWN = 100


@dataclass(frozen=True)
class Said:
    """One rule as the page shows it: its row, its conditions in words, and to whom it leads."""

    row: Rule
    rule: engine.Rule
    conditions: list[tuple[str, str]]
    leads_to: str


@desk
@never_cache
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Show the rules in force, the drafts, and what is shipped."""
    context = {
        "said": _said(routing.live_rows()),
        "drafts": rule_drafts.drafts(),
        "shipped": routing.shipped(),
        "jurisdiction": config.current().desk.jurisdiction,
        "is_senior": Role.SENIOR_REVIEWER in access.person(request).roles,
    }
    return render(request, "cases/rules.html", context)


def _said(rows: list[Rule]) -> list[Said]:
    names = dict(Body.objects.values_list("slug", "name"))
    found = []
    for row in rows:
        rule = engine.Rule.from_dict(row.rule)
        leads_to = (
            rule.queue or names.get(rule.body, rule.body) or _("the nearest: %(kind)s") % {"kind": rule.body_kind}
        )
        found.append(Said(row, rule, _conditions(rule), leads_to))
    return found


def _conditions(rule: engine.Rule) -> list[tuple[str, str]]:
    words = {
        "matter": _("What it is"),
        "nature": _("Reported as"),
        "category": _("Decided as"),
        "hosted": _("Lies with"),
        "severity_at_most": _("At least so urgent"),
        **FLAGS,
        **PLACES,
    }
    return [(str(words[name]), _value(value)) for name, value in rule.when.items()]


def _value(value: object) -> str:
    if not isinstance(value, tuple):
        return str(value)
    said = {True: _("yes"), False: _("no"), "": _("nobody said")}
    return ", ".join(str(said.get(one, one)) for one in value)


@senior
@require_POST
def install(request: HttpRequest) -> HttpResponse:
    """Make a draft of a shipped rule set."""
    name = request.POST.get("name", "")
    try:
        routing.install(name, by=access.person(request), at=timezone.now())
    except routing.NoSuchRules:
        raise Http404 from None
    messages.success(request, _("It is a draft now. Look at it, try it dry, and then put it in force."))
    return redirect("cases:draft", name=name)


@senior
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a draft from what is in force."""
    return redirect("cases:draft", name=rule_drafts.begin(by=access.person(request)))


@senior
@never_cache
@require_safe
def draft(request: HttpRequest, name: str) -> HttpResponse:
    """Show one draft, to change it."""
    # An own draft from nothing begins empty.
    rows = list(Rule.objects.filter(rule_set=routing.DRAFT + name, is_live=False))
    if not rows and name != rule_drafts.OWN:
        raise Http404
    return render(request, "cases/rules_draft.html", {"name": name, "said": _said(rows)})


@senior
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rule_add(request: HttpRequest, name: str) -> HttpResponse:
    """Add a rule to a draft."""
    form, at = RuleForm(request.POST if request.method == "POST" else None), timezone.now()
    if form.is_valid():
        try:
            rule_drafts.add(name, form.row(as_of=at.date()), by=access.person(request), at=at)
        except rule_drafts.NameTaken:
            form.add_error("id", _("Another rule has this short name. Choose another one."))
        else:
            return redirect("cases:draft", name=name)
    return _form_page(request, form, name=name, title=_("Add a rule"))


@senior
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rule_change(request: HttpRequest, name: str, uid: str) -> HttpResponse:
    """Change one rule of a draft."""
    kept = _row(name, uid)
    form = RuleForm(request.POST if request.method == "POST" else None, rule=kept.rule)
    if form.is_valid():
        today = timezone.now().date()
        note = {"note": kept.rule["note"]} if "note" in kept.rule else {}
        try:
            rule_drafts.change(kept, form.row(as_of=today) | note, by=access.person(request), as_of=today)
        except rule_drafts.NameTaken:
            form.add_error("id", _("Another rule has this short name. Choose another one."))
        except rule_drafts.NoSuchRow:
            raise Http404 from None
        else:
            return redirect("cases:draft", name=name)
    return _form_page(request, form, name=name, title=_("Change a rule"))


def _row(name: str, uid: str) -> Rule:
    return get_object_or_404(Rule, uid=uid, rule_set=routing.DRAFT + name, is_live=False)


def _form_page(request: HttpRequest, form: RuleForm, *, name: str, title: str) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "name": name, "title": title}
    return render(request, "cases/rule.html", context, status=422 if form.is_bound else 200)


@senior
@require_POST
def rule_step(request: HttpRequest, name: str, uid: str) -> HttpResponse:
    """Move one rule of a draft, take it out, or note that counsel confirmed it."""
    kept, person, what = _row(name, uid), access.person(request), request.POST.get("step", "")
    if what == "confirm":
        rule_drafts.confirm(kept, by=person, at=timezone.now())
    elif what in rule_drafts.Step:
        rule_drafts.step(kept, rule_drafts.Step(what), by=person)
    return redirect("cases:draft", name=name)


@senior
@require_POST
def discard(request: HttpRequest, name: str) -> HttpResponse:
    """Throw a draft away."""
    rule_drafts.discard(name, by=access.person(request))
    messages.info(request, _("The draft is gone. The rules in force are as they were."))
    return redirect("cases:rules")


@senior
@never_cache
@require_safe
def dry_run(request: HttpRequest, name: str) -> HttpResponse:
    """Show what a draft would change for the newest cases."""
    asked = request.GET.get("last", "")
    last = min(int(asked), MOST) if asked.isascii() and asked.isdecimal() and len(asked) < len(str(MOST)) + 1 else LAST
    try:
        run = routing.dry_run(routing.DRAFT + name, last=last, by=access.person(request))
    except routing.NoSuchRules:
        raise Http404 from None
    context = {"name": name, "run": run, "shifts": run.shifts[:SHOWN], "last": last, "most": MOST}
    return render(request, "cases/dry_run.html", context)


@senior
@require_POST
def go_live(request: HttpRequest, name: str) -> HttpResponse:
    """Put a draft in force."""
    try:
        routing.go_live(routing.DRAFT + name, by=access.person(request), at=timezone.now())
    except routing.NoSuchRules:
        raise Http404 from None
    except engine.BadRow as bad:
        messages.error(request, _("Nothing is in force yet: %(why)s") % {"why": bad})
        return redirect("cases:draft", name=name)
    messages.success(request, _("These rules are in force now. Cases that were routed before stay where they are."))
    return redirect("cases:rules")

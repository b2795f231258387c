"""The operator's page of rules: they are changed in a draft, tried on what was met lately, and then put in force."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leeward.core import access
from leeward.screening import drafts, rules, words
from leeward.screening.forms import RuleForm, StepForm
from leeward.screening.models import Rule
from leeward.screening.pages import operator, page


@operator
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show the rules in order as sentences, or the draft of others with what it would change."""
    shown, is_draft = drafts.current(request.session), drafts.is_open(request.session)
    sentences = [words.sentence(rule) for rule in shown]
    reached = [rules.is_reached(rule, above=shown[:place]) for place, rule in enumerate(shown)]
    context = {
        "sentences": sentences,
        "said": list(zip(sentences, reached, strict=True)),
        "never_reached": reached.count(False),
        "is_draft": is_draft,
        "are_defaults": drafts.plain(shown) == drafts.plain(rules.DEFAULTS),
        "dry_run": drafts.dry_run(shown) if is_draft else None,
    }
    return page(request, "rules", context, tab="rules")


@operator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Add a rule to the draft, above those that would leave nothing for it."""
    shown = drafts.current(request.session)
    if len(shown) >= drafts.MOST_RULES:
        messages.warning(request, _("There are too many rules already. Remove one first."))
        return redirect("screening:rules")
    form = RuleForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        place = drafts.place_for(form.rule(), shown)
        drafts.keep(request.session, [*shown[:place], form.rule(), *shown[place:]])
        messages.info(request, _("The new rule is number %(number)d.") % {"number": place + 1})
        return redirect("screening:rules")
    return _form_page(request, form, title=_("Add a rule"))


@operator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, place: str) -> HttpResponse:
    """Change one rule of the draft, named by its place in the list."""
    shown = drafts.current(request.session)
    if not (place.isascii() and place.isdecimal()) or int(place) >= len(shown):
        raise Http404
    at = int(place)
    bound = request.POST if request.method == "POST" else None
    form = RuleForm(bound, initial=drafts.plain(shown)[at])
    if form.is_valid():
        drafts.keep(request.session, [*shown[:at], form.rule(), *shown[at + 1 :]])
        return redirect("screening:rules")
    return _form_page(request, form, title=_("Change a rule"))


def _form_page(request: HttpRequest, form: RuleForm, *, title: str | Promise) -> HttpResponse:
    return page(request, "rule", {"form": form, "title": title}, tab="rules", status=422 if form.is_bound else 200)


@operator
@require_POST
def step(request: HttpRequest) -> HttpResponse:
    """Move one rule of the draft up or down, or take it out."""
    shown, form = drafts.current(request.session), StepForm(request.POST)
    if form.is_valid() and form.cleaned_data["place"] < len(shown):
        try:
            drafts.keep(request.session, _stepped(shown, form.cleaned_data["place"], form.cleaned_data["step"]))
        except drafts.NoRules:
            messages.warning(request, _("The last rule stays: without any, Leeward's own rules would be in force."))
    else:
        messages.info(request, _("This rule is not here any more. Nothing changed."))
    return redirect("screening:rules")


def _stepped(some: list[Rule], place: int, step: str) -> list[Rule]:
    rest = [*some[:place], *some[place + 1 :]]
    if step == StepForm.REMOVE:
        return rest
    to = place - 1 if step == StepForm.UP else place + 1
    at = min(max(to, 0), len(rest))
    return [*rest[:at], some[place], *rest[at:]]


@operator
@require_POST
def defaults(request: HttpRequest) -> HttpResponse:
    """Bring the rules that Leeward comes with back into the draft."""
    drafts.keep(request.session, rules.DEFAULTS)
    return redirect("screening:rules")


@operator
@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """Throw the draft away."""
    drafts.drop(request.session)
    messages.info(request, _("The draft is gone. The rules in force are as they were."))
    return redirect("screening:rules")


@operator
@require_POST
def put_in_force(request: HttpRequest) -> HttpResponse:
    """Put the draft in force."""
    try:
        drafts.apply(request.session, by=access.person(request), at=timezone.now())
    except drafts.ChangedMeanwhile:
        messages.warning(request, _("Somebody changed the rules meanwhile. Throw this draft away and begin anew."))
    else:
        messages.success(request, _("These rules are in force now."))
    return redirect("screening:rules")

"""The operator's page of share rules: each one as a sentence, and a table of who sees what."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from leeward.core import access
from leeward.core.models import Role
from leeward.exchange.mapping import SHARED_TLP
from leeward.exchange.markings import MEANINGS
from leeward.exchange.partners.models import Partner
from leeward.exchange.sharing import services as sharing
from leeward.exchange.sharing.forms import RuleForm
from leeward.exchange.sharing.models import ANY, ShareRule
from leeward.indicators.models import Category, Tlp

operator = access.roles(Role.OPERATOR)
_SHOWN_ENDED = 20


@dataclass(frozen=True)
class Sentence:
    """One rule in words."""

    rule: ShareRule
    what: str
    who: str
    where: str
    why: str
    most: str
    most_means: str


@dataclass(frozen=True)
class Cell:
    """What one group sees of one category: up to which marking; `is_partly` where that holds in some places or for some purposes."""

    most: str
    is_partly: bool


@operator
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """Show the rules as sentences and who sees what by them, or add a rule."""
    form = RuleForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        sharing.add_rule(form.draft(), by=access.person(request), at=timezone.now())
        messages.success(request, _("It is shared from now on. If that was a mistake, end the rule below."))
        return redirect("sharing:overview")
    rules = sharing.in_force()
    ended = ShareRule.objects.exclude(ended_at=None).order_by("-ended_at")[:_SHOWN_ENDED]
    context = {
        "form": form,
        "rules": [_sentence(rule) for rule in rules],
        "ended": [_sentence(rule) for rule in ended],
        "groups": Partner.Group.labels,
        "table": _table(rules),
        "markings": [(tlp.label, MEANINGS[tlp]) for tlp in SHARED_TLP],
    }
    return render(request, "exchange/sharing.html", context, status=422 if form.is_bound else 200)


@operator
@require_POST
def end(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Share no more by a rule."""
    rule = get_object_or_404(ShareRule, uid=uid)
    try:
        sharing.end_rule(rule, by=access.person(request), at=timezone.now())
    except sharing.NoLongerInForce:
        messages.info(request, _("The rule had ended already. Nothing changed."))
    else:
        messages.success(request, _("The rule has ended. You can take that back below."))
    return redirect("sharing:overview")


@operator
@require_POST
def reopen(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Take the end of a rule back."""
    rule = get_object_or_404(ShareRule, uid=uid)
    try:
        sharing.reopen_rule(rule, by=access.person(request), at=timezone.now())
    except sharing.StillInForce:
        messages.info(request, _("The rule is in force already. Nothing changed."))
    else:
        messages.success(request, _("The rule is in force again."))
    return redirect("sharing:overview")


def _sentence(rule: ShareRule) -> Sentence:
    categories = [str(Category(name).label) for name in rule.categories if name != ANY]
    return Sentence(
        rule,
        what=", ".join(categories) or _("Everything"),
        who=_("all partners") if rule.group == ANY else str(Partner.Group(rule.group).label),
        where=_("in every country") if rule.jurisdiction == ANY else _("in %s only") % rule.jurisdiction,
        why=_("any purpose") if rule.purpose == ANY else str(Partner.Purpose(rule.purpose).label),
        most=str(Tlp(rule.most_tlp).label),
        most_means=str(MEANINGS[Tlp(rule.most_tlp)]),
    )


def _table(rules: list[ShareRule]) -> list[dict[str, Any]]:
    return [
        {"category": category.label, "cells": [_cell(rules, category, group) for group in Partner.Group]}
        for category in Category
    ]


def _cell(rules: list[ShareRule], category: Category, group: Partner.Group) -> Cell | None:
    """Return what the widest rules give, or None: nothing."""
    found = [
        rule for rule in rules if rule.group in (ANY, group) and (ANY in rule.categories or category in rule.categories)
    ]
    if not found:
        return None
    most = max(SHARED_TLP.index(Tlp(rule.most_tlp)) for rule in found)
    widest = [rule for rule in found if rule.most_tlp == SHARED_TLP[most]]
    is_partly = all(rule.jurisdiction != ANY or rule.purpose != ANY for rule in widest)
    return Cell(str(SHARED_TLP[most].label), is_partly)

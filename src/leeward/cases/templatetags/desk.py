"""The line that leads from one page of the desk to the next, with only what the person's roles open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leeward.cases import keyboard
from leeward.cases.models import Measure
from leeward.core import access

register = template.Library()

# The name of the page, its words, and the key that leads there.
_TABS: tuple[tuple[str, str | Promise, str], ...] = (
    ("cases:queue", _("Queue"), "q"),
    ("cases:search", _("Search"), "/"),
    ("cases:appeals", _("Appeals"), ""),
    ("cases:second_looks", _("Second looks"), ""),
    ("cases:wall", _("Wall"), ""),
    ("cases:rules", _("Rules"), ""),
    ("cases:bodies", _("Bodies"), ""),
    ("cases:keys", _("Keys"), ""),
)


@dataclass(frozen=True)
class Tab:
    """One door in the line."""

    url: str
    words: str | Promise
    key: str
    is_current: bool


@register.inclusion_tag("cases/_desk_nav.html", takes_context=True)
def desk_nav(context: Context) -> dict[str, Any]:
    """Return the doors that open for the person who asks, and whether single keys are switched on."""
    request: HttpRequest = context["request"]
    return {"tabs": _tabs(request), "has_keys": keyboard.is_on(request)}


def _tabs(request: HttpRequest) -> list[Tab]:
    tabs = []
    for name, words, key in _TABS:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue  # A page that this installation does not have.
        door = access.declared(resolve(url).func)
        if door is not None and door.admits(request):
            tabs.append(Tab(url, words, key, request.path == url))
    return tabs


@register.filter
def measure_words(measures: list[str]) -> str:
    """Return the measures of a decision in words, in their order."""
    return "; ".join(Measure(measure).label for measure in measures)

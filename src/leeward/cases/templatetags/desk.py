"""The line that leads from one page of the desk to the next, with only what the person's roles open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.forms import BoundField
from django.http import HttpRequest
from django.template.context import Context
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from leeward.cases import keyboard
from leeward.cases.models import Measure, Subject
from leeward.core import access
from leeward.core.models import Delivery

register = template.Library()

_HOUR, _DAY = 60, 24 * 60
_DONE, _PARKED = Delivery.State.DONE, Delivery.State.PARKED

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


@dataclass(frozen=True)
class UploadNumber:
    """By which number an upload is known here that has no name at its provider's."""

    is_refused: bool
    number: str


@register.filter
def upload_number(subject: Subject) -> UploadNumber | None:
    """Return the number of an upload that screening brought to the desk; None for everything that has a name."""
    start, _colon, number = subject.item_id.partition(":")
    return UploadNumber(start == "refused", number) if number and start in {"refused", "upload"} else None


@register.filter
def long_minutes(minutes: int) -> str:
    """Return a number of minutes in days, hours and minutes, such as «1 day, 6 hours»."""
    days, rest = divmod(minutes, _DAY)
    hours, left = divmod(rest, _HOUR)
    parts = [
        ngettext("%(number)s day", "%(number)s days", days) % {"number": days} if days else "",
        ngettext("%(number)s hour", "%(number)s hours", hours) % {"number": hours} if hours else "",
        ngettext("%(number)s minute", "%(number)s minutes", left) % {"number": left} if left or not minutes else "",
    ]
    return ", ".join(part for part in parts if part)


@register.filter
def unfinished(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Return what is not done yet, with what needs somebody before what will be done by itself."""
    return sorted((one for one in deliveries if one.state != _DONE), key=lambda one: (one.state != _PARKED, one.pk))


@register.filter
def finished(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Return what is done, or had nothing to do."""
    return [one for one in deliveries if one.state == _DONE]


@register.filter
def is_moving(deliveries: Sequence[Delivery]) -> bool:
    """True where one of these will be done by itself, so that it is worth to look again."""
    return any(one.state != _PARKED for one in deliveries)


@register.filter
def led_to(field: BoundField) -> BoundField:
    """Return a field of a form; where it has an error, the page begins there."""
    if field.errors:
        field.field.widget.attrs["autofocus"] = True
    return field

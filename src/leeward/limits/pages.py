"""How the pages of some limits are drawn: each with the same head, the same ways to the others, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leeward.limits import cards, services
from leeward.limits.models import Limits


class Page(StrEnum):
    """The pages of some limits, by the name of their address."""

    NOW = "page"
    TIMES = "times"
    KEPT = "kept"
    APPS = "apps"
    NAMES = "names"
    START = "start"


TITLES: Mapping[Page, Any] = {
    Page.NOW: _("Now"),
    Page.TIMES: _("Bedtime and homework"),
    Page.KEPT: _("What is kept away"),
    Page.APPS: _("Apps and sites"),
    Page.NAMES: _("Single sites"),
    Page.START: _("Suggestions"),
}


def draw(
    request: HttpRequest, limits: Limits, page: Page, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Draw one page of some limits; with 422 where a form has a fault, which the page then says at its top."""
    at = timezone.now()
    devices = limits.child.devices.filter(removed_at=None) if limits.child else limits.household.devices.none()
    shared = {
        "card": cards.of(limits, list(devices), at=at),
        "limits": limits,
        "can_undo": services.can_undo(limits, at=at),
        "page": page.value,
        "page_title": TITLES[page],
        "pages": [(one.value, TITLES[one]) for one in Page],
        "has_faults": status != 200,
    }
    return render(request, f"limits/{page.value}.html", {**shared, **context}, status=status)

"""Everything that the page of a case shows beside the case itself: one list, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from leeward.cases import actions, deadlines, evidence_panel, history, leg_panel, statement_panel
from leeward.cases.models import Case
from leeward.core.models import User


class Place(StrEnum):
    """Where on the page."""

    KNOWN = "known"
    EVIDENCE = "evidence"
    FOLLOWS = "follows"


@dataclass(frozen=True)
class Panel:
    """One part of the page: a template that reads what `read` returns."""

    place: Place
    template: str
    read: Callable[..., dict[str, Any]]


PANELS = (
    Panel(Place.KNOWN, "cases/_clocks.html", deadlines.panel),
    Panel(Place.KNOWN, "cases/_history.html", history.panel),
    Panel(Place.EVIDENCE, "cases/_evidence.html", evidence_panel.panel),
    Panel(Place.FOLLOWS, "cases/_actions.html", actions.panel),
    Panel(Place.FOLLOWS, "cases/_legs.html", leg_panel.panel),
    Panel(Place.FOLLOWS, "cases/_statements.html", statement_panel.panel),
)


def on_page(case: Case, *, person: User, at: datetime) -> dict[str, Any]:
    """Return what all panels show, and `panels`: the templates of each place, in order."""
    context: dict[str, Any] = {"panels": {place.value: _templates(place) for place in Place}}
    for panel in PANELS:
        context |= panel.read(case, person=person, at=at)
    return context


def _templates(place: Place) -> list[str]:
    return [panel.template for panel in PANELS if panel.place == place]

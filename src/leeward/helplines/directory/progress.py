"""How far the checking is: counts by state, and the picture of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.utils.functional import Promise

from leeward.helplines.directory import services
from leeward.helplines.directory.models import Service

WIDTH = 600  # Units of the picture; it scales with the page.
_DRAWN = (Service.State.CHECKED, Service.State.STALE, Service.State.DRAFT)


@dataclass(frozen=True)
class Part:
    """One part of the bar: `x` and `width` in units of the picture."""

    state: str
    label: str | Promise
    count: int
    x: float
    width: float


@dataclass(frozen=True)
class Progress:
    """`fresh_count` rows of `count` are shown to children; retired ones are not counted."""

    fresh_count: int
    count: int
    left_count: int
    parts: tuple[Part, ...]


def of_all(*, at: datetime) -> Progress:
    """Return how far the whole directory is."""
    by_state = dict(Service.objects.values_list("state").annotate(Count("pk")).order_by())
    fresh = services.shown(at=at).count()
    # One that grew too old since the last round of the clock is drawn as what it is.
    stale = by_state.get(Service.State.STALE, 0) + by_state.get(Service.State.CHECKED, 0) - fresh
    counts = {
        Service.State.CHECKED: fresh,
        Service.State.STALE: stale,
        Service.State.DRAFT: by_state.get(Service.State.DRAFT, 0),
    }
    total, x, parts = sum(counts.values()), 0.0, []
    for state in _DRAWN:
        width = WIDTH * counts[state] / total if total else 0.0
        parts.append(Part(state.value, state.label, counts[state], round(x, 1), round(width, 1)))
        x += width
    return Progress(fresh, total, total - fresh, tuple(parts))

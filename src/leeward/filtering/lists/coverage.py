"""For which kinds of sites there is no list: a family can tick them, and yet nothing is kept away."""

from __future__ import annotations

from leeward.engines.policy import family
from leeward.filtering.lists.models import ListSource


def uncovered() -> frozenset[str]:
    """Return the slugs of the categories and ways around for which no list in force brings a name. One small query."""
    # A list of exceptions has the marks `reset`, which is no kind. Files are not looked at: they may lie on another machine.
    in_force = ListSource.objects.exclude(state=ListSource.State.OFF).exclude(last_good="").filter(count__gt=0)
    covered = frozenset(in_force.values_list("marks", flat=True))
    return frozenset(_kinds()) - covered


def without_list() -> list[str]:
    """Return the titles of these kinds, in the order of the catalogue; for the operator."""
    missing = uncovered()
    return [title for slug, title in _kinds().items() if slug in missing]


def _kinds() -> dict[str, str]:
    kinds = (family.Kind.CATEGORY, family.Kind.BYPASS)
    return {entry.slug: entry.title for entry in family.catalogue().entries if entry.kind in kinds}

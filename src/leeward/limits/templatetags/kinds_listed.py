"""How many of the things to tick have no list of names yet."""

from __future__ import annotations

from collections.abc import Container, Iterable

from django import template

from leeward.limits.picks import Pick

register = template.Library()


@register.filter
def among(picks: Iterable[Pick], slugs: Container[str]) -> int:
    """Return how many of `picks` are among `slugs`; none where the template was given no slugs."""
    return sum(pick.slug in slugs for pick in picks) if slugs else 0

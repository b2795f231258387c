"""What stayed closed, as a word: a slug of the catalogue, or a rule of the precedence table."""

from __future__ import annotations

from functools import cache

from leeward.engines.policy import counted, family


@cache
def slug_of(kind: int) -> str:
    """Return the word for a kind of the data planes; empty for one that is unknown."""
    if kind < counted.RULES_FROM:
        return next((entry.slug for entry in family.catalogue().entries if entry.bit == kind), "")
    rules = tuple(family.Rule)
    place = kind - counted.RULES_FROM
    return rules[place].value.replace(" ", "-") if place < len(rules) else ""

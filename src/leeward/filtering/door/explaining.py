"""Why a name is open or closed for somebody: the precedence table in its slow, obvious form, for pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from leeward.engines import policy
from leeward.engines.policy import family
from leeward.engines.policy.family import Decision, Rule
from leeward.filtering.lists import listing
from leeward.filtering.reading import reader
from leeward.limits import profiles
from leeward.limits.choices import Wish
from leeward.limits.models import Limits


class DecidedBy(StrEnum):
    """Who closed a name."""

    FAMILY = "family"
    LAW = "law"
    PROVIDER = "provider"
    NOBODY = ""


_DECIDED: Final[Mapping[Rule, DecidedBy]] = MappingProxyType(
    {
        Rule.LAW: DecidedBy.LAW,
        Rule.OPERATOR: DecidedBy.PROVIDER,
        Rule.PAUSE: DecidedBy.FAMILY,
        Rule.BEDTIME: DecidedBy.FAMILY,
        Rule.OWN_CLOSED: DecidedBy.FAMILY,
        Rule.HOMEWORK: DecidedBy.FAMILY,
        Rule.CATEGORY: DecidedBy.FAMILY,
    }
)
# What a child can ask for. In homework time it asks for the page, which may be needed for the homework. A pause is left
# out: more time does not end it, so a «yes» would change nothing.
_WISHES: Final[Mapping[Rule, Wish]] = MappingProxyType(
    {
        Rule.BEDTIME: Wish.TIME,
        Rule.OWN_CLOSED: Wish.NAME,
        Rule.HOMEWORK: Wish.NAME,
        Rule.CATEGORY: Wish.NAME,
    }
)


def read_name(typed: str) -> str:
    """Return the normalised name of what was typed, or nothing where it is no name."""
    try:
        return policy.normalise(typed) if typed else ""
    except policy.NotAHostName:
        return ""


def explain(name: str, *, limits: Limits | None, at: datetime) -> Decision:
    """Return which rule decides about `name` at a moment for whoever has `limits`; None is a stranger.

    Takes any text as a name. Raises `MomentRefused` for a moment without a zone.
    """
    profile = None if limits is None else profiles.profile(limits, at=at)
    world = reader()
    return family.decide(name, listed=listing.Listing(), world=world, profile=profile, at=at)


def decided_by(decision: Decision) -> DecidedBy:
    """Return who closed the name; nobody, where it is open."""
    return _DECIDED.get(decision.rule, DecidedBy.NOBODY)


def wish(decision: Decision, name: str) -> Wish | None:
    """Return what a child can ask its family for about a normalised name, or None.

    The family cannot open what the law or the provider closed, nor a name under which strangers have theirs.
    """
    found = _WISHES.get(decision.rule)
    return None if found == Wish.NAME and policy.is_public_suffix(name) else found

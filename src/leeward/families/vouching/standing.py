"""What stands of a guardian's word: for how long, how sure, and who must have shown what for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leeward.age import records
from leeward.age.levels import THRESHOLDS, Level
from leeward.families.choices import AgeBand
from leeward.families.models import Child
from leeward.families.permission import links, services
from leeward.families.vouching.models import Vouch, Years

METHOD = "guardian"
# As with the list of a school: «not yet 13» is true on the day it is said.
STANDS_FOR = records.UNDER_HOLDS_FOR
_LEAST = {Years.UNDER_13: 0, Years.FROM_13: 13, Years.FROM_15: 15, Years.FROM_16: 16}


@dataclass(frozen=True)
class Said:
    """What a guardian said that stands, and how surely that guardian has shown to be a grown-up."""

    over: dict[int, bool]
    adult_level: Level


def of(child: Child, *, at: datetime) -> Said | None:
    """Return what stands of a child's age; None where nobody said it, it is too old, or its guardian cannot say it any more."""
    found = Vouch.objects.filter(child=child, said_at__gt=at - STANDS_FOR, child__removed_at=None)
    vouch = found.select_related("guardian__user").first()
    if vouch is None:
        return None
    try:
        links.active(vouch.guardian, child)
    except (links.NoLink, links.LinkOnHold):
        return None
    level = services.adult_level(vouch.guardian.user, at=at)
    if level is None or level < services.ADULT_LEVEL:
        return None
    least = _LEAST[Years(vouch.years)]
    return Said({threshold: least >= threshold for threshold in THRESHOLDS}, level)


def level_for(said: Said, *, is_over: bool) -> Level:
    """Return how sure a guardian's word is. Into an area of children only one who showed a document lets somebody in.

    The same holds in `families.areas.bounds`: with a child that is none, a grown-up would come among children.
    """
    needed = services.ADULT_LEVEL if is_over else services.STRONG_ADULT_LEVEL
    return Level.STANDARD if said.adult_level >= needed else Level.BASIC


def can_show(*, over: int | None, under: int | None) -> bool:
    """True where one of the years that can be said shows an age from below, or else one from above."""
    if over is not None:
        return over <= max(_LEAST.values())
    return (under or 0) >= min(THRESHOLDS)


def fits(years: Years, band: AgeBand) -> bool:
    """True where the years agree with the rough age that the family page has for the child."""
    return (years == Years.UNDER_13) == (band != AgeBand.TEEN)


def holder(child: Child) -> str:
    """Return by which name the tokens are taken back that stand on a guardian's word."""
    return f"vouch:{child.uid}"

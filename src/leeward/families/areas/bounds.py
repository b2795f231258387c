"""What shows that somebody is no grown-up. An estimate or somebody's own word never does, because that is how adults get in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leeward.age.levels import Kind, Level
from leeward.families.areas.choices import Basis
from leeward.families.models import Child
from leeward.families.permission import services as permissions
from leeward.families.permission.choices import LinkState, Relation
from leeward.families.permission.models import GuardianLink


class NoUpperBound(Exception):
    """Nothing shows that the person is no grown-up: a guardian shows their own age surely, or the school's list says it."""


@dataclass(frozen=True)
class Shown:
    """What somebody showed of their own age: over 18 or not, by which kind of method, from a trusted issuer or not."""

    is_over_18: bool
    kind: Kind
    level: Level
    is_trusted_issuer: bool


def basis(child: Child, shown: Shown | None, *, at: datetime) -> Basis:
    """Return what shows that this is a child; raises `NoUpperBound`. Whoever showed to be over 18 is none, whatever else says so."""
    if shown is not None and shown.is_over_18:
        raise NoUpperBound
    links = GuardianLink.objects.filter(child=child, state=LinkState.ACTIVE, guardian__left_at=None)
    for link in links.select_related("guardian__user"):
        if link.relation == Relation.ROSTER:
            return Basis.ROSTER
        level = permissions.adult_level(link.guardian.user, at=at)
        if level is not None and level >= Level.ENHANCED:
            return Basis.GUARDIAN
    is_verified = shown is not None and shown.kind == Kind.VERIFICATION and shown.level >= Level.ENHANCED
    if shown is not None and is_verified and shown.is_trusted_issuer:
        return Basis.ISSUER
    raise NoUpperBound

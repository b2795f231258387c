"""Who decides for a child at a service: its family, or the child itself, by the law of both countries and what is known of its age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leeward.age.rules import needed
from leeward.age.rules.kinds import Kind
from leeward.age.rules.needed import Rule
from leeward.core import config
from leeward.families.birthdays import months
from leeward.families.birthdays import services as birthdays
from leeward.families.models import Child, Household
from leeward.families.permission.models import Home


class TooYoung(Exception):
    """A law lets nobody of this age have an account there, and a parent cannot allow it either: say so in plain words."""


@dataclass(frozen=True)
class Decision:
    """Whether a parent decides, below which age, and the confirmed rules that say so."""

    needs_parent: bool
    age: int
    rules: tuple[str, ...]


def country_of(household: Household) -> str:
    """Return the country where a household lives, or nothing where nobody said it."""
    return Home.objects.filter(household=household).values_list("country", flat=True).first() or ""


def _rule(child: Child, kind: Kind, *, at: datetime) -> Rule:
    service, own = config.current().age.country, country_of(child.household)
    return needed.needed(service_country=service, child_country=own, kind=kind, date=at.date())


def decide(child: Child, *, at: datetime) -> Decision:
    """Return who decides for a child today. Raises `TooYoung` where a law leaves nothing to decide."""
    years = months.least_years(birthdays.known(child, at=at))
    if years < _rule(child, Kind.ACCOUNT, at=at).age:
        raise TooYoung
    rules = [_rule(child, kind, at=at) for kind in (Kind.CONSENT, Kind.LINK)]
    age = max(rule.age for rule in rules)
    return Decision(years < age, age, tuple(row for rule in rules for row in rule.rows))


def is_of_age(child: Child, *, at: datetime) -> bool:
    """True where the child is a grown-up by the law, so that nobody decides for it any more."""
    years = months.least_years(birthdays.known(child, at=at))
    return years >= months.THRESHOLDS[-1] and years >= _rule(child, Kind.CIVIL, at=at).age

"""Which age holds: of the country of the service and of the country of the child, the stricter one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from leeward.age.rules.kinds import STRICTEST, Kind
from leeward.age.rules.models import AgeRule


@dataclass(frozen=True)
class Dated:
    """A confirmed age of a country, from a day to a day; both are in, and None is open."""

    uid: str
    country: str
    age: int
    valid_from: date | None
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        """True where the rule is in force on this day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Rule:
    """The age that holds, and the numbers of the confirmed rows it came from; with none, it is the strictest one."""

    kind: Kind
    age: int
    rows: tuple[str, ...]


def stricter(rows: Iterable[Dated], *, countries: Iterable[str], kind: Kind, date: date) -> Rule:
    """Return the highest age that any of the countries asks for on a day; a country without a rule asks for the strictest."""
    in_force = [row for row in rows if row.holds_on(date)]
    ages: list[int] = []
    taken: list[str] = []
    for country in dict.fromkeys(countries):
        own = [row for row in in_force if row.country == country]
        ages += [row.age for row in own] or [STRICTEST[kind]]
        taken += [row.uid for row in own]
    return Rule(kind, max(ages, default=STRICTEST[kind]), tuple(taken))


def needed(*, service_country: str, child_country: str, kind: Kind, date: date) -> Rule:
    """Return the age that holds for a child of one country at a service of another. An empty country asks for the strictest."""
    countries = (service_country.upper(), child_country.upper())
    found = AgeRule.objects.filter(kind=kind, country__in=countries, confirmed_at__isnull=False)
    rows = [Dated(str(row.uid), row.country, row.age, row.valid_from, row.valid_to) for row in found]
    return stricter(rows, countries=countries, kind=kind, date=date)


def needs_parent(rule: Rule, *, age_years: int) -> bool:
    """True where somebody of this age does not consent alone."""
    return age_years < rule.age

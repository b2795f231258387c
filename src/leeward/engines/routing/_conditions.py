"""The conditions of a rule: how they are read, and whether they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ._facts import Facts
from ._reading import Row, place
from ._words import CATEGORIES, EU, EU_MEMBERS, MAX_SEVERITY, NATURES, Hosted

type Values = tuple[str, ...] | tuple[bool, ...] | int

SEVERITY_AT_MOST: Final = "severity_at_most"
# An empty word in a list stands for "nobody said", "not decided" or "not known".
WORDS: Final[Mapping[str, frozenset[str]]] = {
    "matter": NATURES | CATEGORIES | {""},
    "nature": NATURES | {""},
    "category": CATEGORIES | {""},
    "hosted": frozenset(Hosted),
}
PLACES: Final = ("jurisdiction", "host_country", "suspect_country")
FLAGS: Final = (
    "is_illegal",
    "is_danger",
    "is_danger_confirmed",
    "reporter_is_child",
    "victim_is_minor",
    "has_media",
    "is_known",
    "is_flagger",
)
CONDITIONS: Final = (SEVERITY_AT_MOST, *WORDS, *PLACES, *FLAGS)


def read(row: Row) -> dict[str, Values]:
    """Return the conditions of a rule. Raise `BadRow` that names the condition as `when.NAME`."""
    found = row.values.get("when", {})
    if not isinstance(found, Mapping):
        raise row.bad("when", "is not a table of conditions")
    return {str(key): _condition(Row(row.name, {f"when.{key}": value}), str(key)) for key, value in found.items()}


def _condition(row: Row, key: str) -> Values:
    field = f"when.{key}"
    if key == SEVERITY_AT_MOST:
        return row.whole(field, least=0, most=MAX_SEVERITY)
    if key in WORDS:
        return row.words(field, WORDS[key], is_needed=True)
    values = row.values[field]
    if key not in CONDITIONS:
        raise row.bad(field, f"there is no such condition; known are {', '.join(CONDITIONS)}")
    if not isinstance(values, (list, tuple)) or not values:
        raise row.bad(field, "is not a list with at least one value")
    if key in PLACES:
        return tuple(place(row, field, value, also=(EU, "")) for value in values)
    if not all(isinstance(value, bool) for value in values):
        raise row.bad(field, "is not a list of true or false")
    return tuple(bool(value) for value in values)


def hold(when: Mapping[str, Values], facts: Facts) -> bool:
    """True where every condition holds. A rule without conditions always fits."""
    return all(_holds(key, wanted, facts) for key, wanted in when.items())


def _holds(key: str, wanted: Values, facts: Facts) -> bool:
    if isinstance(wanted, int):
        return facts.severity <= wanted
    value = getattr(facts, key)
    return value in wanted or (key in PLACES and EU in wanted and value in EU_MEMBERS)

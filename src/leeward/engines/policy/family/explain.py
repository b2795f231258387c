"""Say in plain sentences what was decided about a name, who decided it, until when, and what can be done about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from .catalogue import catalogue
from .schedule import in_utc
from .values import Decision, Rule

_WHAT: Final = {
    Rule.NEVER: "{name} is always open: help must be within reach for everybody.",
    Rule.LAW: "The law keeps {name} away from everybody.",
    Rule.OPERATOR: "The internet provider keeps {name} away from everybody.",
    Rule.STRANGER: "Nothing is kept away here: this device belongs to no profile of a family.",
    Rule.PAUSE: "The internet is paused.",
    Rule.BEDTIME: "It is bedtime, so everything is kept away.",
    Rule.OWN_OPEN: "The family has allowed {name}.",
    Rule.OWN_CLOSED: "The family keeps {name} away.",
    Rule.HOMEWORK: "It is homework time. Until it is over, the family keeps this away: {kinds}.",
    Rule.CATEGORY: "The family keeps this away: {kinds}.",
    Rule.SAFE: "{name} is open in its safe form: {kinds}.",
    Rule.OPEN: "Nothing keeps this away.",
}
_NEXT: Final = {
    Rule.LAW: "Nobody at home can change this. Whoever thinks that it is wrong can object.",
    Rule.OPERATOR: "Nobody at home can change this. Whoever thinks that it is wrong can object.",
    Rule.PAUSE: "A parent can end the pause.",
    Rule.BEDTIME: "A parent can give more time.",
    Rule.OWN_CLOSED: "A parent can open it.",
    Rule.HOMEWORK: "A parent can give more time.",
    Rule.CATEGORY: "A parent can allow an exception.",
}
_LISTED: Final = frozenset({Rule.HOMEWORK, Rule.CATEGORY})
_HELP: Final = "Helplines are always open."
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEK_DAYS: Final = 7


def explain(decision: Decision, *, at: datetime, zone: str) -> list[str]:
    """Return English sentences in the order of reading: what, by which name, until when, what to do, where help is.

    `at` is the moment of the question, and `zone` the IANA time zone of the family, in which times are told.
    A page in another language or for a child has words of its own for each `Rule`. Raises `MomentRefused`.
    """
    name = decision.name or "This name"
    kinds = _together([entry.title for entry in catalogue().of_marks(decision.marks)])
    told = [_WHAT[decision.rule].format(name=name, kinds=kinds or "names on its list")]
    if decision.rule in _LISTED and decision.name:
        told.append(f"{decision.name} and every name below it are on the list.")
    if decision.until is not None:
        told.append(f"This holds until {_when(decision.until, at=at, zone=zone)}.")
    if decision.rule in _NEXT:
        told.append(_NEXT[decision.rule])
    if not decision.is_open:
        told.append(_HELP)
    return told


def _together(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def _when(moment: datetime, *, at: datetime, zone: str) -> str:
    local, now = (in_utc(one).astimezone(ZoneInfo(zone)) for one in (moment, at))
    days = (local.date() - now.date()).days
    clock = f"{local:%H:%M}"
    if days == 0:
        return f"{clock} today"
    if days == 1:
        return f"{clock} tomorrow"
    if 1 < days < _WEEK_DAYS:
        return f"{clock} on {_DAYS[local.weekday()]}"
    return f"{clock} on {local.day} {_MONTHS[local.month - 1]} {local.year}"

"""What the page of a closed door says, in words for the age of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leeward.core import texts
from leeward.engines.policy import family
from leeward.engines.policy.family import Decision, Rule
from leeward.filtering.door import explaining
from leeward.filtering.door.explaining import DecidedBy
from leeward.limits import child_words, services, when
from leeward.limits.choices import Wish
from leeward.limits.models import Limits

APP: Final = "filtering"
# The table of the content file for each rule.
_TABLES: Final[Mapping[Rule, str]] = {
    Rule.NEVER: "never",
    Rule.LAW: "law",
    Rule.OPERATOR: "operator",
    Rule.STRANGER: "open",
    Rule.PAUSE: "pause",
    Rule.BEDTIME: "bedtime",
    Rule.OWN_OPEN: "own_open",
    Rule.OWN_CLOSED: "own_closed",
    Rule.HOMEWORK: "homework",
    Rule.CATEGORY: "category",
    Rule.SAFE: "safe",
    Rule.OPEN: "open",
}
# Each has its drawing, `templates/filtering/door_<name>.svg`.
_PICTURES: Final[Mapping[Rule, str]] = {
    Rule.PAUSE: "pause",
    Rule.BEDTIME: "moon",
    Rule.HOMEWORK: "book",
}
# For these rules everything is closed, so no kind of page is the reason.
_CLOSES_A_KIND: Final = frozenset({Rule.HOMEWORK, Rule.CATEGORY})
_ENDS: Final = frozenset({Rule.PAUSE, Rule.BEDTIME, Rule.HOMEWORK})
_WHO: Final = {DecidedBy.FAMILY: "by_family", DecidedBy.LAW: "by_law", DecidedBy.PROVIDER: "by_provider"}
_CARE: Final = "self-harm"


@dataclass(frozen=True, slots=True)
class Door:
    """What is said about one name; `until`, `who` and the buttons are empty where there is nothing to say."""

    decision: Decision
    title: str
    why: str
    kinds: tuple[str, ...]
    lasts: str
    who: str
    picture: str
    wish: Wish | None
    wants_care: bool

    @property
    def is_closed(self) -> bool:
        """True where the name is kept away."""
        return not self.decision.is_open

    @property
    def picture_file(self) -> str:
        """The template of the drawing."""
        return f"filtering/door_{self.picture}.svg"

    @property
    def can_object(self) -> bool:
        """True where nobody at home decided it, so that whoever thinks it wrong tells us."""
        return explaining.decided_by(self.decision) in {DecidedBy.LAW, DecidedBy.PROVIDER}


def words(limits: Limits | None) -> dict[str, dict[str, str]]:
    """Return the sentences of the page, table by table, for whoever has these limits."""
    return texts.tables(child_words.of(APP, limits))


def door(decision: Decision, name: str, *, limits: Limits | None, at: datetime) -> Door:
    """Say in words what was decided about a normalised name, until when in the family's time, and what can be asked for."""
    said = words(limits)
    table = said[_TABLES[decision.rule]]
    found = family.catalogue().of_marks(decision.marks) if decision.rule in _CLOSES_A_KIND else ()
    return Door(
        decision=decision,
        title=table["title"],
        why=table["why"],
        kinds=tuple(child_words.kinds(found, limits)),
        lasts=_lasts(decision, said, limits=limits, at=at),
        who=_who(decision, said, limits=limits),
        picture=_PICTURES.get(decision.rule, "door") if not decision.is_open else "",
        # Only somebody whom a family can answer may ask it.
        wish=explaining.wish(decision, name) if limits is not None else None,
        wants_care=any(entry.slug == _CARE for entry in found),
    )


def _who(decision: Decision, said: Mapping[str, Mapping[str, str]], *, limits: Limits | None) -> str:
    if decision.rule == Rule.CATEGORY and limits is not None and services.is_usual(limits):
        # Nobody at home decided anything yet, and the page of one's own limits says so in these words.
        return texts.tables(child_words.of(child_words.APP, limits))["mine"]["usual"]
    who = _WHO.get(explaining.decided_by(decision), "")
    return said["door"][who] if who else ""


def _lasts(decision: Decision, said: Mapping[str, Mapping[str, str]], *, limits: Limits | None, at: datetime) -> str:
    until = _end(decision, limits)
    if until is None or limits is None:
        return ""
    zone = services.zone_of(limits.household)
    return said["door"]["lasts"].format(when=when.until(until, at=at, zone=zone))


def _end(decision: Decision, limits: Limits | None) -> datetime | None:
    """Return when what was decided ends by itself.

    The `until` of a decision is also the moment at which something stricter begins, such as bedtime: where a name or a
    kind is closed for good, that would be told as if it opened then.
    """
    if decision.rule in _ENDS:
        return decision.until
    if decision.rule != Rule.OWN_CLOSED or limits is None:
        return None
    return next((own.until for own in limits.own_names.filter(allows=False) if own.name == decision.name), None)

"""Rules that the operator is still writing. They lie in the operator's session, and nothing follows from them until they are applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from leeward.core.models import User
from leeward.indicators.models import Kind
from leeward.screening import rules
from leeward.screening.index import Hit
from leeward.screening.models import Answer, Match, Rule

_KEY = "screening_rules"
FIELDS = ("kind", "category", "source", "within", "least_share_percent", "least_confidence", "answer", "opens_case")
MOST_RULES = 100
DRY_RUN_MATCHES = 1000

type Plain = list[dict[str, Any]]


class ChangedMeanwhile(Exception):
    """Somebody else has put other rules in force since this draft was begun; throw it away and begin anew."""


class NoRules(Exception):
    """Without any rule the ones that Leeward comes with would be in force; keep at least one."""


def plain(some: Sequence[Rule]) -> Plain:
    """Return rules as values, by which two lists of them are compared."""
    return [{name: getattr(rule, name) for name in FIELDS} for rule in some]


def current(session: SessionBase) -> list[Rule]:
    """Return the draft, or the rules in force where there is none."""
    kept = session.get(_KEY)
    return rules.in_force() if kept is None else [Rule(**values) for values in kept["rules"]]


def is_open(session: SessionBase) -> bool:
    """Say whether there is a draft."""
    return _KEY in session


def keep(session: SessionBase, some: Sequence[Rule]) -> None:
    """Keep a draft; one that is the same as what is in force is none. Raises `NoRules`."""
    if not some:
        raise NoRules
    begun_on = session[_KEY]["begun_on"] if _KEY in session else plain(rules.in_force())
    if plain(some) == begun_on:
        drop(session)
    else:
        session[_KEY] = {"rules": plain(some), "begun_on": begun_on}


def place_for(rule: Rule, some: Sequence[Rule]) -> int:
    """Return where a new rule belongs: as far down as it is asked, and above the rules that speak of everything."""
    general = (place for place, other in enumerate(some) if rules.speaks_of_everything(other))
    last = len(some) if rules.speaks_of_everything(rule) else next(general, len(some))
    return next(place for place in range(last, -1, -1) if rules.is_reached(rule, above=some[:place]))


def drop(session: SessionBase) -> None:
    """Throw the draft away."""
    session.pop(_KEY, None)


def apply(session: SessionBase, *, by: User, at: datetime) -> None:
    """Put the draft in force. Raises `ChangedMeanwhile`."""
    kept = session.get(_KEY)
    if kept is None:
        return
    if kept["begun_on"] != plain(rules.in_force()):
        raise ChangedMeanwhile
    drafted = current(session)
    are_defaults = plain(drafted) == plain(rules.DEFAULTS)
    for place, rule in enumerate(drafted, start=1):
        rule.order = 10 * place
    rules.replace([] if are_defaults else drafted, by=by, at=at)
    drop(session)


@dataclass(frozen=True)
class Shift:
    """So many matches were answered in one way and would be answered in another."""

    before: Answer
    after: Answer
    count: int


@dataclass(frozen=True)
class DryRun:
    """What other rules would have made of the newest matches."""

    asked: int
    shifts: tuple[Shift, ...]

    @property
    def changed(self) -> int:
        return sum(shift.count for shift in self.shifts)


def dry_run(some: Sequence[Rule], *, most: int = DRY_RUN_MATCHES) -> DryRun:
    """Answer the newest matches once more, under these rules. What met no rule left no match, so it is not asked again."""
    matches = list(Match.objects.select_related("indicator").order_by("-at", "-pk")[:most])
    shifts = Counter((Answer(match.answer), _answer(match, some)) for match in matches)
    found = [Shift(before, after, count) for (before, after), count in shifts.most_common() if before != after]
    return DryRun(len(matches), tuple(found))


def _answer(match: Match, some: Sequence[Rule]) -> Answer:
    sign = match.indicator
    hit = Hit(sign.pk, Kind(sign.kind), match.distance_bits, match.part, match.share_percent / 100)
    rule = next((rule for rule in some if rules.fits(rule, hit, sign)), None)
    return Answer(rule.answer) if rule else Answer.CLEAR

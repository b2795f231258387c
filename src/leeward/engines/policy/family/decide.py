"""What a name resolves to, for whom, when: the precedence table, and the slow, obvious way to follow it.

Everything that answers faster is compared with this: the mapped tables, the script of the resolver, the targets.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from leeward.engines.policy import _names
from leeward.engines.policy._entries import Reason, Verdict

from . import schedule
from .values import NEVER, RESET, Decision, Profile, Rule, Window


class Listing(Protocol):
    """Whoever knows the marks of names."""

    def marks_of(self, name: str, /) -> tuple[int, str]:
        """Return the marks of `name` together, and the longest listed name that covers it ("" for none).

        These are the marks of every listed suffix, the longest first, up to one with RESET, whose own marks count;
        NEVER counts on any suffix.
        """
        ...


class World(Protocol):
    """Whoever knows what nobody may reach: the global plane. `policy.Reader` is one."""

    def decide(self, name: str, /) -> Verdict:
        """Tell whether `name` or one of its parents is kept away from everybody."""
        ...


class Names:
    """The slow, obvious listing: one dictionary of normalised names and their marks."""

    def __init__(self, marks: Mapping[str, int]) -> None:
        """Keep a copy; a name without marks is not listed."""
        self._marks = {name: of_name for name, of_name in marks.items() if of_name}

    def marks_of(self, name: str, /) -> tuple[int, str]:
        """Do what `Listing` promises."""
        listed = [suffix for suffix in _names.suffixes(name) if suffix in self._marks]
        together = 0
        for suffix in listed:
            is_reset = together & RESET
            together |= self._marks[suffix] & NEVER if is_reset else self._marks[suffix]
        return together, listed[0] if listed else ""


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    marks: int
    listed: str
    verdict: Verdict
    at: datetime


def _never(asked: _Asked) -> Decision | None:
    """Answer for a helpline, an emergency page or one of our own pages: it is open, whatever else says."""
    return Decision(Rule.NEVER, name=asked.listed, marks=NEVER) if asked.marks & NEVER else None


def _law(asked: _Asked) -> Decision | None:
    """Answer for what the law keeps away from everybody."""
    return Decision(Rule.LAW, name=asked.verdict.name) if asked.verdict.reason is Reason.censored else None


def _operator(asked: _Asked) -> Decision | None:
    """Answer for what the provider keeps away from everybody, for whatever other reason."""
    return Decision(Rule.OPERATOR, name=asked.verdict.name) if asked.verdict.blocked else None


def _pause(asked: _Asked, profile: Profile) -> Decision | None:
    """Answer while the internet is paused: everything is kept away."""
    return Decision(Rule.PAUSE) if _is_ahead(profile.paused_until, asked.at) else None


def _bedtime(asked: _Asked, profile: Profile) -> Decision | None:
    """Answer in a bedtime window, unless there is extra time: everything is kept away."""
    return Decision(Rule.BEDTIME) if _is_in(profile.bedtime, asked, profile) else None


def _own(asked: _Asked, profile: Profile) -> Decision | None:
    """Answer for a profile's own exception: the longest name wins, and allowed wins at the same name."""
    in_force = [own for own in profile.owns if own.until is None or own.until > asked.at]
    for suffix in _names.suffixes(asked.name):
        found = [own.allows for own in in_force if own.name == suffix]
        if found:
            return Decision(Rule.OWN_OPEN if any(found) else Rule.OWN_CLOSED, name=suffix)
    return None


def _homework(asked: _Asked, profile: Profile) -> Decision | None:
    """Answer in a homework window, unless there is extra time, for the marks that are kept away then."""
    marks = asked.marks & profile.homework_blocked
    is_now = marks and _is_in(profile.homework, asked, profile)
    return Decision(Rule.HOMEWORK, name=asked.listed, marks=marks) if is_now else None


def _category(asked: _Asked, profile: Profile) -> Decision | None:
    """Answer for the marks that are kept away always."""
    marks = asked.marks & profile.blocked
    return Decision(Rule.CATEGORY, name=asked.listed, marks=marks) if marks else None


def _safe(asked: _Asked, profile: Profile) -> Decision | None:
    """Answer for a search engine that has a safe form, where the family wants it."""
    marks = asked.marks & profile.safe
    return Decision(Rule.SAFE, name=asked.listed, marks=marks) if marks else None


# The precedence table: the first row that answers decides. Between the two halves, whoever has no profile meets an open
# door (`Rule.STRANGER`; an unknown token is refused before); after them, the door is open (`Rule.OPEN`).
FOR_EVERYBODY: Final[tuple[Callable[[_Asked], Decision | None], ...]] = (_never, _law, _operator)
FOR_THE_FAMILY: Final[tuple[Callable[[_Asked, Profile], Decision | None], ...]] = (
    _pause,
    _bedtime,
    _own,
    _homework,
    _category,
    _safe,
)


def decide(name: str, *, listed: Listing, world: World, profile: Profile | None, at: datetime) -> Decision:
    """Return which row of the precedence table decides about `name` for `profile` (None: a stranger) at a moment.

    Takes any text as a name, as `policy.Reader.decide` does, and never raises for one. `until` is the first moment at
    which time alone changes the rule, the name or the marks. Raises `MomentRefused` for a moment without a zone.
    """
    now = schedule.in_utc(at)
    # A label that no host name can have becomes empty: it equals nothing, and its parents are still looked at.
    host = b".".join(_names.asked_labels(name)).decode("ascii")
    marks, longest = listed.marks_of(host)
    asked = _Asked(name=host, marks=marks, listed=longest, verdict=world.decide(host), at=now)
    for everybody in FOR_EVERYBODY:
        if (decision := everybody(asked)) is not None:
            return decision
    if profile is None:
        return Decision(Rule.STRANGER)
    decision = _for_family(asked, profile)
    later = (moment for moment in _turns(profile, now) if _for_family(replace(asked, at=moment), profile) != decision)
    return replace(decision, until=next(later, None))


def _for_family(asked: _Asked, profile: Profile) -> Decision:
    answers = (row(asked, profile) for row in FOR_THE_FAMILY)
    return next((answer for answer in answers if answer is not None), Decision(Rule.OPEN))


def _turns(profile: Profile, now: datetime) -> Iterator[datetime]:
    """Yield in order every later moment at which anything about a profile begins or ends by time alone."""
    untils = [profile.paused_until, profile.extra_until, *(own.until for own in profile.owns)]
    ends = sorted(schedule.in_utc(until) for until in untils if until is not None and until > now)
    windows = (*profile.bedtime, *profile.homework)
    beyond = ends[-1] if ends else now
    turns = schedule.turns(windows, zone=profile.zone, free_days=profile.free_days, after=now, beyond=beyond)
    return heapq.merge(ends, turns)


def _is_in(windows: tuple[Window, ...], asked: _Asked, profile: Profile) -> bool:
    if _is_ahead(profile.extra_until, asked.at):
        return False
    return schedule.is_within(windows, zone=profile.zone, free_days=profile.free_days, at=asked.at)


def _is_ahead(until: datetime | None, at: datetime) -> bool:
    return until is not None and until > at

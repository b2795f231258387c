"""The questions of the form in their order, one a screen. Plain values in and out."""

from __future__ import annotations

import enum

from leeward.reports.models import Nature, Reason

# The natures that fit a reason stand first; the others follow, because a child may mean one of them all the same.
_FITTING = {
    Reason.SCARES: (Nature.VIOLENCE, Nature.SEXUAL, Nature.SEXUAL_CHILD, Nature.SELF_HARM, Nature.HATE),
    Reason.BOTHERS: (Nature.BULLYING, Nature.SOLICITATION, Nature.SEXTORTION, Nature.STALKING),
    Reason.NOT_ALLOWED: (Nature.SEXUAL, Nature.SEXUAL_CHILD, Nature.VIOLENCE, Nature.HATE, Nature.FRAUD),
    Reason.DANGER: (Nature.SELF_HARM, Nature.VIOLENCE, Nature.SOLICITATION, Nature.SEXTORTION, Nature.STALKING),
}


class Step(enum.StrEnum):
    """One screen."""

    REASON = "reason"
    DANGER = "danger"
    NATURE = "nature"
    WHERE = "where"
    WORDS = "words"
    PICTURE = "picture"
    CHECK = "check"


def following(step: Step, *, reason: Reason | None, says_where: bool) -> Step:
    """Return the screen after this one: danger brings help first, and where is not asked of one who came with an address."""
    if reason is None:
        return Step.REASON
    way = list(Step)
    if reason != Reason.DANGER:
        way.remove(Step.DANGER)
    if says_where and step != Step.WHERE:
        way.remove(Step.WHERE)
    if step not in way:
        return Step.NATURE
    return way[min(way.index(step) + 1, len(way) - 1)]


def before(step: Step, *, reason: Reason | None) -> Step:
    """Return the screen to which Back leads."""
    way = [each for each in Step if each != Step.DANGER or reason == Reason.DANGER]
    return way[max(way.index(step) - 1, 0)] if step in way else Step.REASON


def natures(reason: Reason | None) -> list[Nature]:
    """Return every nature, those that fit the reason first and «something else» last."""
    fitting = _FITTING.get(reason, ()) if reason is not None else ()
    rest = [nature for nature in Nature if nature not in fitting and nature != Nature.OTHER]
    return [*fitting, *rest, Nature.OTHER]

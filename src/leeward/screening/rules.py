"""Which answer follows from a sign that was met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from leeward.core import facts
from leeward.core.models import User
from leeward.indicators.models import Category, Indicator, Kind
from leeward.screening import events
from leeward.screening.index import Hit
from leeward.screening.models import Answer, Rule

# Texts: "a distance of 30 or less", the default of ThreatExchange's TLSH signal.
TLSH_WITHIN = 30
# From this share of the asked frames on, the asked clip is the known one or cut from it; below it, it may only quote it.
WHOLE_VIDEO_PERCENT, SOME_VIDEO_PERCENT = 60, 10

DEFAULTS: tuple[Rule, ...] = (
    Rule(order=10, kind=Kind.VPDQ, least_share_percent=WHOLE_VIDEO_PERCENT, answer=Answer.KNOWN),
    Rule(order=20, kind=Kind.VPDQ, least_share_percent=SOME_VIDEO_PERCENT, answer=Answer.SUSPECT),
    Rule(order=30, kind=Kind.VPDQ, answer=Answer.CLEAR, opens_case=False),
    Rule(order=40, kind=Kind.TLSH, within=TLSH_WITHIN, answer=Answer.SUSPECT),
    # One source that is not sure of itself asks for a person, and does not refuse by itself.
    Rule(order=50, least_confidence=50, answer=Answer.KNOWN),
    Rule(order=60, answer=Answer.SUSPECT),
)
# The gravest first: one sign that refuses outweighs any number that only point.
GRAVITY = (Answer.KNOWN, Answer.HELD, Answer.SUSPECT, Answer.CLEAR)


@dataclass(frozen=True)
class Verdict:
    """What one met sign leads to."""

    hit: Hit
    sign: Indicator
    answer: Answer
    opens_case: bool


def in_force() -> list[Rule]:
    """Return the operator's rules in order, or the ones that Leeward comes with where there are none."""
    return list(Rule.objects.all()) or list(DEFAULTS)


def fits(rule: Rule, hit: Hit, sign: Indicator) -> bool:
    """Say whether a rule speaks of this meeting."""
    return (
        rule.kind in ("", sign.kind)
        and rule.category in ("", sign.category)
        and sign.source.startswith(rule.source)
        and hit.distance <= rule.within
        and round(hit.share * 100) >= rule.least_share_percent
        and sign.confidence >= rule.least_confidence
    )


def speaks_of_everything(rule: Rule) -> bool:
    """Say whether a rule is for every kind, harm and source, so that what stands below it is hardly ever asked."""
    return not (rule.kind or rule.category or rule.source)


def is_reached(rule: Rule, *, above: Sequence[Rule]) -> bool:
    """Say whether any meeting is left for a rule by those above it. Exact: each corner of what the rule is for is tried.

    Rules take everything nearer, surer and longer than they ask for, and every source that begins as they say. So whoever takes
    the farthest, least sure and shortest meeting from a source that nobody names further, takes all of them.
    """
    kinds = [Kind(rule.kind)] if rule.kind else list(Kind)
    categories = [Category(rule.category)] if rule.category else list(Category)
    return any(
        not any(fits(other, *corner) for other in above)
        for corner in (_corner(rule, kind, category) for kind in kinds for category in categories)
    )


def _corner(rule: Rule, kind: Kind, category: Category) -> tuple[Hit, Indicator]:
    farthest = {Kind.PDQ: rule.within, Kind.VPDQ: rule.within, Kind.TLSH: min(rule.within, TLSH_WITHIN)}
    share = rule.least_share_percent / 100 if kind is Kind.VPDQ else 1.0
    sign = Indicator(kind=kind, category=category, source=f"{rule.source}\0", confidence=rule.least_confidence)
    return Hit(0, kind, farthest.get(kind, 0), share=share), sign


def verdicts(hits: Sequence[Hit]) -> list[Verdict]:
    """Return what each hit leads to, the gravest first. A hit that no rule speaks of, or that a rule clears, is left out."""
    signs = Indicator.objects.in_bulk({hit.indicator_id for hit in hits})
    rules = in_force() if hits else []
    found = []
    for hit in hits:
        sign = signs[hit.indicator_id]
        # The state is read anew: a sign that was taken back in this moment refuses nobody.
        rule = next((rule for rule in rules if fits(rule, hit, sign)), None)
        if rule is None or rule.answer == Answer.CLEAR or sign.state != Indicator.State.ACTIVE:
            continue
        found.append(Verdict(hit, sign, Answer(rule.answer), rule.opens_case))
    return sorted(found, key=lambda verdict: (GRAVITY.index(verdict.answer), verdict.hit.distance, verdict.sign.pk))


@transaction.atomic
def replace(rules: Sequence[Rule], *, by: User, at: datetime) -> None:
    """Put these rules in the place of those in force; none at all brings back the ones that Leeward comes with."""
    Rule.objects.all().delete()
    Rule.objects.bulk_create(rules)
    facts.announce(events.RulesChanged(len(rules)), actor=f"user:{by.pk}", at=at)

"""Where a case goes: ordered rules, the first that fits for each leg, and what a body is never given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from . import _conditions as conditions
from ._facts import Facts
from ._rows import Body, Rule
from ._values import Bounced, Leg, Plan
from ._words import ANY, DANGER, KIND_OF_LEG, TRIAGE, Kind, LegName, places


def plan(facts: Facts, rules: Iterable[Rule], bodies: Sequence[Body]) -> Plan:
    """Return where a case goes: at most one leg of each name and for each body, in the order of the rules, and one queue.

    A rule whose body refuses gives nothing, and the next rule for that leg is asked. Each refusal is in `bounced`.
    Police are given a leg only for what a decision calls illegal and what is theirs, or when a person confirmed a danger
    to life; no rule can widen that.
    """
    made = _Making()
    for rule in rules:
        if rule.leg not in made.names and conditions.hold(rule.when, facts):
            if rule.leg == LegName.DESK:
                made.names.add(rule.leg)
                made.queue = rule.queue
            else:
                _give(rule, facts, bodies, made)
    return Plan(tuple(made.legs), made.queue or TRIAGE, tuple(made.bounced), not made.legs and not made.queue)


@dataclass(slots=True)
class _Making:
    names: set[LegName] = field(default_factory=set)
    legs: list[Leg] = field(default_factory=list)
    bounced: list[Bounced] = field(default_factory=list)
    queue: str = ""

    def bounce(self, body: str, rule: Rule, why: str) -> None:
        """Note a refusal once, also where several rules ask for the same."""
        if not any((one.body, one.name, one.why) == (body, rule.leg, why) for one in self.bounced):
            self.bounced.append(Bounced(body, rule.leg, rule.id, why))


def _give(rule: Rule, facts: Facts, bodies: Sequence[Body], made: _Making) -> None:
    candidates = list(_candidates(rule, facts, bodies))
    if not candidates:
        missed = f'the body "{rule.body}"' if rule.body else f'a body of kind "{rule.body_kind}" for this country'
        made.bounce("", rule, f"{missed} is not in the list of bodies; add it")
    for body in candidates:
        if why := refusal(body, facts) or _misplaced(body, rule, made):
            made.bounce(body.slug, rule, why)
        else:
            made.names.add(rule.leg)
            made.legs.append(_leg(rule, body))
            return


def _misplaced(body: Body, rule: Rule, made: _Making) -> str:
    if body.kind != KIND_OF_LEG[rule.leg]:
        return f'is of kind "{body.kind}"; the leg "{rule.leg}" needs "{KIND_OF_LEG[rule.leg]}"'
    # Two legs would give it the same case twice, with two clocks.
    has = [leg.name for leg in made.legs if leg.body.slug == body.slug]
    return f'has the case already by the leg "{has[0]}"' if has else ""


def _candidates(rule: Rule, facts: Facts, bodies: Sequence[Body]) -> Iterator[Body]:
    if rule.body:
        yield from (body for body in bodies if body.slug == rule.body)
        return
    for place in places(facts.jurisdiction):
        yield from (body for body in bodies if body.kind == rule.body_kind and body.jurisdiction == place)


def _leg(rule: Rule, body: Body) -> Leg:
    return Leg(
        body=body,
        name=rule.leg,
        rule=rule.id,
        legal_basis=rule.legal_basis,
        fields=rule.fields,
        due_minutes=rule.due_minutes,
        calendar=rule.calendar,
        at_breach=rule.at_breach,
        needs_second=rule.needs_second,
        why=rule.why,
    )


def refusal(body: Body, facts: Facts) -> str:
    """Return why this body is not given this case, or nothing where it may be.

    A person who sends a leg by hand is held to the same sentence. A confirmed danger to life is a matter of its own: the
    body that is responsible for it gets the case whatever else it is about.
    """
    if facts.is_danger_confirmed and DANGER in body.responsible_for and DANGER not in body.never_for:
        return ""
    if body.kind == Kind.POLICE and not facts.is_illegal:
        return (
            "not sent to police: no decision calls it illegal, and no person confirmed a danger to life that is theirs"
        )
    if facts.matter in body.never_for:
        return f'never theirs: "{facts.matter}"'
    if facts.matter in body.responsible_for or (ANY in body.responsible_for and body.kind != Kind.POLICE):
        return ""
    return f'not theirs: "{facts.matter}"' if facts.matter else "not theirs: nobody said what it is"

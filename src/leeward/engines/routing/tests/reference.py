"""The slow, obvious model of a plan: every rule with every body, each question asked on its own; what is new is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leeward.engines import routing
from leeward.engines.routing import Body, Facts, Rule

MEMBERS = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split()  # noqa: SIM905  # as printed in the treaties
KINDS = {"emergency": "police"}


@dataclass(frozen=True)
class Expected:
    """What a plan must come to: (leg, rule, body) of each leg, the queue, and whether a person must see it."""

    legs: set[tuple[str, str, str]]
    queue: str
    is_unroutable: bool


def expected(facts: Facts, rules: list[Rule], bodies: list[Body]) -> Expected:
    """Return what a plan must come to."""
    fitting = [rule for rule in rules if all(condition_holds(name, facts, rule.when[name]) for name in rule.when)]
    queues = [rule.queue for rule in fitting if rule.leg == "desk"]
    legs: set[tuple[str, str, str]] = set()
    for rule in fitting:
        for body in in_order(rule, facts, bodies) if rule.leg != "desk" else []:
            is_new = not any(rule.leg == name or body.slug == slug for name, _, slug in legs)
            if is_new and takes(body, facts) and body.kind == KINDS.get(rule.leg, rule.leg):
                legs.add((str(rule.leg), rule.id, body.slug))
    return Expected(legs, queues[0] if queues else "triage", not legs and not queues)


def condition_holds(name: str, facts: Facts, wanted: Any) -> bool:
    """Ask one condition."""
    if name == "severity_at_most":
        return facts.severity in range(wanted + 1)
    if name == "matter":
        return matter_of(facts) in wanted
    value = getattr(facts, name)
    if name in ["jurisdiction", "host_country", "suspect_country"] and value in MEMBERS:
        return value in wanted or "EU" in wanted
    return value in wanted


def matter_of(facts: Facts) -> str:
    """Say what a case is about."""
    if facts.category == "":
        return facts.nature
    if facts.category == "other" and facts.nature in ["hate", "fraud"]:
        return facts.nature
    return facts.category


def in_order(rule: Rule, facts: Facts, bodies: list[Body]) -> list[Body]:
    """Return the bodies that a rule may mean, the nearest first."""
    if rule.body:
        return [body for body in bodies if body.slug == rule.body]
    near = [body for body in bodies if body.kind == rule.body_kind and body.jurisdiction == facts.jurisdiction]
    union = [body for body in bodies if body.kind == rule.body_kind and body.jurisdiction == "EU"]
    anywhere = [body for body in bodies if body.kind == rule.body_kind and body.jurisdiction == "any"]
    return near + (union if facts.jurisdiction in MEMBERS else []) + anywhere


def takes(body: Body, facts: Facts) -> bool:
    """Ask whether a body may be given a case."""
    if facts.is_danger_confirmed and "danger" in body.responsible_for - body.never_for:
        return True
    is_theirs = bool({matter_of(facts)} & body.responsible_for) or "any" in body.responsible_for
    is_never_theirs = bool({matter_of(facts)} & body.never_for)
    if body.kind == routing.Kind.POLICE:
        return facts.is_illegal and matter_of(facts) in body.responsible_for and not is_never_theirs
    return is_theirs and not is_never_theirs

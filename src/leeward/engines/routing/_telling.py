"""Plans in words: for the reviewer who reads one, and for whoever tries new rules."""

from __future__ import annotations

from dataclasses import dataclass

from ._values import Leg, Plan


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two plans. `leg` is a leg's name, or `queue`; an empty side means: not there."""

    leg: str
    what: str
    before: str
    after: str


def explain(plan: Plan) -> list[str]:
    """Return the plan as sentences, the legs first, then the queue, then what was refused."""
    said = [_sent(leg) for leg in plan.legs]
    said.append(f"Queue {plan.queue}.")
    said += [f"No leg {one.name} to {one.body or 'anybody'}: {one.why} (rule {one.rule})." for one in plan.bounced]
    if plan.is_unroutable:
        said.append("No rule says who is responsible: a person must decide.")
    return said


def _sent(leg: Leg) -> str:
    second = ", after a second person agreed" if leg.needs_second else ""
    leaves = ", ".join(leg.fields) or "nothing of the case"
    return f"Leg {leg.name} to {leg.body.title} (rule {leg.rule}){second}: {leg.why} It carries {leaves}."


def changes(old: Plan, new: Plan) -> tuple[Change, ...]:
    """Return what differs for the case when the new plan replaces the old one: queue, bodies, and what a leg carries."""
    found = []
    if old.queue != new.queue:
        found.append(Change("queue", "queue", old.queue, new.queue))
    before, after = ({leg.name: leg for leg in plan.legs} for plan in (old, new))
    for name in sorted({*before, *after}):
        olds, news = _told(before.get(name)), _told(after.get(name))
        if not olds or not news:
            found.append(Change(name, "body", olds.get("body", ""), news.get("body", "")))
        else:
            found += [Change(name, what, olds[what], news[what]) for what in olds if olds[what] != news[what]]
    return tuple(found)


def _told(leg: Leg | None) -> dict[str, str]:
    if leg is None:
        return {}
    return {
        "body": leg.body.slug,
        "legal_basis": leg.legal_basis,
        "fields": ", ".join(sorted(leg.fields)),
        "due_minutes": str(leg.due_minutes),
        "calendar": leg.calendar,
        "at_breach": str(leg.at_breach),
        "needs_second": "yes" if leg.needs_second else "no",
    }

"""What comes out of a plan."""

from __future__ import annotations

from dataclasses import dataclass

from ._rows import Body
from ._words import TRIAGE, AtBreach, Field, LegName


@dataclass(frozen=True, slots=True)
class Leg:
    """One way on which a case goes: to which body, by which rule, with what, until when."""

    body: Body
    name: LegName
    rule: str
    legal_basis: str
    fields: tuple[Field, ...]
    due_minutes: int
    calendar: str
    at_breach: AtBreach
    needs_second: bool
    why: str


@dataclass(frozen=True, slots=True)
class Bounced:
    """One leg that a rule asked for and that was not given, and why. `body` is the slug, or empty where none is known."""

    body: str
    name: LegName
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a case goes. `is_unroutable`: no rule gave a leg or a queue, so a person must see it in triage."""

    legs: tuple[Leg, ...] = ()
    queue: str = TRIAGE
    bounced: tuple[Bounced, ...] = ()
    is_unroutable: bool = False

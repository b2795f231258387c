"""What must be kept and for how long: holds by people, holds by rule, and the question that every erasing asks first."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from leeward.cases import appeals, deadlines, events, services
from leeward.cases.models import Case, Decision, Hold
from leeward.cases.states import CaseState, DecisionState
from leeward.core import facts
from leeward.core.models import User

RULES = Path(__file__).with_name("retention.toml")
ENDED = (CaseState.DECIDED, CaseState.REVERSED)
TO_COMPLAIN = "Time to complain about the decision"


class EndsTooEarly(Exception):
    """A hold must end after it begins: choose a later day."""


class SetByRule(Exception):
    """A rule set this hold, so it ends by itself; only after the decision was reversed a senior reviewer may release it."""


class ReleasedAlready(Exception):
    """This hold was released before; load the page again."""


class BadRule(Exception):
    """A row of `retention.toml` is wrong. The message names the row and the field."""


class Kept(StrEnum):
    """Why nothing of a case may be erased now."""

    NOT_DECIDED = "not decided"
    NOT_YET = "its time is not over"
    HOLD = "hold"
    APPEAL = "appeal"
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class Keep:
    """How long what is sealed is kept after a decision with this outcome."""

    outcome: Decision.Outcome
    days: int
    source: str
    as_of: date


@dataclass(frozen=True)
class HoldRule:
    """A hold that every decision with one of these outcomes sets by itself."""

    name: str
    outcomes: frozenset[Decision.Outcome]
    days: int
    basis: str
    source: str
    as_of: date


@dataclass(frozen=True)
class Rules:
    """The whole table."""

    keep: Mapping[Decision.Outcome, Keep]
    holds: tuple[HoldRule, ...]

    @property
    def shortest(self) -> timedelta:
        """The least time that anything is kept."""
        return timedelta(days=min(row.days for row in self.keep.values()))


@cache
def rules() -> Rules:
    """Return the shipped rules; raise `BadRule` where a row is wrong or an outcome has none."""
    return read(tomllib.loads(RULES.read_text(encoding="utf-8")))


def read(table: Mapping[str, Any]) -> Rules:
    """Return the rules of a table in the shape of `retention.toml`; raise `BadRule`."""
    keep = [Keep(_outcome(row, "keep"), **_rest(row, "keep", "outcome")) for row in table.get("keep", [])]
    holds = [
        HoldRule(
            outcomes=frozenset(_outcome({"outcome": one}, "hold") for one in row.get("outcomes", [])),
            **_rest(row, "hold", "outcomes"),
        )
        for row in table.get("hold", [])
    ]
    if missing := sorted(set(Decision.Outcome) - {row.outcome for row in keep}):
        raise BadRule(f"keep: no row for {missing[0]!r}; add one, or nothing says when it ends")
    return Rules({row.outcome: row for row in keep}, tuple(holds))


def _outcome(row: Mapping[str, Any], place: str) -> Decision.Outcome:
    try:
        return Decision.Outcome(row["outcome"])
    except (KeyError, ValueError):
        raise BadRule(f"{place}: «outcome» is not one of {[str(one) for one in Decision.Outcome]}") from None


def _rest(row: Mapping[str, Any], place: str, without: str) -> dict[str, Any]:
    shape: dict[str, type] = {"days": int, "source": str, "as_of": date}
    if place == "hold":
        shape |= {"name": str, "basis": str}
    for name, kind in shape.items():
        if not isinstance(row.get(name), kind) or row[name] == "" or (name == "days" and row[name] < 1):
            raise BadRule(f"{place} {row.get(without)}: «{name}» is missing or no {kind.__name__} that fits")
    return {name: row[name] for name in shape}


@transaction.atomic
def hold(case: Case, *, basis: str, until: datetime, by: User | None, at: datetime) -> Hold:
    """Let nothing of a case be erased until then; `by` is None where a rule says so.

    Raises `NotForThisPerson` or `EndsTooEarly`.
    """
    if by is not None and not by.roles & services.JUDGES:
        raise services.NotForThisPerson
    if until <= at:
        raise EndsTooEarly
    # The lock puts this before or after an erasing of the same case, never between its question and its answer.
    Case.objects.select_for_update().get(pk=case.pk)
    placed = Hold.objects.create(case=case, basis=basis, until=until, placed_by=by, placed_at=at)
    actor = services.actor(by) if by else "system"
    facts.announce(events.HoldPlaced(str(case.uid), placed.pk, until.isoformat()), actor=actor, at=at)
    return placed


@transaction.atomic
def release(hold: Hold, *, by: User, at: datetime) -> None:
    """End a hold before its time; for senior reviewers. Raises `NotForThisPerson`, `SetByRule` or `ReleasedAlready`."""
    if not by.roles & services.REVERSERS:
        raise services.NotForThisPerson
    if hold.placed_by_id is None and not Case.objects.filter(pk=hold.case_id, state=CaseState.REVERSED).exists():
        raise SetByRule
    if not Hold.objects.filter(pk=hold.pk, released_at=None).update(released_by=by, released_at=at):
        raise ReleasedAlready
    facts.announce(events.HoldReleased(str(hold.case.uid), hold.pk), actor=services.actor(by), at=at)


@task
def hold_by_rule(decision_uid: str) -> None:
    """Set the holds that the rules ask for after a decision; a second time sets none."""
    hold_as_rules_say(Decision.objects.select_related("case").get(uid=decision_uid), at=timezone.now())


@transaction.atomic
def hold_as_rules_say(decision: Decision, *, at: datetime) -> None:
    """Set each hold of the rules that a decision in effect has not set yet."""
    if decision.state != DecisionState.EFFECTIVE or decision.effective_at is None:
        return
    wanted = {TO_COMPLAIN: deadlines.appeal_until(decision.effective_at)}
    for rule in rules().holds:
        if decision.outcome in rule.outcomes:
            wanted[rule.basis] = decision.effective_at + timedelta(days=rule.days)
    for basis, until in wanted.items():
        same = Hold.objects.filter(case=decision.case, placed_by=None, basis=basis, until=until)
        if until > at and not same.exists():
            hold(decision.case, basis=basis, until=until, by=None, at=at)


def kept_because(case: Case, *, at: datetime) -> Kept | None:
    """Return why nothing of a case may be erased now, or None. Every path that erases asks here, under the lock of the case."""
    ends_at = erasable_at(case)
    if ends_at is None:
        return Kept.NOT_DECIDED
    if ends_at > at:
        return Kept.NOT_YET
    if Hold.objects.filter(case=case, released_at=None, until__gt=at).exists():
        return Kept.HOLD
    if appeals.is_open(case):
        return Kept.APPEAL
    if appeals.waiting_complaints().filter(report__casereport__case=case).exists():
        return Kept.COMPLAINT
    return None


def erasable_at(case: Case) -> datetime | None:
    """Return when the time of a case is over, holds aside, or None while it is not decided."""
    decision = _last_decision(case) if case.state in ENDED else None
    if decision is None or decision.effective_at is None:
        return None
    moments = [
        decision.reversed_at or decision.effective_at,
        *case.reports.order_by("-joined_at").values_list("joined_at", flat=True)[:1],
        *case.evidence.order_by("-added_at").values_list("added_at", flat=True)[:1],
    ]
    return max(moments) + timedelta(days=rules().keep[Decision.Outcome(decision.outcome)].days)


def _last_decision(case: Case) -> Decision | None:
    had_effect = (DecisionState.EFFECTIVE, DecisionState.OVERTURNED)
    return case.decisions.filter(state__in=had_effect).order_by("-pk").first()

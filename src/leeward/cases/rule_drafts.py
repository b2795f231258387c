"""Changing rules, always in a draft: what is in force changes only by `routing.go_live`."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from leeward.cases import routing
from leeward.cases.models import Rule
from leeward.core.models import User
from leeward.engines import routing as engine

OWN = "own"
# Far above every position, so that two rows never want the same place while they are put in order.
_ASIDE = 1_000_000


class NoSuchRow(Exception):
    """The rule is not in this draft any more; load the page again."""


class NameTaken(Exception):
    """Another rule of this draft has the same short name; choose another one."""


class Step(enum.StrEnum):
    """What is done with the place of one rule."""

    UP = "up"
    DOWN = "down"
    REMOVE = "remove"


def drafts() -> list[str]:
    """Return the names of the drafts, without the mark that they are such."""
    names = Rule.objects.filter(is_live=False, rule_set__startswith=routing.DRAFT).order_by("rule_set")
    return [name.removeprefix(routing.DRAFT) for name in names.values_list("rule_set", flat=True).distinct()]


@transaction.atomic
def begin(*, by: User) -> str:
    """Return the name of a draft that begins as what is in force; one that is there already is gone on with."""
    routing.require_senior(by)
    rows = routing.live_rows()
    name = rows[0].rule_set if rows else OWN
    if name not in drafts():
        Rule.objects.bulk_create(
            Rule(
                rule_set=routing.DRAFT + name,
                position=place,
                rule=row.rule,
                source=row.source,
                as_of_date=row.as_of_date,
                confirmed_by=row.confirmed_by,
                confirmed_at=row.confirmed_at,
            )
            for place, row in enumerate(rows, start=1)
        )
    return name


@transaction.atomic
def discard(draft: str, *, by: User) -> None:
    """Throw a draft away; what is in force stays."""
    routing.require_senior(by)
    Rule.objects.filter(rule_set=routing.DRAFT + draft, is_live=False).delete()


@transaction.atomic
def add(draft: str, row: dict[str, Any], *, by: User, at: datetime) -> Rule:
    """Add a rule at the end of a draft. Raises `NameTaken` or `engines.routing.BadRow`."""
    routing.require_senior(by)
    rule, name = engine.Rule.from_dict(row), routing.DRAFT + draft
    _refuse_twin(name, rule.id, but=None)
    last = Rule.objects.filter(rule_set=name).aggregate(last=Max("position"))["last"] or 0
    return Rule.objects.create(
        rule_set=name, position=last + 1, rule=rule.to_dict(), source=rule.source, as_of_date=rule.as_of or at.date()
    )


@transaction.atomic
def change(kept: Rule, row: dict[str, Any], *, by: User, as_of: date) -> None:
    """Put a rule of a draft in other words; whoever had confirmed it must do so again.

    Raises `NoSuchRow`, `NameTaken` or `engines.routing.BadRow`.
    """
    routing.require_senior(by)
    rule = engine.Rule.from_dict(row)
    _refuse_twin(kept.rule_set, rule.id, but=kept)
    values = {"rule": rule.to_dict(), "source": rule.source, "as_of_date": as_of}
    if not Rule.objects.filter(pk=kept.pk, is_live=False).update(**values, confirmed_by=None, confirmed_at=None):
        raise NoSuchRow


def _refuse_twin(rule_set: str, name: str, *, but: Rule | None) -> None:
    twins = Rule.objects.filter(rule_set=rule_set, rule__id=name)
    if (twins.exclude(pk=but.pk) if but else twins).exists():
        raise NameTaken


@transaction.atomic
def step(kept: Rule, what: Step, *, by: User) -> None:
    """Move a rule of a draft up or down, or take it out. Raises `NoSuchRow`."""
    routing.require_senior(by)
    rows = list(Rule.objects.select_for_update().filter(rule_set=kept.rule_set, is_live=False))
    place = next((place for place, row in enumerate(rows) if row.pk == kept.pk), None)
    if place is None:
        raise NoSuchRow
    row = rows.pop(place)
    if what == Step.REMOVE:
        row.delete()
    else:
        rows.insert(max(0, place - 1) if what == Step.UP else place + 1, row)
    Rule.objects.filter(rule_set=kept.rule_set).update(position=F("position") + _ASIDE)
    for number, one in enumerate(rows, start=1):
        Rule.objects.filter(pk=one.pk).update(position=number)


@transaction.atomic
def confirm(kept: Rule, *, by: User, at: datetime) -> None:
    """Note that counsel confirmed a rule. A second time changes nothing."""
    routing.require_senior(by)
    Rule.objects.filter(pk=kept.pk, confirmed_at=None).update(confirmed_by=by, confirmed_at=at)

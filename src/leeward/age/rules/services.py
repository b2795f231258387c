"""What can be done with rules: suggest them by file, confirm one, withdraw it again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from leeward.age.rules import events, suggestions
from leeward.age.rules.models import AgeRule
from leeward.core import facts
from leeward.core.models import Role, User


class NotOperator(Exception):
    """Only an operator stands for a rule: ask one."""


class RuleMoved(Exception):
    """Somebody confirmed or withdrew the rule meanwhile: look at the page again."""


@transaction.atomic
def suggest(text: str, *, actor: str, at: datetime) -> int:
    """Take the rows of a CSV table as suggestions and return how many are new. Raises `BrokenTable`; then nothing is taken."""
    found = suggestions.read(text)
    known = set(AgeRule.objects.filter(digest__in=[one.digest for one in found]).values_list("digest", flat=True))
    fresh = [AgeRule(digest=one.digest, suggested_at=at, **vars(one)) for one in found if one.digest not in known]
    # Somebody else may bring the same file in at the same moment.
    AgeRule.objects.bulk_create(fresh, ignore_conflicts=True)
    if fresh:
        facts.announce(events.RulesSuggested(len(fresh)), actor=actor, at=at)
    return len(fresh)


@transaction.atomic
def confirm(rule: AgeRule, *, by: User, at: datetime) -> None:
    """Let a rule apply, in the name of an operator. Raises `NotOperator` and `RuleMoved`."""
    _check(by)
    if not AgeRule.objects.filter(pk=rule.pk, confirmed_at=None).update(confirmed_by=by, confirmed_at=at):
        raise RuleMoved
    facts.announce(events.RuleConfirmed(str(rule.uid)), actor=f"user:{by.pk}", at=at)


@transaction.atomic
def withdraw(rule: AgeRule, *, by: User, at: datetime) -> None:
    """Let a rule apply no longer; it is a suggestion again. Raises `NotOperator` and `RuleMoved`."""
    _check(by)
    in_force = AgeRule.objects.filter(pk=rule.pk, confirmed_at__isnull=False)
    if not in_force.update(confirmed_by=None, confirmed_at=None):
        raise RuleMoved
    facts.announce(events.RuleWithdrawn(str(rule.uid)), actor=f"user:{by.pk}", at=at)


def _check(person: User) -> None:
    if Role.OPERATOR not in person.roles:
        raise NotOperator

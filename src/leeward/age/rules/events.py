"""What rules and permits announce: ids and short words only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RulesSuggested:
    """Rows of a file came in as suggestions. None of them applies before the operator confirms it."""

    rows_count: int


@dataclass(frozen=True)
class RuleConfirmed:
    """The operator stands for a rule, which applies from now on."""

    rule_uid: str


@dataclass(frozen=True)
class RuleWithdrawn:
    """The operator stands for a rule no longer, so the strictest one applies instead."""

    rule_uid: str


@dataclass(frozen=True)
class PermitsChanged:
    """What a person under a pseudonym may do at a gate is different from now on."""

    subject: str

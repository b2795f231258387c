"""A whole rule set: its rows read one by one, and checked together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._reading import BadRow, Row
from ._rows import Body, Queue, Rule
from ._words import KIND_OF_LEG, TRIAGE


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Hold what one shipped file says. Rules stand in the order in which they are asked."""

    name: str
    title: str
    rules: tuple[Rule, ...]
    bodies: tuple[Body, ...]
    queues: tuple[Queue, ...]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RuleSet:
        """Return the rule set of a parsed file. Raise `BadRow`, naming the row and the field."""
        read = Row.of("rule set", data, id_field="name", known=("name", "title", "rules", "bodies", "queues"))
        found = cls(
            name=read.slug("name"),
            title=read.text("title", is_needed=True),
            rules=tuple(Rule.from_dict(row) for row in read.rows("rules")),
            bodies=tuple(Body.from_dict(row) for row in read.rows("bodies")),
            queues=tuple(Queue.from_dict(row) for row in read.rows("queues")),
        )
        check(found.rules, found.bodies, [queue.slug for queue in found.queues])
        return found


def check(rules: Sequence[Rule], bodies: Sequence[Body], queues: Iterable[str]) -> None:
    """Refuse a table in which a name stands twice, or a rule names a body or a queue that is not there.

    `queues` are slugs; `triage` always exists. Raise `BadRow`, naming the rule and the field.
    """
    _once("rule", "id", [rule.id for rule in rules])
    _once("body", "slug", [body.slug for body in bodies])
    known = {body.slug: body for body in bodies}
    lines = {TRIAGE, *queues}
    for rule in rules:
        if rule.queue and rule.queue not in lines:
            raise BadRow(f'rule "{rule.id}"', "queue", f'there is no queue "{rule.queue}"; add it first')
        if rule.body and rule.body not in known:
            raise BadRow(f'rule "{rule.id}"', "body", f'there is no body "{rule.body}"; add it first')
        if rule.body and known[rule.body].kind != KIND_OF_LEG[rule.leg]:
            wanted, kind = KIND_OF_LEG[rule.leg], known[rule.body].kind
            raise BadRow(f'rule "{rule.id}"', "body", f'"{rule.body}" is of kind "{kind}"; the leg needs "{wanted}"')


def _once(what: str, field: str, names: Sequence[str]) -> None:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise BadRow(f'{what} "{name}"', field, "stands twice; give one of them another name")

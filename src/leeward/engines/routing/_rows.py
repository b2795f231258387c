"""The rows of a rule set: bodies, rules and queues, as they are read, kept and written."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from . import _conditions as conditions
from ._conditions import Values
from ._reading import LONGEST_BASIS, LONGEST_NAME, LONGEST_QUEUE, Row, as_row
from ._words import (
    ANY,
    EU,
    FIELDS,
    IDENTITY_FIELDS,
    KIND_OF_LEG,
    MATTERS,
    AtBreach,
    Field,
    Kind,
    LegName,
)

LONGEST_WAIT_MINUTES: Final = 366 * 24 * 60


@dataclass(frozen=True, slots=True)
class Body:
    """Say who is responsible for what, and for what never. The second list wins."""

    slug: str
    kind: Kind
    jurisdiction: str  # ISO 3166-1 alpha-2, `EU` or `any`.
    responsible_for: frozenset[str]
    never_for: frozenset[str] = frozenset()
    name: str = ""
    page_url: str = ""
    source: str = ""
    as_of: date | None = None
    note: str = ""

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Body:
        """Return the body of a row. Raise `BadRow`, naming the body and the field."""
        read = Row.of("body", row, id_field="slug", known=BODY_FIELDS)
        kind = read.choice("kind", Kind)
        responsible = read.words("responsible_for", MATTERS | {ANY}, is_needed=True)
        if ANY in responsible and kind == Kind.POLICE:
            raise read.bad(
                "responsible_for", 'police are never responsible for "any"; list the matters that are theirs'
            )
        return cls(
            slug=read.slug("slug", is_needed=True),
            kind=kind,
            jurisdiction=read.place("jurisdiction", also=(EU, ANY)),
            responsible_for=frozenset(responsible),
            never_for=frozenset(read.words("never_for", MATTERS)),
            name=read.text("name", is_needed=True, longest=LONGEST_NAME),
            page_url=read.page("page_url"),
            source=read.text("source", is_needed=True, longest=LONGEST_BASIS),
            as_of=read.day("as_of"),
            note=read.text("note"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the row, fit for JSON, that `from_dict` reads back."""
        return as_row(self)

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name or self.slug


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the routing table: when all of `when` holds, this leg goes to this body, or the case to this queue."""

    id: str
    leg: LegName
    when: Mapping[str, Values] = dataclasses.field(default_factory=dict)
    body: str = ""  # A slug; or `body_kind`, the nearest of that kind; or `queue`, for the leg `desk`.
    body_kind: Kind | None = None
    queue: str = ""
    legal_basis: str = ""
    fields: tuple[Field, ...] = ()
    due_minutes: int = 0
    calendar: str = ""  # A slug; empty for a clock that always runs.
    at_breach: AtBreach = AtBreach.ALARM
    needs_second: bool = False
    why: str = ""
    source: str = ""
    as_of: date | None = None
    note: str = ""

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Rule:
        """Return the rule of a row. Raise `BadRow`, naming the rule and the field."""
        read = Row.of("rule", row, id_field="id", known=RULE_FIELDS)
        leg = read.choice("leg", LegName)
        is_desk = leg == LegName.DESK
        rule = cls(
            id=read.slug("id", is_needed=True),
            leg=leg,
            when=conditions.read(read),
            body=read.slug("body"),
            body_kind=read.choice("body_kind", Kind) if "body_kind" in read.values else None,
            queue=read.slug("queue", longest=LONGEST_QUEUE, is_needed=is_desk),
            legal_basis=read.text("legal_basis", longest=LONGEST_BASIS, is_needed=not is_desk),
            fields=tuple(Field(word) for word in read.words("fields", FIELDS)),
            due_minutes=0 if is_desk else read.whole("due_minutes", least=1, most=LONGEST_WAIT_MINUTES),
            calendar=read.slug("calendar", longest=LONGEST_QUEUE),
            at_breach=read.choice("at_breach", AtBreach, default=AtBreach.ALARM),
            needs_second=read.flag("needs_second"),
            why=read.text("why", is_needed=True),
            source=read.text("source", is_needed=True, longest=LONGEST_BASIS),
            as_of=read.day("as_of"),
            note=read.text("note"),
        )
        _check(rule, read)
        return rule

    def to_dict(self) -> dict[str, Any]:
        """Return the row, fit for JSON, that `from_dict` reads back."""
        return as_row(self)


BODY_FIELDS: Final = tuple(field.name for field in dataclasses.fields(Body))
RULE_FIELDS: Final = tuple(field.name for field in dataclasses.fields(Rule))
# What a rule for the desk's own queue has no use for: nothing leaves.
NOT_FOR_DESK: Final = (
    "body",
    "body_kind",
    "legal_basis",
    "fields",
    "due_minutes",
    "calendar",
    "at_breach",
    "needs_second",
)


def _check(rule: Rule, read: Row) -> None:
    """Refuse what is right field by field and wrong together."""
    if rule.leg == LegName.DESK:
        for name in NOT_FOR_DESK:
            if name in read.values:
                raise read.bad(name, 'means nothing for the leg "desk": it goes to a queue here; leave it out')
        return
    if rule.queue:
        raise read.bad("queue", 'only the leg "desk" goes to a queue; leave it out')
    if bool(rule.body) == bool(rule.body_kind):
        raise read.bad("body", "write either the slug of a body here, or a kind in body_kind")
    if rule.body_kind and rule.body_kind != KIND_OF_LEG[rule.leg]:
        raise read.bad("body_kind", f'the leg "{rule.leg}" goes to a body of kind "{KIND_OF_LEG[rule.leg]}"')
    if IDENTITY_FIELDS.intersection(rule.fields) and not rule.needs_second:
        raise read.bad("needs_second", "must be true where a field shows who somebody is")


@dataclass(frozen=True, slots=True)
class Queue:
    """One line of cases that a rule set sends to."""

    slug: str
    title: str

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Queue:
        """Return the queue of a row. Raise `BadRow`, naming the queue and the field."""
        read = Row.of("queue", row, id_field="slug", known=("slug", "title"))
        return cls(read.slug("slug", longest=LONGEST_QUEUE), read.text("title", is_needed=True, longest=LONGEST_NAME))

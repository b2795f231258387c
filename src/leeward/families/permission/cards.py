"""What a guardian's page shows of each child: what is allowed, who decides, and how long. Nothing of reports or helplines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from leeward.core.models import Record
from leeward.families import seats
from leeward.families.birthdays import services as birthdays
from leeward.families.birthdays.services import Coming
from leeward.families.models import Child, Guardian
from leeward.families.permission import deciding
from leeward.families.permission.choices import Scope, State
from leeward.families.permission.models import GuardianLink, Permission

_MOST_PAST = 10


@dataclass(frozen=True)
class Card:
    """One child as its guardian sees it."""

    child: Child
    own_link: GuardianLink | None
    links: Sequence[GuardianLink]
    open: Sequence[Permission]
    past: Sequence[tuple[Permission, bool]]
    needs_parent: bool
    is_too_young: bool
    age: int
    coming: Coming | None
    nears_days: int | None
    asks_again: bool


def card(child: Child, seat: Guardian, *, at: datetime) -> Card:
    """Return what a guardian sees of a child of the own household."""
    links = list(child.links.filter(guardian__left_at=None).select_related("guardian__user"))
    rows = list(child.permissions.select_related("service", "answered_by__user"))
    past = [row for row in rows if row.state not in {State.ASKED, State.GRANTED, State.FROZEN}][:_MOST_PAST]
    try:
        decision, is_too_young = deciding.decide(child, at=at), False
    except deciding.TooYoung:
        decision, is_too_young = None, True
    return Card(
        child=child,
        own_link=next((link for link in links if link.guardian.pk == seat.pk), None),
        links=links,
        open=[row for row in rows if row.state in {State.GRANTED, State.FROZEN}],
        past=[(row, can_undo(row, at=at)) for row in past],
        needs_parent=decision.needs_parent if decision else True,
        is_too_young=is_too_young,
        age=decision.age if decision else 0,
        coming=birthdays.coming(child),
        nears_days=birthdays.nears_days(child),
        asks_again=birthdays.asks_again(child),
    )


def can_undo(permission: Permission, *, at: datetime) -> bool:
    """True where `services.undo` still brings it back."""
    if permission.ended_at is None or permission.ended_at <= at - seats.UNDO_WITHIN:
        return False
    return permission.state in {State.REFUSED, State.REVOKED}


def labels(scopes: Sequence[str]) -> list[tuple[str, str]]:
    """Return scopes with the words that guardians read, in the order of the list."""
    return [(scope.value, str(scope.label)) for scope in Scope if scope.value in scopes]


@dataclass(frozen=True)
class Proof:
    """One entry of the record chain about a permission. `position` and `chain` are None until it is stamped."""

    kind: str
    at: datetime
    position: int | None
    chain: str


def proofs(permission: Permission) -> list[Proof]:
    """Return what the record chain says of a permission, oldest first."""
    found = Record.objects.filter(kind__startswith="permission.", facts__permission_uid=str(permission.uid))
    return [
        Proof(row.kind.partition(".Permission")[2], row.at, row.position, bytes(row.chain).hex() if row.chain else "")
        for row in found.order_by("pk")
    ]

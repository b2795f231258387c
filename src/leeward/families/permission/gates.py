"""What gates may let through because of a permission: given, held back and ended inside the transaction of a service."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from leeward.age.rules import permits
from leeward.core import facts
from leeward.families.permission import events
from leeward.families.permission.choices import State
from leeward.families.permission.models import GuardianLink, Permission


def give(permission: Permission, *, actor: str, at: datetime) -> None:
    """Let gates through what the row grants, and say who granted it on what evidence. Pass a row that was read just now."""
    assert permission.until is not None  # noqa: S101  # the database holds no granted row without it
    permits.put(permission.subject, permission.granted, until=permission.until, actor=actor, at=at)
    guardian = permission.answered_by
    fact = events.PermissionGranted(
        permission_uid=str(permission.uid),
        guardian_uid=str(guardian.uid) if guardian else "",
        scopes=permission.granted,
        until=permission.until.isoformat(),
        notice=permission.notice,
        rules=permission.rules,
        adult_level=permission.adult_level or 0,
        relation=permission.relation,
    )
    facts.announce(fact, actor=actor, at=at)


def end(found: QuerySet[Permission], state: State, *, actor: str, at: datetime) -> int:
    """Let gates through nothing more of these, and return how many there were. They must be granted or on hold."""
    count = 0
    for permission in found.filter(state__in=[State.GRANTED, State.FROZEN]):
        moved = Permission.objects.filter(pk=permission.pk, state=permission.state)
        if not moved.update(state=state, ended_at=at):
            continue
        permits.put(permission.subject, (), until=at, actor=actor, at=at)
        facts.announce(events.PermissionRevoked(str(permission.uid), state), actor=actor, at=at)
        count += 1
    return count


def hold(link: GuardianLink, *, at: datetime) -> None:
    """Put on hold what the guardian of a link allowed the child."""
    end(_of(link).filter(state=State.GRANTED), State.FROZEN, actor="system", at=at)


def give_back(link: GuardianLink, *, at: datetime) -> None:
    """Let gates through again what was on hold because of a link, as far as it is not over."""
    for permission in _of(link).filter(state=State.FROZEN, until__gt=at):
        if Permission.objects.filter(pk=permission.pk, state=State.FROZEN).update(state=State.GRANTED, ended_at=None):
            permission.refresh_from_db()
            give(permission, actor="system", at=at)


def end_held(link: GuardianLink, *, at: datetime) -> None:
    """End what was on hold because of a link."""
    end(_of(link), State.REVOKED, actor="system", at=at)


def _of(link: GuardianLink) -> QuerySet[Permission]:
    return Permission.objects.filter(child=link.child, answered_by=link.guardian)

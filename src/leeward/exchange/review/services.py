"""What people decide about the signs of partners: let one protect, refuse it, believe it no more, and take that back.

Each is a conditional change, so that two people cannot both win; whoever comes second is told by `AlreadyDecided`.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from leeward.core import facts
from leeward.core.models import User
from leeward.exchange import events
from leeward.exchange.intake import services as intake
from leeward.exchange.intake.models import Received
from leeward.exchange.partners.models import Partner
from leeward.indicators import services as indicators
from leeward.indicators.models import Kind

_State, _Reason = Received.State, Received.Reason
REASONS = (_Reason.MISTAKE, _Reason.HARMLESS, _Reason.NOT_OURS, _Reason.UNCLEAR)


class AlreadyDecided(Exception):
    """The sign is not in the state that was seen any more: somebody else decided, or its origin took it back. Look again."""


class TimeIsOver(Exception):
    """The sign's time is over, so it cannot protect any more. Refuse it, or wait for a newer version of it."""


class NothingToUndo(Exception):
    """Nobody decided about this sign, or that was taken back already. Look at it again."""


def waiting(*, partner: Partner | None = None) -> QuerySet[Received]:
    """Return what waits for a person, longest first."""
    rows = Received.objects.filter(state=_State.QUARANTINE)
    if partner is not None:
        rows = rows.filter(partner=partner)
    return rows.select_related("partner__organisation").defer("body").order_by("received_at", "pk")


def decided() -> QuerySet[Received]:
    """Return what people decided, the last first, as far as it can still be taken back."""
    rows = Received.objects.exclude(before="").exclude(state=_State.WITHDRAWN)
    return rows.select_related("partner__organisation", "decided_by").defer("body").order_by("-decided_at", "-pk")


def canary_hits() -> QuerySet[Received]:
    """Return the signs that named something harmless and that nobody has looked at yet."""
    rows = Received.objects.filter(state=_State.REFUSED, reason=_Reason.CANARY, decided_at=None)
    return rows.select_related("partner__organisation").defer("body").order_by("received_at", "pk")


@transaction.atomic
def accept(received: Received, *, by: User, at: datetime) -> None:
    """Let a sign that waits protect. Raises `AlreadyDecided` and `TimeIsOver`."""
    row = _held(received, _State.QUARANTINE)
    _put_in_force(row, by=by, at=at)
    _decide(row, to=_State.ACTIVE, reason="", before=_State.QUARANTINE, by=by, at=at)
    facts.announce(events.SignAccepted(str(row.uid)), actor=_actor(by), at=at)


@transaction.atomic
def refuse(received: Received, *, reason: str, by: User, at: datetime) -> None:
    """Refuse a sign that waits; its origin's next versions of it stay refused. Raises `AlreadyDecided`."""
    row = _held(received, _State.QUARANTINE)
    _decide(row, to=_State.REFUSED, reason=_Reason(reason), before=_State.QUARANTINE, by=by, at=at)
    facts.announce(events.SignRefused(str(row.uid), reason), actor=_actor(by), at=at)


@transaction.atomic
def distrust(received: Received, *, by: User, at: datetime, reason: str = _Reason.MISTAKE) -> None:
    """Take a sign out of force here, without its origin. Raises `AlreadyDecided`."""
    row = _held(received, _State.ACTIVE)
    indicators.revoke(source=row.source, actor=_actor(by), at=at)
    _decide(row, to=_State.DISTRUSTED, reason=_Reason(reason), before=_State.ACTIVE, by=by, at=at)
    facts.announce(events.SignDistrusted(str(row.uid), reason), actor=_actor(by), at=at)


@transaction.atomic
def undo(received: Received, *, by: User, at: datetime) -> None:
    """Take the last decision about a sign back, whoever took it. Raises `NothingToUndo` and `TimeIsOver`."""
    row = Received.objects.select_for_update().select_related("partner__organisation").get(pk=received.pk)
    if not row.before or row.state == _State.WITHDRAWN or row.decided_at != received.decided_at:
        raise NothingToUndo(str(row.uid))
    if row.state == _State.ACTIVE:
        indicators.revoke(source=row.source, actor=_actor(by), at=at)
    elif row.before == _State.ACTIVE:
        _put_in_force(row, by=by, at=at)
    row.state, row.reason, row.before, row.decided_at, row.decided_by = _State(row.before), "", "", at, by
    row.save(update_fields=["state", "reason", "before", "decided_at", "decided_by", "turns", "source"])
    facts.announce(events.SignDecisionUndone(str(row.uid)), actor=_actor(by), at=at)


@transaction.atomic
def look_at_canary(received: Received, *, by: User, at: datetime) -> None:
    """Note that somebody looked into why a partner told something harmless; its alarm ends. Raises `AlreadyDecided`."""
    if not canary_hits().filter(pk=received.pk).update(decided_at=at, decided_by=by):
        raise AlreadyDecided(str(received.uid))
    facts.announce(events.CanarySeen(str(received.uid)), actor=_actor(by), at=at)


@transaction.atomic
def show(received: Received, *, by: User, at: datetime) -> str:
    """Return what a sign names, and record that somebody asked to see it."""
    facts.announce(events.SignShown(str(received.uid)), actor=_actor(by), at=at)
    return received.value


def known_here(rows: list[Received]) -> dict[uuid.UUID, int]:
    """Return how many signs of others, or of our own, that are in force name the same thing, for each row that has any."""
    found: dict[tuple[str, str], set[str]] = {}
    values = [row.value for row in rows]
    for kind, value, source in (
        indicators.in_force([Kind(kind) for kind in {row.kind for row in rows}])
        .filter(value__in=values)
        .values_list("kind", "value", "source")
    ):
        found.setdefault((kind, value), set()).add(source)
    counted = {row.uid: len(found.get((row.kind, row.value), set()) - {row.source}) for row in rows}
    return {uid: count for uid, count in counted.items() if count}


def _held(received: Received, state: Received.State) -> Received:
    rows = Received.objects.select_for_update().select_related("partner__organisation")
    row = rows.filter(pk=received.pk, state=state).first()
    if row is None:
        raise AlreadyDecided(str(received.uid))
    return row


def _put_in_force(row: Received, *, by: User, at: datetime) -> None:
    try:
        intake.publish(row, actor=_actor(by), at=at)
    except indicators.NotASign as error:
        raise TimeIsOver(str(row.uid)) from error


def _decide(row: Received, *, to: Received.State, reason: str, before: Received.State, by: User, at: datetime) -> None:
    moved = Received.objects.filter(pk=row.pk, state=before).update(
        state=to,
        reason=reason,
        before=before,
        decided_at=at,
        decided_by=by,
        turns=row.turns,
        source=row.source,
    )
    if not moved:
        raise AlreadyDecided(str(row.uid))


def _actor(by: User) -> str:
    return f"user:{by.pk}"

"""What an attempt remembers while its visitor is at another service: sealed in its row, erased when it ends."""

from __future__ import annotations

import dataclasses
import hmac
import json
import secrets
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from leeward.age.models import AgeTransaction

_BYTES = 32
_DOT = "."


class NotAsked(Exception):
    """Nobody of this attempt is expected back with that state: it was used, is of another attempt, or is made up."""


@dataclass(frozen=True)
class Memory:
    """One visit to a service. `state` is emptied when the visitor is back; then `over` and `level`, or `refused`, say what came."""

    state: str
    nonce: str
    verifier: str
    over: dict[str, bool] = field(default_factory=dict)
    level: int = 0
    refused: str = ""

    @property
    def is_over(self) -> bool:
        """True once the service's answer was judged."""
        return bool(self.over or self.refused)


def of(attempt: AgeTransaction) -> Memory | None:
    """Return what an attempt remembers, or None where its visitor was led nowhere yet."""
    return Memory(**json.loads(attempt.memory)) if attempt.memory else None


@transaction.atomic
def begun(attempt: AgeTransaction) -> Memory:
    """Return the visit of an attempt, made now where there is none, or where one broke off half-way."""
    row = _held(attempt).first()
    known = of(row) if row is not None else None
    if known is not None and (known.state or known.is_over):
        return known
    fresh = Memory(
        state=f"{attempt.uid}{_DOT}{secrets.token_urlsafe(_BYTES)}",
        nonce=secrets.token_urlsafe(_BYTES),
        verifier=secrets.token_urlsafe(_BYTES),
    )
    _pending(attempt).update(memory=_written(fresh))
    return fresh


def attempt_of(state: str) -> UUID | None:
    """Return the attempt that a state names, or None."""
    try:
        return UUID(state.partition(_DOT)[0])
    except ValueError:
        return None


@transaction.atomic
def take(attempt: AgeTransaction, state: str) -> Memory:
    """Use up a state, once, and return the visit that it belongs to. Raises `NotAsked`."""
    row = _held(attempt).first()
    known = of(row) if row is not None else None
    if known is None or not known.state or not hmac.compare_digest(known.state.encode(), state.encode()):
        raise NotAsked
    _pending(attempt).update(memory=_written(dataclasses.replace(known, state="")))
    return known


@transaction.atomic
def finish(attempt: AgeTransaction, visit: Memory) -> None:
    """Write down what came of a visit, unless another one was begun meanwhile."""
    row = _held(attempt).first()
    known = of(row) if row is not None else None
    if known is not None and known.nonce == visit.nonce:
        _pending(attempt).update(memory=_written(dataclasses.replace(visit, state="")))
        attempt.refresh_from_db(fields=["memory"])


def _pending(attempt: AgeTransaction) -> QuerySet[AgeTransaction]:
    return AgeTransaction.objects.filter(pk=attempt.pk, state=AgeTransaction.State.PENDING)


def _held(attempt: AgeTransaction) -> QuerySet[AgeTransaction]:
    # A sealed text cannot be compared in the database, so the row is held while it is read and written.
    return _pending(attempt).select_for_update()


def _written(memory: Memory) -> str:
    return json.dumps(dataclasses.asdict(memory), separators=(",", ":"))

"""Take what a wallet sends to our address, for the attempt that asked for it."""

from __future__ import annotations

import dataclasses
import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction

from leeward.age import attempts
from leeward.age.methods import registered
from leeward.age.models import AgeTransaction
from leeward.age.wallet import answers, memory, requests
from leeward.age.wallet.memory import Memory
from leeward.age.wallet.methods import WalletMethod
from leeward.age.wallet.requests import Where

_MOST_TRIES = 20  # A wallet sends one answer. Who sends many wants to keep our machine busy.
_CODE_BYTES = 24
DECLINED = "wallet_declined"


class NoSuchRequest(Exception):
    """No attempt waits for this answer: it is over, was answered, or never asked a wallet. Begin anew on the page."""


# Not one transaction: judging may take seconds, in which nobody else could write. What was judged is kept in one, and once.
def receive(uid: UUID, where: Where, vp_token: str, *, at: datetime) -> str:
    """Take a wallet's answer. Return the code with which it leads the visitor back; empty where it is on another device.

    Raises `NoSuchRequest`, and `answers.Refused`: then `note_refusal` is the next call.
    """
    attempt, method, request = _waiting(uid, at=at)
    shown = answers.presentation(vp_token, most_letters=method.most_letters)
    over = method.judge(attempt, request, shown, to=requests.address(attempt.uid, where), at=at)
    code = secrets.token_urlsafe(_CODE_BYTES) if where == Where.HERE else ""
    _keep(uid, over, code=code, at=at)
    return code


def receive_brought(uid: UUID, answer: str, *, at: datetime) -> None:
    """Take a wallet's answer that the visitor's own browser brought. Raises as `receive` does."""
    attempt, method, request = _waiting(uid, at=at)
    _keep(uid, method.judge_brought(attempt, request, answer, at=at), code="", at=at)


@transaction.atomic
def _keep(uid: UUID, over: dict[int, bool], *, code: str, at: datetime) -> None:
    attempt, _method, request = _held(uid, at=at)
    said = {str(age): is_over for age, is_over in over.items()}
    if not memory.keep(attempt, dataclasses.replace(request, over=said, code=code, refused="")):
        raise NoSuchRequest


@transaction.atomic
def note_refusal(uid: UUID, code: str, *, at: datetime) -> None:
    """Remember why an answer did not count, so that the visitor is offered another way. Raises `NoSuchRequest`."""
    attempt, _method, request = _held(uid, at=at)
    if not memory.keep(attempt, dataclasses.replace(request, refused=code, tries=request.tries + 1)):
        raise NoSuchRequest


def is_answered(attempt: AgeTransaction) -> bool:
    """True once the visitor's page can go on: an answer from another device came, or one that does not count."""
    request = memory.of(attempt)
    if request is None:
        return attempt.state != AgeTransaction.State.PENDING
    return bool(request.refused) or bool(request.over and not request.code)


def _held(uid: UUID, *, at: datetime) -> tuple[AgeTransaction, WalletMethod, Memory]:
    """Return what waits, held until the transaction ends: of two answers that were judged at the same time the first one counts."""
    list(AgeTransaction.objects.select_for_update().filter(uid=uid).values_list("pk"))
    return _waiting(uid, at=at)


def _waiting(uid: UUID, *, at: datetime) -> tuple[AgeTransaction, WalletMethod, Memory]:
    pending = AgeTransaction.objects.filter(
        uid=uid, state=AgeTransaction.State.PENDING, begun_at__gt=at - attempts.OPEN_FOR
    )
    attempt = pending.select_related("requirement").first()
    if attempt is None:
        raise NoSuchRequest
    method, request = registered().get(attempt.method), memory.of(attempt)
    if not isinstance(method, WalletMethod) or request is None or request.over or request.tries >= _MOST_TRIES:
        raise NoSuchRequest
    return attempt, method, request

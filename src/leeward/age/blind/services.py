"""Sign tokens that nobody here can read, and take each of them once."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from leeward.age.blind import keyring, wire
from leeward.age.blind.models import BlindKey, BlindShare, SpentToken
from leeward.age.blind.statements import Statement
from leeward.age.levels import Level
from leeward.engines import blindtokens
from leeward.engines.blindtokens import Suite

# Its message is a key that was drawn at random, so nothing random needs to be added to it: RFC 9474, section 5; RFC 9578, section 6.
SUITE = Suite.PSS_DETERMINISTIC
# Whoever shows an age once shall not supply a whole school.
TOKENS_PER_RESULT = 10


class KeyOver(Exception):
    """The tokens were blinded for a key that does not sign this statement now: read the page again and blind them anew."""


class ShareSpent(Exception):
    """So many tokens were signed for this result already: show the age again."""


class WrongBlinded(Exception):
    """What was sent is no blinded message for this key: blind it again."""


class Code(enum.StrEnum):
    """Why a token is not taken."""

    UNREADABLE = "unreadable"
    UNKNOWN_KEY = "unknown_key"
    OVER = "over"
    WRONG_SIGNATURE = "wrong_signature"
    WRONG_SITE = "wrong_site"
    NOT_ENOUGH = "not_enough"
    SPENT = "spent"


class NotTaken(Exception):
    """A token opens nothing here. `code` says why; ask the visitor for another one."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.value)
        self.code = code


@transaction.atomic
def sign(attempt_id: int, statement: Statement, *, kid: str, blinded: Sequence[bytes], at: datetime) -> list[bytes]:
    """Sign what nobody here can read, for an attempt that showed `statement`; nothing is counted where one of them is wrong.

    Raises `KeyOver`, `ShareSpent` and `WrongBlinded`.
    """
    key = keyring.current(statement, at=at)
    if key.kid != kid:
        raise KeyOver
    BlindShare.objects.get_or_create(attempt_id=attempt_id)
    room = BlindShare.objects.filter(attempt_id=attempt_id, signed__lte=TOKENS_PER_RESULT - len(blinded))
    if not room.update(signed=F("signed") + len(blinded)):
        raise ShareSpent
    signer = blindtokens.Signer(keyring.private_key(key))
    try:
        return [signer.sign(one) for one in blinded]
    except blindtokens.NotSigned:
        raise WrongBlinded from None


def left(attempt_id: int) -> int:
    """Return how many more tokens are signed for an attempt."""
    share = BlindShare.objects.filter(attempt_id=attempt_id).first()
    return TOKENS_PER_RESULT - (share.signed if share is not None else 0)


@transaction.atomic
def spend(
    text: str, *, origin: str, challenge: str, over: int | None, under: int | None, level: Level, at: datetime
) -> Statement:
    """Take a token that was shown to a site, once and for all, and return what it says; raises `NotTaken`.

    A token that is not enough for the area stays unspent, so it may open another one.
    """
    token, key = _read(text, at=at)
    said = keyring.statement_of(key)
    if not blindtokens.is_signed(
        keyring.public_key(key), message=token.message, signature=token.signature, suite=SUITE
    ):
        raise NotTaken(Code.WRONG_SIGNATURE)
    if not token.is_held(origin=origin, challenge=challenge):
        raise NotTaken(Code.WRONG_SITE)
    if not said.is_enough(over=over, under=under, level=level):
        raise NotTaken(Code.NOT_ENOUGH)
    try:
        with transaction.atomic():
            SpentToken.objects.create(key=key, digest=hashlib.sha256(token.holder).digest())
    except IntegrityError:
        raise NotTaken(Code.SPENT) from None
    return said


def _read(text: str, *, at: datetime) -> tuple[wire.Token, BlindKey]:
    try:
        token = wire.read(text)
    except wire.Unreadable:
        raise NotTaken(Code.UNREADABLE) from None
    key = BlindKey.objects.defer("private").filter(kid=token.kid).first()
    if key is None:
        raise NotTaken(Code.UNKNOWN_KEY)
    if key.good_until_at <= at:
        raise NotTaken(Code.OVER)
    return token, key

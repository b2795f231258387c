"""What an attempt remembers of its request to a wallet, sealed in its row and erased when it ends: no proof, only what it said."""

from __future__ import annotations

import base64
import dataclasses
import json
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from django.db.models import QuerySet

from leeward.age.models import AgeTransaction

_NONCE_BYTES = 32
_SCALAR_BYTES = 32
_CURVE = ec.SECP256R1()


@dataclass(frozen=True)
class Memory:
    """The secrets of one request, and what came of it.

    `over` is what a proof said, by age; empty until one came. `code` must come back with the visitor where the wallet leads them
    back. `refused` says why the last answer did not count.
    """

    nonce: str
    key: str
    over: dict[str, bool] = field(default_factory=dict)
    code: str = ""
    refused: str = ""
    tries: int = 0

    @property
    def nonce_octets(self) -> bytes:
        """The nonce as octets."""
        return _octets(self.nonce)

    @property
    def private_key(self) -> ec.EllipticCurvePrivateKey:
        """The key to which an answer through the browser is sealed."""
        return ec.derive_private_key(int.from_bytes(_octets(self.key)), _CURVE)

    @property
    def ages(self) -> dict[int, bool]:
        """What a proof said, by age."""
        return {int(age): is_over for age, is_over in self.over.items()}


def of(attempt: AgeTransaction) -> Memory | None:
    """Return what an attempt remembers, or None where it has asked no wallet yet, or is over."""
    return Memory(**json.loads(attempt.memory)) if attempt.memory else None


def begun(attempt: AgeTransaction) -> Memory:
    """Return the request of an attempt, made now where there is none."""
    scalar = ec.generate_private_key(_CURVE).private_numbers().private_value
    fresh = Memory(nonce=_text(secrets.token_bytes(_NONCE_BYTES)), key=_text(scalar.to_bytes(_SCALAR_BYTES)))
    _pending(attempt).filter(memory="").update(memory=_written(fresh))
    # Another request of the same page may have been the first.
    attempt.refresh_from_db(fields=["memory"])
    return of(attempt) or fresh


def keep(attempt: AgeTransaction, memory: Memory) -> bool:
    """Write what an attempt remembers now, and say whether it was still open."""
    return bool(_pending(attempt).exclude(memory="").update(memory=_written(memory)))


def _pending(attempt: AgeTransaction) -> QuerySet[AgeTransaction]:
    return AgeTransaction.objects.filter(pk=attempt.pk, state=AgeTransaction.State.PENDING)


def _written(memory: Memory) -> str:
    return json.dumps(dataclasses.asdict(memory), separators=(",", ":"))


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

"""Challenges that carry their own terms, signed, so that nothing has to be remembered until one is solved.

A solution of the challenge c is the text c:n with a decimal n such that SHA-256 of that text begins with so many zero bits.
Source: Back, Hashcash - A Denial of Service Counter-Measure, 2002; here the server chooses the challenge.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from enum import StrEnum

LIFE_S = 600.0  # Long enough for an old phone, short enough that few are spent and not yet forgotten.
AHEAD_S = 60.0  # How far the clock of the server that gave a challenge may be before that of the one that checks it.
NONCE_BYTES = 12
MOST_BITS = 40  # More is no work for a browser, but a closed door.

_SIGNATURE_BYTES = 16
_TERMS = struct.Struct(f">BI{NONCE_BYTES}s")  # The bits, the second of its making, and what makes it unlike all others.
# Base64 of 33 bytes has no rest and so one spelling only. With the colon and 10 digits it fits into one block of SHA-256:
# somebody who writes a faster solver than a browser's has no first block to compute once for all tries.
_LETTERS = (_TERMS.size + _SIGNATURE_BYTES) // 3 * 4
_DIGITS = 15  # JavaScript counts exactly up to 2**53.


class Refusal(StrEnum):
    """Say why a solution does not count."""

    NOT_OURS = "not_ours"
    EXPIRED = "expired"
    TOO_LITTLE_WORK = "too_little_work"


class ProofRefused(Exception):
    """The solution does not count, for `reason`. Ask for a new challenge and solve that one."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(f"proof refused ({reason}): solve a new challenge")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Proof:
    """Work that was done: of how many bits, for which nonce, and until when somebody must remember that it is spent."""

    bits: int
    nonce: bytes
    expires_at: float


def challenge(secret: bytes, *, at: float, bits: int, nonce: bytes) -> str:
    """Return a signed challenge of 44 ASCII letters that lives `LIFE_S` seconds from `at`, in seconds since 1970.

    `nonce` is `NONCE_BYTES` random bytes. It costs 2**`bits` tries on average; 0 to `MOST_BITS`.
    """
    if len(nonce) != NONCE_BYTES or not 0 <= bits <= MOST_BITS:
        raise ValueError(f"a challenge has a nonce of {NONCE_BYTES} bytes and 0 to {MOST_BITS} bits; pass those")
    terms = _TERMS.pack(bits, int(at), nonce)
    return base64.urlsafe_b64encode(terms + _signature(secret, terms)).decode()


def check(secret: bytes, solution: str, *, at: float) -> Proof:
    """Return what was proved by a solution, or raise `ProofRefused`. Whether it was spent before, only the caller knows."""
    text, colon, number = solution.rpartition(":")
    if not (colon and number.isascii() and number.isdecimal() and len(number) <= _DIGITS):
        raise ProofRefused(Refusal.NOT_OURS)
    bits, made_at, nonce = _TERMS.unpack(_signed_by(secret, text))
    expires_at = made_at + LIFE_S
    if not made_at - AHEAD_S <= at < expires_at:
        raise ProofRefused(Refusal.EXPIRED)
    if not has_zero_bits(solution.encode(), bits=bits):
        raise ProofRefused(Refusal.TOO_LITTLE_WORK)
    return Proof(bits, nonce, expires_at)


def has_zero_bits(text: bytes, *, bits: int) -> bool:
    """True where SHA-256 of `text` begins with at least so many zero bits."""
    return not int.from_bytes(hashlib.sha256(text).digest(), "big") >> (256 - bits)


def _signed_by(secret: bytes, text: str) -> bytes:
    if len(text) != _LETTERS or not text.isascii():
        raise ProofRefused(Refusal.NOT_OURS)
    try:
        whole = base64.b64decode(text, altchars=b"-_", validate=True)
    except binascii.Error:
        raise ProofRefused(Refusal.NOT_OURS) from None
    terms, signature = whole[: _TERMS.size], whole[_TERMS.size :]
    # Letters of the other base64 alphabet would spell the same bytes, and then there were two texts of one challenge.
    if "+" in text or "/" in text or not hmac.compare_digest(signature, _signature(secret, terms)):
        raise ProofRefused(Refusal.NOT_OURS)
    return terms


def _signature(secret: bytes, terms: bytes) -> bytes:
    return hmac.digest(secret, terms, hashlib.sha256)[:_SIGNATURE_BYTES]

"""Sign a message that one cannot read: RFC 9474, section 4.3."""

from __future__ import annotations

import math
import secrets

from cryptography.hazmat.primitives.asymmetric import rsa

_LEAST_BITS = 2048  # RFC 9474, section 7.


class NotSigned(Exception):
    """A blinded message was not signed: it has another length than the key, or is no number below its modulus. Blind it again."""


class FaultySignature(Exception):
    """The machine computed a wrong signature, which would give the key away, so it was thrown away. Replace the machine."""


class Signer:
    """Sign blinded messages with one key, of 2048 bits or more.

    Whoever measures how long it takes learns nothing of use: each message is multiplied by a number drawn for it, before the key
    touches it. Python's numbers still take no constant time, so signers belong behind a limit on how often one may ask.
    """

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        """Take the key. Raises `ValueError` where it is too short."""
        if key.key_size < _LEAST_BITS:
            raise ValueError(f"The key has {key.key_size} bits; make one of {_LEAST_BITS} or more.")
        numbers = key.private_numbers()
        self._n, self._e = numbers.public_numbers.n, numbers.public_numbers.e
        self._p, self._q = numbers.p, numbers.q
        self._dp, self._dq, self._q_inverse = numbers.dmp1, numbers.dmq1, numbers.iqmp
        self._bytes = (self._n.bit_length() + 7) // 8

    def sign(self, blinded: bytes) -> bytes:
        """Return the signature of a blinded message. Raises `NotSigned`, or `FaultySignature` where the machine erred."""
        message = int.from_bytes(blinded)
        if len(blinded) != self._bytes or message >= self._n:
            raise NotSigned
        veil = self._veil()
        veiled = message * pow(veil, self._e, self._n) % self._n
        signature = self._power(veiled) * pow(veil, -1, self._n) % self._n
        # A fault in one half of the computation would show the factors to whoever asked: RFC 9474, section 4.3, step 4.
        if pow(signature, self._e, self._n) != message:
            raise FaultySignature
        return signature.to_bytes(self._bytes)

    def _veil(self) -> int:
        while True:
            veil = 1 + secrets.randbelow(self._n - 1)
            if math.gcd(veil, self._n) == 1:
                return veil

    def _power(self, message: int) -> int:
        """Return `message` to the private exponent, by the Chinese remainder theorem: RFC 8017, section 5.1.2."""
        of_p = pow(message % self._p, self._dp, self._p)
        of_q = pow(message % self._q, self._dq, self._q)
        return of_q + self._q * ((of_p - of_q) * self._q_inverse % self._p)

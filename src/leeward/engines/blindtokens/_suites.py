"""The four suites of RFC 9474, section 5, and how a finished signature is verified."""

from __future__ import annotations

from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

_HASH = hashes.SHA384()
_HASH_BYTES = 48


class Suite(StrEnum):
    """A suite under its registered name. In a randomized one the message begins with 32 octets that the holder drew."""

    PSS_RANDOMIZED = "RSABSSA-SHA384-PSS-Randomized"
    PSS_ZERO_RANDOMIZED = "RSABSSA-SHA384-PSSZERO-Randomized"
    PSS_DETERMINISTIC = "RSABSSA-SHA384-PSS-Deterministic"
    PSS_ZERO_DETERMINISTIC = "RSABSSA-SHA384-PSSZERO-Deterministic"

    @property
    def salt_bytes(self) -> int:
        """How long the salt inside a signature is."""
        return 0 if "PSSZERO" in self.value else _HASH_BYTES


def is_signed(key: rsa.RSAPublicKey, *, message: bytes, signature: bytes, suite: Suite) -> bool:
    """Say whether `signature` is that of `key` under `message`. This is plain RSA-PSS, so every library can ask it."""
    pss = padding.PSS(mgf=padding.MGF1(_HASH), salt_length=suite.salt_bytes)
    try:
        key.verify(signature, message, pss, _HASH)
    except InvalidSignature:
        return False
    return True

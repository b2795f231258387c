"""Sealed messages: HPKE (RFC 9180) to a key, and the keys that a code of 16 digits opens.

The suite is DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM in base mode, one-shot. A sealed message is the
encapsulated key, 32 octets, and the ciphertext with its tag. `static/helplines/sealing.js` does the same in the browser.
"""

from __future__ import annotations

from leeward.engines.sealing.codes import ROUNDS, Opening, from_code
from leeward.engines.sealing.hpke import (
    KEY_BYTES,
    OVERHEAD_BYTES,
    NotOpened,
    Pair,
    new_pair,
    open_sealed,
    public_of,
    seal,
)
from leeward.engines.sealing.places import INFO, aad, note_aad, private_aad

__all__ = [
    "INFO",
    "KEY_BYTES",
    "OVERHEAD_BYTES",
    "ROUNDS",
    "NotOpened",
    "Opening",
    "Pair",
    "aad",
    "from_code",
    "new_pair",
    "note_aad",
    "open_sealed",
    "private_aad",
    "public_of",
    "seal",
]

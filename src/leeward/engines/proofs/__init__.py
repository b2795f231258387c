"""Ask a sender for a little work of its machine, and know at once whether that was done. Plain values in and out."""

from leeward.engines.proofs._challenge import (
    LIFE_S,
    MOST_BITS,
    NONCE_BYTES,
    Proof,
    ProofRefused,
    Refusal,
    challenge,
    check,
)
from leeward.engines.proofs._solving import solve

__all__ = [
    "LIFE_S",
    "MOST_BITS",
    "NONCE_BYTES",
    "Proof",
    "ProofRefused",
    "Refusal",
    "challenge",
    "check",
    "solve",
]

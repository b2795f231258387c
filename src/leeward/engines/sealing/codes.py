"""What the 16 digits of a code open: the finder of a talk and its key pair, slow to derive so that guessing is dear."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import pbkdf2_hmac, sha256

from leeward.engines.sealing.hpke import KEY_BYTES, public_of

# OWASP Password Storage Cheat Sheet, 2023: 600,000 for PBKDF2-HMAC-SHA256. WebCrypto knows no memory-hard function.
ROUNDS = 600_000
_FINDER, _KEY = b"leeward finder 1", b"leeward child key 1"


@dataclass(frozen=True)
class Opening:
    """What a code gives: 32 octets that find its talk, and the key pair that answers are sealed to."""

    finder: bytes
    private: bytes
    public: bytes


def from_code(code: str, *, site: bytes) -> Opening:
    """Return what a code opens on this site; `site` is its public salt. Takes a quarter of a second of a core.

    The finder tells nothing of the key: each is its own output of HKDF-SHA256 (RFC 5869), whose input is uniform already.
    """
    seed = pbkdf2_hmac("sha256", code.encode("ascii"), site, ROUNDS, KEY_BYTES)
    private = _expand(seed, _KEY)
    return Opening(_expand(seed, _FINDER), private, public_of(private))


def _expand(seed: bytes, label: bytes) -> bytes:
    return hmac.digest(seed, label + b"\x01", sha256)

"""What is announced about issuers of proofs. Whoever showed one stands in none of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class IssuerTrusted:
    """Proofs of this issuer count from now on."""

    issuer_uid: str
    fingerprint: str


@dataclass(frozen=True)
class IssuerWithdrawn:
    """Proofs of this issuer count no more."""

    issuer_uid: str
    fingerprint: str

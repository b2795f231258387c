"""What exchange announces about the signs of partners. Ids only: neither what a sign names nor whose it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SignAccepted:
    """A person let a partner's sign protect."""

    received_uid: str


@dataclass(frozen=True)
class SignRefused:
    """A person refused a partner's sign that waited, and said why."""

    received_uid: str
    reason: str


@dataclass(frozen=True)
class SignDistrusted:
    """A person took a partner's sign out of force here; its origin still stands by it."""

    received_uid: str
    reason: str


@dataclass(frozen=True)
class SignDecisionUndone:
    """Somebody took the last decision about a partner's sign back."""

    received_uid: str


@dataclass(frozen=True)
class SignDoubted:
    """So many others disagree with a partner's sign that it waits for a person again."""

    received_uid: str
    count: int


@dataclass(frozen=True)
class CanaryMet:
    """A partner told something harmless that was planted. Somebody should talk with its people."""

    received_uid: str


@dataclass(frozen=True)
class CanarySeen:
    """Somebody looked at a partner that told something harmless."""

    received_uid: str


@dataclass(frozen=True)
class SignShown:
    """Somebody asked to see the address in a partner's sign."""

    received_uid: str

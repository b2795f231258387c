"""What is announced about video calls. What staff said of a visitor stands in none of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DeskSet:
    """Staff said until when calls are taken; empty where none are any more."""

    open_until: str


@dataclass(frozen=True)
class CallSettled:
    """Two members of staff have answered, and what they said is erased."""

    call_uid: str
    agreed: bool

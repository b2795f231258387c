"""What sharing announces."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SharingAdded:
    """A rule lets partners see more, anew or again."""

    rule_uid: str


@dataclass(frozen=True)
class SharingEnded:
    """A rule lets nobody see anything any more."""

    rule_uid: str

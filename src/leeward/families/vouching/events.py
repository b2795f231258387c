"""What is announced where a guardian says an age: who for whom on what evidence, and never the age itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AgeVouched:
    """A guardian said how old a child is. That the guardian is a grown-up, and that the two belong together, are kept apart."""

    child_uid: str
    guardian_uid: str
    adult_level: int
    relation: str


@dataclass(frozen=True)
class AgeVouchEnded:
    """What a guardian said of a child's age counts no more."""

    child_uid: str

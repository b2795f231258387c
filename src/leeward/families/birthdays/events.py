"""What birthdays announce: which child, and nothing of its age, so that no age of a child stands in the chain of records."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BirthdaySaid:
    """A guardian said when a child comes to its next threshold, or that nobody shall keep that any more."""

    child_uid: str


@dataclass(frozen=True)
class BirthdayNears:
    """A child comes to its next threshold in so many days; child and guardians read it."""

    child_uid: str
    days: int


@dataclass(frozen=True)
class BirthdayCrossed:
    """A child came to a threshold. What hangs on its age is looked at anew."""

    child_uid: str

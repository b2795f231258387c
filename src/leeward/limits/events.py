"""What limits announce: ids only, so that no name of a site and no habit of a child stands in the chain of records."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LimitsChanged:
    """Something about limits is other than before, or they are new. `limits_id` is the number of the profile."""

    household_uid: str
    limits_id: int


@dataclass(frozen=True)
class AskMade:
    """A child asked for something."""

    household_uid: str
    ask_uid: str


@dataclass(frozen=True)
class AskAnswered:
    """A guardian said yes or no, or the child took its question back."""

    household_uid: str
    ask_uid: str

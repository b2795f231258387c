"""How sure a result is, and what it stands on: the words of IEEE 2089.1-2024 and of ISO/IEC 27566-1:2025."""

from __future__ import annotations

import enum
from collections.abc import Mapping

# The ages that are kept of a person with an account, and no other.
THRESHOLDS = (13, 15, 16, 18)


class Level(enum.IntEnum):
    """How sure a result is. Whoever wants one takes every higher one, too."""

    ASSERTED = 1
    BASIC = 2
    STANDARD = 3
    ENHANCED = 4
    STRICT = 5

    @property
    def acr(self) -> str:
        """The word that a token says, such as `standard`."""
        return self.name.lower()

    @classmethod
    def of_acr(cls, word: str) -> Level | None:
        """Return the level that a token names, or None for any other word."""
        return next((level for level in cls if level.acr == word), None)


class Kind(enum.StrEnum):
    """What a method does: look it up, measure it, conclude it, or take somebody's word."""

    VERIFICATION = "verification"
    ESTIMATION = "estimation"
    INFERENCE = "inference"
    DECLARATION = "declaration"


def claims(over: Mapping[int, bool], age: int) -> frozenset[bool]:
    """Return what statements such as {16: True, 18: False} say about being over `age`: nothing, one thing, or both."""
    return frozenset(is_over for threshold, is_over in over.items() if says(threshold, is_over, about=age))


def says(threshold: int, is_over: bool, *, about: int) -> bool:
    """True where a statement about one age answers for another.

    Who is over 18 is over 16, and who is not over 15 is not over 16; nothing else follows (ISO/IEC 18013-5, 7.2.5).
    """
    return threshold >= about if is_over else threshold <= about

"""The values that go into a policy and come out of it."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

MAX_SIGN: Final = 2**64 - 1  # A sign is stored as one unsigned 64-bit word.


class Reason(IntEnum):
    """Say who decided. The numbers are the Extended DNS Error codes of RFC 8914, section 4."""

    operator_block = 15
    censored = 16  # The law, a court or a regulator asked for it.
    filtered = 17  # The family or the school asked for it.


@dataclass(frozen=True, slots=True)
class Entry:
    """Ask that `name` and every name below it be kept away because of one `sign` (an unsigned 64-bit id)."""

    name: str
    reason: Reason
    sign: int

    def __post_init__(self) -> None:
        """Refuse a sign that does not fit the file."""
        if not 0 <= self.sign <= MAX_SIGN:
            raise ValueError(f"sign: {self.sign} is not between 0 and 2**64 - 1; pass the id of the indicator")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Tell whether a name is kept away and, if so, which blocked name covers it, why, and by which sign."""

    blocked: bool
    name: str
    reason: Reason | None
    sign: int | None


ALLOWED: Final = Verdict(blocked=False, name="", reason=None, sign=None)

"""What filtering announces."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ListChanged:
    """Other names of a list are in force now, or none any more; whoever compiles reads `lists.in_force()` anew."""

    source_id: int
    count: int


@dataclass(frozen=True)
class ListQuarantined:
    """A list came that changed too much to be taken without a person."""

    source_id: int
    reason: str

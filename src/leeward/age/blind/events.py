"""What is announced of blind tokens: their keys. Nobody who took or spent one stands in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class KeyEntered:
    """A key stands in the register from now on, at `number`; `digest` is that of its entry, which holds all before it.

    `says` is what its tokens say, such as `over 18 standard`, and `week` the Monday on which it begins to sign.
    """

    number: int
    kid: str
    digest: str
    says: str
    week: str

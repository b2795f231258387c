"""What filtering announces. Ids and numbers only: the names of an order or a list are nobody's business here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ListChanged:
    """Other names of a list are in force now, or none any more; whoever compiles reads `listing.in_force()` anew."""

    source_id: int
    count: int


@dataclass(frozen=True)
class ListQuarantined:
    """A list came that changed too much to be taken without a person."""

    source_id: int
    reason: str


@dataclass(frozen=True)
class LineLinked:
    """A guardian linked a line of the provider with their household."""

    household_uid: str
    line_uid: str


@dataclass(frozen=True)
class LineUnlinked:
    """A guardian, or the operator, took a line from a household."""

    household_uid: str
    line_uid: str


@dataclass(frozen=True)
class LineLookedUp:
    """An operator looked up a line by its reference."""

    line_uid: str


@dataclass(frozen=True)
class LegalOrderEntered:
    """The names of an order are closed from now on."""

    order_uid: str
    count: int


@dataclass(frozen=True)
class LegalOrderLifted:
    """An order closes nothing any more."""

    order_uid: str


@dataclass(frozen=True)
class LegalReviewExtended:
    """Somebody looked at an order again, and it stays in force until the next review."""

    order_uid: str


@dataclass(frozen=True)
class LegalStepUndone:
    """The last step with an order was undone; whoever compiles reads its state anew."""

    order_uid: str


@dataclass(frozen=True)
class LegalReviewNear:
    """The day comes near on which somebody must look at an order again."""

    order_uid: str

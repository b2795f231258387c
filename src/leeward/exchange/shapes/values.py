"""What every shape shares: a sign that is told, one that is offered, and why one cannot be read."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from leeward.indicators.models import Kind
from leeward.indicators.services import Sign


@dataclass(frozen=True, slots=True)
class Told:
    """The last version of a sign as a reader is told of it, with its place in the collection."""

    place: int
    added_at: datetime
    uid: uuid.UUID
    kind: Kind
    value: str
    category: str
    tlp: str
    valid_until: datetime | None
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """One sign that a partner offers, or takes back; `object_id` is the same for the same thing of the same partner."""

    sign: Sign
    object_id: str
    version_at: datetime
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a file or an answer is wrong, counted from 1, and in a whole sentence what to do. It repeats no value."""

    line: int
    column: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.what}"


class Unreadable(ValueError):
    """What came has not the shape that its partner promised, so nothing of it was taken. The message names the place."""


def object_id(partner: uuid.UUID, *words: str) -> str:
    """Return the id under which a sign without a STIX id is known here: the same for the same partner and words, always."""
    return f"indicator--{uuid.uuid5(partner, chr(0).join(words))}"

"""Where each object stands in the collection, and the time of addition that belongs to that place.

A place is a number. A change at position p of the log has the place SHELF + p. The places up to SHELF, a microsecond
each, end just before the log begins: there stands what signs refer to, so whoever reads from the start has it first.
Time grows strictly with place, so `added_after` and `next` are two names for the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from leeward.core.models import Record

SHELF = 100  # Never to change: partners keep marks that count from it.
_TICK = timedelta(microseconds=1)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Places:
    """The order, once something was stamped; `begun_at` is the time of position 1."""

    begun_at: datetime

    @classmethod
    def current(cls) -> Self | None:
        """Return the order, or None before anything was stamped."""
        begun_at = Record.objects.filter(position=1).values_list("stamped_at", flat=True).first()
        return None if begun_at is None else cls(begun_at)

    def on_shelf(self, objects: int) -> list[tuple[int, datetime]]:
        """Return the places, with their times, of so many objects that stand before the log."""
        places = range(SHELF - objects + 1, SHELF + 1)
        return [(place, self.before_log(place)) for place in places]

    def before_log(self, place: int) -> datetime:
        """Return the time of a place on the shelf; of a later place, the time of the shelf's end."""
        return self.begun_at - max(SHELF + 1 - place, 1) * _TICK

    def reached_at(self, moment: datetime) -> int:
        """Return the last place whose time is not after `moment`, or 0: what `added_after` leaves out."""
        record = Record.objects.filter(stamped_at__lte=moment).order_by("-position").first()
        if record is None or record.position is None or record.stamped_at is None:
            return max(0, SHELF + 1 - (self.begun_at - moment) // _TICK)
        offset = (moment - record.stamped_at) // _TICK
        return SHELF + record.position + min(offset, record.span - 1)

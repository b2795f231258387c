"""Follow what families, limits, lines and lists announce, and keep the tables of the families at their state."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import connection
from django.utils import timezone

from leeward.core import following, wakeups
from leeward.core.models import Record
from leeward.filtering.family import facts, rows, state
from leeward.filtering.family.names import End, Making
from leeward.filtering.family.plane import SLEPT_S, Plane
from leeward.filtering.lists import listing

log = logging.getLogger("leeward.filtering")

# A parent waits for this one, so it looks up to a hundred times a second; each look costs one cheap read.
REST_S: Final = 0.01
_IDLE_S: Final = 1.0
_MAKING_S: Final = 0.1
# Storing costs some syncs, so what comes meanwhile is stored together; after a crash it is read again.
_STORE_S, _STORE_IDLE_S = 0.5, 60.0
_LINES_S: Final = 1.0
# A session that was committed late, or by a machine whose clock is behind, is still seen.
_LINES_BACK: Final = timedelta(seconds=60)
_SELDOM_S: Final = 60.0
# How soon names are made again that could not be made; twice as late each time, and at the latest seldom.
_AGAIN_S: Final = 2.0
_BAKE_AT_ONCE: Final = 50
# Making all tables is the work of a minute where there are many families.
_REOPEN_S: Final = 5.0


class Follower:
    """Keeps one plane at the state of the database. `step` does what is due and is harmless at any time."""

    def __init__(self, plane: Plane, *, place: Path) -> None:
        self.plane = plane
        self._place = place
        self._names = _Names(place)
        self._baking: list[int] = []
        self._is_dirty = self._is_in_trouble = False
        self._lines_from = datetime.fromtimestamp(plane.looked_at_s, UTC) - _LINES_BACK
        self._lines_due = self._bake_due = 0.0
        self._stored_at = time.monotonic()

    def step(self, *, at: datetime) -> float:
        """Do what is due, and return how long it can rest where nothing is committed.

        Where the disk is full, readers keep what they have, and it is tried again.
        """
        try:
            self._do(at=at)
        except OSError as error:
            if not self._is_in_trouble:
                log.error("the tables of the families cannot be written", extra={"error": error.errno})
            self._is_in_trouble = True
            return _IDLE_S
        if self._is_in_trouble:
            self._is_in_trouble = False
            log.warning("the tables of the families are written again")
        return self._rest_s()

    def _do(self, *, at: datetime) -> None:
        if self.plane.is_behind(at, by_s=SLEPT_S):
            self.plane = self.plane.again(at=at)
        self.plane.looked(at=at)
        self.catch_up(at=at)
        now = time.monotonic()
        self._poll_lines(now=now, at=at)
        self._is_dirty |= self._names.tend(self.plane, now=now)
        self._bake(now=now, at=at)
        if now - self._stored_at >= (_STORE_S if self._is_dirty else _STORE_IDLE_S):
            self.plane.store(at=at)
            self._is_dirty, self._stored_at = False, now

    def catch_up(self, *, at: datetime) -> int:
        """Take in everything that was stamped since, and return the number of facts."""
        count, head = 0, following.head()
        if head == self.plane.position:
            return 0
        while records := following.since(self.plane.position, kinds=facts.KINDS):
            self._take_in(records, at=at)
            self.plane.position = records[-1].last_position or head
            self._is_dirty = True
            count += len(records)
        self.plane.position = max(self.plane.position, head)
        return count

    def _take_in(self, records: Iterable[Record], *, at: datetime) -> None:
        homes: set[str] = set()
        numbers: set[int] = set()
        for record in records:
            if record.kind in facts.NAMES:
                self._names.look_soon()
            elif record.kind == facts.LIMITS and self.plane.has_profile(record.facts["limits_id"]):
                numbers.add(record.facts["limits_id"])
            else:
                # Limits that are new, too: there may be identities that waited for them.
                homes.add(record.facts["household_uid"])
                # A line that was taken from a household is found among those that moved.
                self._lines_due = 0.0
        self.plane.put_profiles(sorted({*numbers, *rows.numbers_of(homes)}), at=at)
        self.plane.put_identities(rows.devices_of(homes, at=at), at=at)
        self.plane.put_identities(rows.lines_of(homes), at=at)

    def _poll_lines(self, *, now: float, at: datetime) -> None:
        if now >= self._lines_due:
            self._lines_due = now + _LINES_S
            self.plane.put_identities(rows.lines_moved_since(self._lines_from), at=at)
            self._lines_from = at - _LINES_BACK

    def _bake(self, *, now: float, at: datetime) -> None:
        """Reckon windows anew once a day, a few profiles at a time, so that a change in between does not wait."""
        if now >= self._bake_due and not self._baking:
            self._bake_due = now + _SELDOM_S
            self._baking = self.plane.to_bake(at=at)
        some, self._baking = self._baking[:_BAKE_AT_ONCE], self._baking[_BAKE_AT_ONCE:]
        if some:
            self.plane.put_profiles(some, at=at)
            self._is_dirty = True

    def _rest_s(self) -> float:
        if self._baking:
            return REST_S
        if self._names.is_making:
            return _MAKING_S
        return _STORE_S if self._is_dirty else _IDLE_S

    def close(self, *, at: datetime) -> None:
        """Store how far it came, and let another process write."""
        self._names.close()
        self.plane.close(at=at)


class _Names:
    """Keeps the table of names at the state of the lists."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._making: Making | None = None
        self._due, self._again_s = 0.0, _AGAIN_S
        self._told = ""

    @property
    def is_making(self) -> bool:
        return self._making is not None

    def look_soon(self) -> None:
        """Look at the lists with the next step."""
        self._due = 0.0

    def tend(self, plane: Plane, *, now: float) -> bool:
        """Take a table that was made, or begin one where it is time; return True where the tables changed."""
        if self._making is None and now >= self._due:
            self._due = now + _SELDOM_S
            self._begin(plane)
        if self._making is None or not self._making.is_over:
            return False
        making, self._making = self._making, None
        try:
            return self._take(plane, making, now=now)
        finally:
            making.close()

    def _begin(self, plane: Plane) -> None:
        position, sources = plane.position, listing.in_force()
        if sources.lost:
            self._tell("files of lists are not on this machine; the last names stay in force", count=sources.lost)
        elif sources.digest == plane.names:
            plane.names_position, self._told = position, ""
        else:
            self._making = Making(sources, beside=self._place, position=position)

    def _take(self, plane: Plane, making: Making, *, now: float) -> bool:
        end = making.end()
        if end is not End.MADE:
            self._due = now + self._again_s
            self._again_s = min(2 * self._again_s, _SELDOM_S)
            self._tell(f"names {end.name.lower().replace('_', ' ')}; the last ones stay in force", making.sources.count)
            return False
        plane.take_names(making)
        # Other names may have come meanwhile.
        self._due, self._again_s, self._told = 0.0, _AGAIN_S, ""
        return True

    def _tell(self, words: str, count: int) -> None:
        if words != self._told:
            log.error(words, extra={"count": count})
        self._told = words

    def close(self) -> None:
        if self._making is not None:
            self._making.close()


def run(stop: threading.Event) -> None:
    """Follow until told to stop."""
    place = state.folder()
    with wakeups.bell(rest_s=REST_S) as bell:
        follower: Follower | None = None
        try:
            while not stop.is_set():
                follower = follower or _opened(place, at=timezone.now())
                if follower is None:
                    stop.wait(_REOPEN_S)
                else:
                    bell.wait(follower.step(at=timezone.now()))
        finally:
            if follower is not None:
                follower.close(at=timezone.now())
            connection.close()


def _opened(place: Path, *, at: datetime) -> Follower | None:
    try:
        return Follower(Plane.open(place, at=at), place=place)
    except OSError as error:
        log.error("the tables of the families cannot be made", extra={"error": error.errno})
        return None

"""How often one visitor may do a thing in a minute. Counted in the memory of each process: such a count is worth no file.

For wrong codes, whose counts all processes of a machine share and whose waits grow, see `attempts`.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta
from weakref import WeakSet

MINUTE = timedelta(minutes=1)
VISITORS = 10_000


class TooOften(Exception):
    """This visitor did it too often in the last minute: come again after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"come again after {seconds} s")
        self.seconds = seconds


class Pace:
    """The counts of one thing, such as answers to a question. Of more visitors than `VISITORS` the one longest away is forgotten."""

    def __init__(self) -> None:
        self._times: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()
        _all.add(self)

    def admit(self, visitor: str, *, a_minute: int, at: datetime) -> None:
        """Count once more for a visitor, which is an address, a network or a device; raises `TooOften` and counts nothing then."""
        with self._lock:
            self._forget_before(at - MINUTE)
            times = self._times.get(visitor, deque())
            while times and times[0] <= at - MINUTE:
                times.popleft()
            if len(times) >= a_minute:
                raise TooOften(max(1, math.ceil((times[0] + MINUTE - at).total_seconds())))
            times.append(at)
            self._times[visitor] = times
            self._times.move_to_end(visitor)
            if len(self._times) > VISITORS:
                self._times.popitem(last=False)

    def _forget_before(self, moment: datetime) -> None:
        while self._times and next(iter(self._times.values()))[-1] <= moment:
            self._times.popitem(last=False)

    def forget(self) -> None:
        """Forget every count, as a restart does."""
        with self._lock:
            self._times.clear()


_all: WeakSet[Pace] = WeakSet()


def forget() -> None:
    """Forget every count of this process, as a restart does."""
    for pace in list(_all):
        pace.forget()

"""How often each network may do a thing, counted in memory: what is counted here lasts a minute and is worth no file."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta

_NETWORKS = 10_000


class Paces:
    """Admits each network at most `most` times within a time; of too many networks the one seen longest ago is forgotten."""

    def __init__(self, *, most: int, within: timedelta) -> None:
        self._most, self._within = most, within
        self._times: OrderedDict[str, deque[datetime]] = OrderedDict()

    def admits(self, network: str, *, at: datetime) -> bool:
        """Return True and count, or False where it was too often."""
        times = self._times.setdefault(network, deque())
        self._times.move_to_end(network)
        while times and times[0] <= at - self._within:
            times.popleft()
        if len(times) >= self._most:
            return False
        times.append(at)
        if len(self._times) > _NETWORKS:
            self._times.popitem(last=False)
        return True

"""Wait for something to become true, never for time to pass."""

from __future__ import annotations

import time
from collections.abc import Callable

_POLL_S = 0.02


class NotInTime(Exception):
    """What was waited for did not happen. The message names it; look at the logs in the test's folder."""


def until[Value](predicate: Callable[[], Value | None], *, within_s: float, what: str) -> Value:
    """Return the first true value of `predicate`, asked every 20 ms; raise `NotInTime` after `within_s`."""
    deadline = time.monotonic() + within_s
    while not (value := predicate()):
        if time.monotonic() > deadline:
            raise NotInTime(f"waited {within_s:g} s for {what}")
        time.sleep(_POLL_S)
    return value

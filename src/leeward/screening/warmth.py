"""Whether this process has loaded and compiled what the first upload would otherwise wait for.

That takes a second or two, and on a new machine up to half a minute, once. Uploads wait a little for it and are held then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

# Shorter than the patience of whoever asks: a client that gives up learns nothing, one that is told «held» asks again.
PATIENCE_S = 5.0

_warm = threading.Event()
_warm.set()


def aside(warm_up: Callable[[], None]) -> None:
    """Run `warm_up` in a thread of its own; until it ends, this process is cold. One that never calls this is warm."""
    _warm.clear()

    def run() -> None:
        try:
            warm_up()
        finally:
            _warm.set()

    threading.Thread(target=run, name="warm-up", daemon=True).start()


def is_warm(*, patience_s: float = 0.0) -> bool:
    """Return whether this process can judge now, or within so many seconds."""
    return _warm.wait(patience_s)

"""Run one role of the system as a process: until SIGTERM or Ctrl-C, or until the process that started it is gone."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

_WATCH_S = 1.0


def run(work: Callable[[threading.Event], None], *, parent: int | None) -> None:
    """Call `work(stop)` in this thread; `stop` is set by a signal, or when the process `parent` has died."""
    stop = threading.Event()
    # In a thread of its own: the handler runs inside this thread, which may just hold the event's lock.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=stop.set, name="stop").start())
    if parent is not None:
        threading.Thread(target=_watch, args=(parent, stop), name="parent", daemon=True).start()
    work(stop)


def _watch(parent: int, stop: threading.Event) -> None:
    while os.getppid() == parent:
        if stop.wait(_WATCH_S):
            return
    stop.set()

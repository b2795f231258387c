"""Ctrl-C during the demo is heeded even where Python loses it: an exception raised inside a destructor is only printed."""

from __future__ import annotations

import signal
import threading

_told = threading.Event()


def listen() -> None:
    """Let Ctrl-C raise `KeyboardInterrupt` as ever, and remember that it came; call it from the main thread."""
    signal.signal(signal.SIGINT, _interrupt)


def _interrupt(*_: object) -> None:
    _told.set()
    raise KeyboardInterrupt


def heed() -> None:
    """Raise `KeyboardInterrupt` where Ctrl-C came at any time before; long waits ask at each turn."""
    if _told.is_set():
        raise KeyboardInterrupt

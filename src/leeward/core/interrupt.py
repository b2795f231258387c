"""Ctrl-C is heeded even where Python loses it: an exception raised inside a destructor or a callback is only printed."""

from __future__ import annotations

import signal
import threading

_told = threading.Event()


def listen(*numbers: signal.Signals) -> None:
    """Let Ctrl-C, or these signals, raise `KeyboardInterrupt` as ever, and remember it; call it from the main thread."""
    for number in numbers or (signal.SIGINT,):
        signal.signal(number, _interrupt)


def _interrupt(*_: object) -> None:
    _told.set()
    raise KeyboardInterrupt


def heed() -> None:
    """Raise `KeyboardInterrupt` where Ctrl-C came at any time before; long waits ask at each turn."""
    if _told.is_set():
        raise KeyboardInterrupt

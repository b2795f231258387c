"""Make a new table of names beside the one in use: millions of them in a process of their own, so that no pause waits for it."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
from enum import IntEnum
from multiprocessing.context import SpawnProcess
from pathlib import Path

from leeward.engines.policy import mapped
from leeward.filtering.lists.sources import Sources

# So many are made before another process would have started.
_FEW = 50_000
_PREFIX = "family-names-"


class End(IntEnum):
    """How the making of a table ended; the exit status of the process, too."""

    MADE = 0
    NOT_WRITTEN = 3
    NOT_LISTABLE = 4


class Making:
    """A table of names that is being made of `sources`, in a folder of its own. `close` removes what nobody took."""

    def __init__(self, sources: Sources, *, beside: Path, position: int = 0) -> None:
        """Begin, on the disk of the folder `beside`. `position` is where the sources were read."""
        self.sources, self.position = sources, position
        self.folder = Path(tempfile.mkdtemp(dir=beside.parent, prefix=_PREFIX))
        self._process: SpawnProcess | None = None
        self._end: End | None = None
        if sources.count <= _FEW:
            self._end = _made(self.folder, sources)
            return
        self._process = multiprocessing.get_context("spawn").Process(
            target=_make, args=(self.folder, sources), name="names", daemon=True
        )
        self._process.start()

    @property
    def is_over(self) -> bool:
        """True when the table was made, or cannot be."""
        return self._process is None or not self._process.is_alive()

    def end(self) -> End:
        """Wait until it is over and return how it ended. A process that was killed has not written."""
        if self._end is None and self._process is not None:
            self._process.join()
            status = self._process.exitcode
            self._end = next((end for end in End if end == status), End.NOT_WRITTEN)
        return self._end or End.MADE

    def close(self) -> None:
        """Stop, and remove the folder."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        shutil.rmtree(self.folder, ignore_errors=True)


def sweep(beside: Path) -> None:
    """Remove what a killed process left; only for whoever holds the tables."""
    for left in beside.parent.glob(f"{_PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)


def _make(folder: Path, sources: Sources) -> None:
    """Make the table in this process of its own, behind everything that somebody waits for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(10)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.exit(_made(folder, sources))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(End.NOT_WRITTEN)


def _made(folder: Path, sources: Sources) -> End:
    try:
        mapped.write_names(folder, sources.names())
    except OSError:
        return End.NOT_WRITTEN
    except (mapped.NotListable, UnicodeDecodeError):
        return End.NOT_LISTABLE
    return End.MADE

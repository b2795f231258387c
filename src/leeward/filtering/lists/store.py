"""The names of lists as files: sorted, one a line, so that a file can be merged, and searched without being read.

An exception stands as `@name`. A file is never changed: another state of a list is another file.
"""

from __future__ import annotations

import heapq
import mmap
import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from datetime import datetime
from itertools import batched
from pathlib import Path

from leeward.core import config
from leeward.engines.policy.lists import Row

# So many rows are sorted in memory at a time, some 100 bytes each; a longer list is merged from sorted files.
_RUN_ROWS = 500_000
_EXCEPTION = b"@"


def folder() -> Path:
    """Return the folder with the names of all lists."""
    path = config.current().server.data_dir.resolve() / "lists"
    path.mkdir(parents=True, exist_ok=True)
    return path


def write(rows: Iterable[Row], path: Path) -> int:
    """Write rows sorted and each once, and return how many. The file appears whole or not at all."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="sort-") as runs, ExitStack() as opened:
        for number, run in enumerate(batched(map(_line, rows), _RUN_ROWS, strict=False)):
            Path(runs, str(number)).write_bytes(b"".join(sorted(run)))
        files = [opened.enter_context(run.open("rb")) for run in Path(runs).iterdir()]
        count, whole = 0, Path(runs, "whole")
        with whole.open("xb") as file:
            last = b""
            for line in heapq.merge(*files):
                if line != last:
                    file.write(line)
                    count += 1
                last = line
            file.flush()
            os.fsync(file.fileno())
        whole.replace(path)
    return count


def holds(path: Path, row: Row) -> bool:
    """Say whether a file holds a row, with some twenty looks into it."""
    wanted = _line(row).rstrip(b"\n")
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        low, high = 0, len(mapped)
        while low < high:
            middle = (low + high) // 2
            start = mapped.rfind(b"\n", low, middle) + 1 or low
            end = mapped.find(b"\n", start)
            line = mapped[start:end]
            if line == wanted:
                return True
            low, high = (end + 1, high) if line < wanted else (low, start)
        return False


def retire(name: str) -> None:
    """Note that no list names this file from now on. It is kept for a while, for whoever has just begun to read it."""
    with suppress(FileNotFoundError):
        os.utime(folder() / name)


def sweep(named: frozenset[str], *, before: datetime) -> None:
    """Remove the files that no list names and nobody touched since `before`, with what a killed process left behind."""
    for path in folder().iterdir():
        if path.name in named or path.stat().st_mtime >= before.timestamp():
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _line(row: Row) -> bytes:
    name = row.name.encode("ascii") + b"\n"
    return _EXCEPTION + name if row.resets else name

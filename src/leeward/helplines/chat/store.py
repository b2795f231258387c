"""The database behind the lines: few threads of their own, so that talk never starves pages and pages never starve talk.

Writes go through one thread, which commits together what came while the disk was busy: one wait for the disk instead of many.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, close_old_connections, transaction

log = logging.getLogger("leeward.helplines")

_READERS = 2
# So many writes at most wait for the disk together; the first of them should not wait for the hundredth.
_TOGETHER = 64
_WAITING = 5_000


class Busy(Exception):
    """The database does not take it now: send it again a little later, with the same client id."""


@dataclass(order=True)
class _Write:
    order: int
    work: Callable[[], Any] = field(compare=False)
    done: asyncio.Future[Any] = field(compare=False)


class Store:
    """The threads of one process that read and write for its lines. They start when the first line asks."""

    def __init__(self) -> None:
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="lines-read")
        self._writes: queue.Queue[_Write] = queue.Queue(_WAITING)
        self._writer: threading.Thread | None = None

    async def read[Value](self, work: Callable[[], Value]) -> Value:
        """Run a read in a thread; raises `Busy` where the database fails, and what `work` raises."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, _guarded, work)

    async def write[Value](self, work: Callable[[], Value], *, order: int) -> Value:
        """Run a service in the writer's transaction and return when it is committed; raises `Busy`, and what `work` raises.

        `work` changes one thing by one statement, or is atomic by itself.
        Writes of one batch run in the rising order of the row that they lock, so that two processes never wait for each other.
        """
        if self._writer is None:
            self._writer = threading.Thread(target=self._write_on, name="lines-write", daemon=True)
            self._writer.start()
        done: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        try:
            self._writes.put_nowait(_Write(order, work, done))
        except queue.Full:
            raise Busy from None
        return await done

    def _write_on(self) -> None:
        while True:
            batch = [self._writes.get()]
            while len(batch) < _TOGETHER and not self._writes.empty():
                batch.append(self._writes.get_nowait())
            outcomes = _together(sorted(batch))
            loop = batch[0].done.get_loop()
            if not loop.is_closed():
                loop.call_soon_threadsafe(_tell, outcomes)


type _Outcomes = list[tuple[asyncio.Future[Any], Any]]


def _guarded[Value](work: Callable[[], Value]) -> Value:
    close_old_connections()
    try:
        return work()
    except DatabaseError as error:
        log.warning("a line could not read", extra={"error": type(error).__qualname__})
        raise Busy from None


def _together(batch: list[_Write]) -> _Outcomes:
    """Run writes in one transaction and return what became of each; one that was refused has undone itself."""
    close_old_connections()
    try:
        with transaction.atomic():
            return [(write.done, _outcome(write)) for write in batch]
    except DatabaseError as error:
        log.warning("lines could not write", extra={"error": type(error).__qualname__})
        return [(write.done, Busy()) for write in batch]


def _outcome(write: _Write) -> Any:
    try:
        return write.work()
    except DatabaseError:
        raise
    except Exception as refusal:  # noqa: BLE001  # handed to the line that asked, which knows its names
        return refusal


def _tell(outcomes: _Outcomes) -> None:
    for done, outcome in outcomes:
        if done.done():
            continue
        if isinstance(outcome, Exception):
            done.set_exception(outcome)
        else:
            done.set_result(outcome)


store = Store()

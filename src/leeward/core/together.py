"""Commit what several threads want to write at the same time in one transaction, because only one of them can write at a time.

On SQLite each transaction waits for its turn and for the disk. With eight reporters at once seven wait; here whoever comes first writes
for all who came meanwhile. Nobody is answered before the commit, so nothing is lost that was acknowledged.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

MOST = 16  # In one transaction: more would let the last one wait longer than by itself.


class NotWritten(Exception):
    """Whoever wrote for this thread was stopped before the commit: nothing is stored; ask again."""


class _Wish:
    """One thread's work, and how it ended. Its thread is woken when it is done, or when it is the one to lead."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.is_done = False
        self.result: Any = None
        # Until it is known to be committed.
        self.error: BaseException | None = NotWritten()
        self.woken = threading.Event()


_guard = threading.Lock()
_waiting: list[_Wish] = []
_is_led = False


def commit[Result](work: Callable[[], Result]) -> Result:
    """Run `work` in a transaction and return what it returns once that is committed; raise what it raises.

    It may run in another thread of this process and, where a neighbour's work failed, twice; so it writes to the database and
    does nothing else.
    """
    if connection.in_atomic_block or connection.vendor != "sqlite":
        with transaction.atomic():
            return work()
    wish = _Wish(work)
    if not _leads(wish):
        wish.woken.wait()
    if not wish.is_done:
        _lead(wish)
    if wish.error is not None:
        raise wish.error
    result: Result = wish.result
    return result


def _leads(wish: _Wish) -> bool:
    global _is_led  # noqa: PLW0603  # one queue a process, as there is one interpreter
    with _guard:
        if _is_led:
            _waiting.append(wish)
            return False
        _is_led = True
        return True


def _lead(mine: _Wish) -> None:
    """Write for this thread and for all who wait, then let the next one of those who came meanwhile lead."""
    global _is_led  # noqa: PLW0603  # see above
    with _guard:
        wishes = [mine, *_waiting[: MOST - 1]]
        del _waiting[: MOST - 1]
    try:
        _write(wishes)
    finally:
        with _guard:
            following = _waiting.pop(0) if _waiting else None
            _is_led = following is not None
        if following is not None:
            following.woken.set()
        for wish in wishes:
            wish.is_done = True
            wish.woken.set()


def _write(wishes: list[_Wish]) -> None:
    if len(wishes) == 1 or not _are_written(wishes):
        for wish in wishes:
            # Of several one failed, and each by itself shows which.
            _are_written([wish])


def _are_written(wishes: list[_Wish]) -> bool:
    try:
        with transaction.atomic():
            results = [wish.work() for wish in wishes]
    except Exception as error:  # noqa: BLE001  # it is raised again in the thread whose work it is
        for wish in wishes:
            wish.error = error
        return False
    for wish, result in zip(wishes, results, strict=True):
        wish.result, wish.error = result, None
    return True

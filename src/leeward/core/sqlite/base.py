"""Let each writer wait in the kernel for its turn.

SQLite lets one writer in at a time. Whoever comes meanwhile sleeps and tries again, for up to 100 ms a time, and whoever comes just
then is let in first: with a busy worker beside the web one write in twenty waited 240 ms. Here a writer holds an exclusive
`flock` of a file beside the database while its transaction lasts; the kernel wakes the next one in the moment that it is free, and
frees it for a process that died. It is about order only: SQLite's own lock still decides who may write.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db.backends.sqlite3 import base

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
# Threads of one process agree among themselves first, so that a process with many writers has no more turns than one with few,
# and so that those who wait do not take the interpreter from the one who writes.
_own_turn: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose writes take turns with those of every other process and thread of this database."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn: int | None = None
        self._has_turn = False
        self.execute_wrappers.append(self._in_turn)

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # of Django, unknown to its stubs
        except BaseException:
            self._end_turn()
            raise

    def _commit(self) -> None:
        # A commit that failed leaves the transaction open, and a rollback follows.
        super()._commit()  # type: ignore[misc]  # of Django, unknown to its stubs
        self._end_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # of Django, unknown to its stubs
        finally:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # of Django, unknown to its stubs
        finally:
            self._end_turn()
            if self._turn is not None:
                os.close(self._turn)
                self._turn = None

    def _in_turn(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Run one statement; one that writes outside of a transaction is a transaction by itself."""
        if self._has_turn or not sql.startswith(_WRITES):
            return execute(sql, params, many, context)
        self._take_turn()
        try:
            return execute(sql, params, many, context)
        finally:
            self._end_turn()

    @property
    def _place(self) -> str:
        # Asked anew each time: tests give a connection another database.
        return f"{self.settings_dict['NAME']}-turn"

    def _take_turn(self) -> None:
        if self._has_turn or self.is_in_memory_db():
            return
        if self._turn is None:
            self._turn = os.open(self._place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        _own_turn[self._place].acquire()
        fcntl.flock(self._turn, fcntl.LOCK_EX)
        self._has_turn = True

    def _end_turn(self) -> None:
        if self._has_turn and self._turn is not None:
            self._has_turn = False
            fcntl.flock(self._turn, fcntl.LOCK_UN)
            _own_turn[self._place].release()

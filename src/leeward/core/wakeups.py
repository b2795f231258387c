"""Wake a waiting process soon after another one commits, with nothing installed for it.

PostgreSQL tells by NOTIFY, sent right after the commit: as a part of it, it would let all commits wait for each other's disk.
SQLite has no such thing, but `PRAGMA data_version` of an open connection changes when any other connection commits and costs
microseconds, so it is asked every few milliseconds.
A wake-up may be early or for nothing; who wakes up looks at the rows. One that is lost costs `timeout_s` and no more.
Under load nobody looks at the rows once for each commit: between two wake-ups lies a rest, and what was committed meanwhile is
seen together. Whoever waited longer than that is woken at once.
"""

from __future__ import annotations

import sqlite3
import time
from types import TracebackType
from typing import Any, Protocol, Self

from django.db import connection, transaction

CHANNEL = "leeward"
_POLL_S = 0.004
# Four processes that looked after each of 175 reports a second took as long as receiving them did.
REST_S = 0.02
# For those who read what the first ones made of it: far below the two seconds in which everything is protected.
FOLLOWERS_REST_S = 0.1


def ring() -> None:
    """Wake the waiting ones when this transaction has committed."""
    if connection.vendor == "postgresql" and not any(_notify in waiting for waiting in connection.run_on_commit):
        # What is committed is committed: where nobody can be told, they look by themselves a second later.
        transaction.on_commit(_notify, robust=True)


def _notify() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


class Bell(Protocol):
    """Something to wait on. Open it before looking at the rows, or a commit in between is missed."""

    def wait(self, timeout_s: float) -> None:
        """Return soon after the next commit, or after `timeout_s`."""

    def close(self) -> None:
        """Free the connection."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class _Bell:
    """What every bell has: a rest between two wake-ups, and an end."""

    def __init__(self, rest_s: float) -> None:
        self._rest_s, self._woken_at = rest_s, 0.0

    def wait(self, timeout_s: float) -> None:
        end = time.monotonic() + timeout_s
        time.sleep(max(0.0, min(self._woken_at + self._rest_s, end) - time.monotonic()))
        # Only a commit is followed by a rest: whoever waited in vain is woken at once by the first one that comes.
        if self._heard(end):
            self._woken_at = time.monotonic()

    def _heard(self, end: float) -> bool:
        """Return True when something was committed since the last wake-up, False at `end` of the monotonic clock."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _SqliteBell(_Bell):
    """Asks `data_version` of a connection of its own, so that our commits count as another's."""

    def __init__(self, rest_s: float) -> None:
        super().__init__(rest_s)
        self._connection = sqlite3.connect(str(connection.settings_dict["NAME"]), timeout=5, check_same_thread=False)
        self._seen = self._version()

    def _version(self) -> int:
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    def _heard(self, end: float) -> bool:
        while (version := self._version()) == self._seen and time.monotonic() < end:
            time.sleep(_POLL_S)
        is_another, self._seen = version != self._seen, version
        return is_another

    def close(self) -> None:
        self._connection.close()


class _PostgresBell(_Bell):
    """Listens on a connection of its own."""

    def __init__(self, rest_s: float) -> None:
        super().__init__(rest_s)
        import psycopg  # only installed with the `scale` extra

        options: dict[str, Any] = connection.get_connection_params()
        wanted = {key: options[key] for key in ("dbname", "user", "password", "host", "port") if options.get(key)}
        self._connection = psycopg.connect(**wanted, autocommit=True)
        self._connection.execute(f"LISTEN {CHANNEL}")

    def _heard(self, end: float) -> bool:
        # All that came during the rest is one wake-up.
        if list(self._connection.notifies(timeout=0)):
            return True
        return bool(list(self._connection.notifies(timeout=max(0.0, end - time.monotonic()), stop_after=1)))

    def close(self) -> None:
        self._connection.close()


def bell(*, rest_s: float = REST_S) -> Bell:
    """Return a bell for the database in use that wakes up at most every `rest_s`."""
    return _PostgresBell(rest_s) if connection.vendor == "postgresql" else _SqliteBell(rest_s)

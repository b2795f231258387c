"""Begin a test as if nobody had sent a report for a while."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from leeward.reports import floods


def forget() -> None:
    """Forget how many reports each network sent, and which challenges are spent."""
    if floods.path().exists():
        with closing(sqlite3.connect(floods.path(), autocommit=True)) as rows:
            rows.executescript("DELETE FROM sent; DELETE FROM spent;")


def kept() -> tuple[int, int]:
    """Return how many counts and how many spent challenges are kept."""
    with closing(sqlite3.connect(floods.path(), autocommit=True)) as rows:
        counts = rows.execute("SELECT (SELECT count(*) FROM sent), (SELECT count(*) FROM spent)").fetchone()
    return (int(counts[0]), int(counts[1]))

"""What sweeps have seen: by what each file can be recognised, and where it lies, so that new signs need no second reading.

It is a list of hashes of innocent people's pictures. It lies in the data folder with mode 0600, can be left out, and is
deleted by one command. A table holds the rows; a segment of the matching engine, made of them, answers.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import numpy as np

from leeward.engines import matching
from leeward.screening import index
from leeward.screening.rescan import work
from leeward.screening.rescan.items import Item, Place
from leeward.screening.rescan.work import Finding

_SCHEMA = """
CREATE TABLE IF NOT EXISTS file (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  organisation INTEGER NOT NULL,
  place TEXT NOT NULL,
  ref BLOB NOT NULL,
  item_id TEXT NOT NULL,
  uploaded_at TEXT,
  near BLOB NOT NULL,
  exact BLOB NOT NULL,
  texts TEXT NOT NULL,
  is_unread INTEGER NOT NULL DEFAULT 0,
  UNIQUE (organisation, place, ref)
);
CREATE TABLE IF NOT EXISTS asked (only INTEGER PRIMARY KEY CHECK (only = 1), position INTEGER NOT NULL, mark BLOB NOT NULL);
"""
# A file that is seen again gets a new id, so the highest id says whether the segment is of today.
_ADD = "INSERT OR REPLACE INTO file (organisation, place, ref, item_id, uploaded_at, near, exact, texts) VALUES (?,?,?,?,?,?,?,?)"
_ITEM = "SELECT organisation, place, ref, item_id, uploaded_at FROM file WHERE id = ?"
_COLUMNS = {"near": "SELECT id, near FROM file ORDER BY id", "exact": "SELECT id, exact FROM file ORDER BY id"}


class AnotherSweepRuns(Exception):
    """Another sweep of this data folder is under way; wait for its end, or end it with Ctrl-C."""


@dataclass(frozen=True)
class Asked:
    """Up to where the change log was asked of everything that is here, and the mark by which its database is known."""

    position: int
    mark: bytes


def folder() -> Path:
    """Return where sweeps keep what they need, made where it is missing, for this user alone."""
    path = index.segment_path().parent / "seen"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold the data folder's place for one sweep; it is free again when the process ends, however it ends. Raises `AnotherSweepRuns`."""
    with (folder().parent / "sweep.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AnotherSweepRuns(
                "another sweep of this data folder is under way; wait for its end, or end it"
            ) from None
        yield


def forget() -> bool:
    """Delete everything that sweeps have seen, and return whether there was anything."""
    path = folder()
    was_there = any(path.iterdir())
    shutil.rmtree(path)
    return was_there


class Seen:
    """The rows of one data folder. One process writes."""

    def __init__(self, path: Path, rows: sqlite3.Connection) -> None:
        self._path, self._rows = path, rows

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the store in a folder, or begin one."""
        file = path / "seen.sqlite3"
        # Made before the database library makes it, so that it is never readable by others, not even at first.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        rows = sqlite3.connect(file, autocommit=True)
        rows.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + _SCHEMA)
        return cls(path, rows)

    def close(self) -> None:
        self._rows.close()

    def __len__(self) -> int:
        return int(self._rows.execute("SELECT count(*) FROM file").fetchone()[0])

    @property
    def asked(self) -> Asked | None:
        """Up to where everything here was asked; None where nothing is here yet."""
        found = self._rows.execute("SELECT position, mark FROM asked").fetchone()
        return Asked(*found) if found else None

    def add(self, findings: Iterable[Finding], *, asked: Asked) -> None:
        """Keep what was found, which was asked up to a position; a file that was there already is replaced."""
        with self._changing():
            self._rows.execute("INSERT OR IGNORE INTO asked VALUES (1, ?, ?)", (asked.position, asked.mark))
            self._rows.executemany(_ADD, (_row(finding) for finding in findings if finding.traits is not None))

    def all_asked(self, asked: Asked) -> None:
        """Note that everything here was asked up to a position."""
        self._rows.execute("INSERT OR REPLACE INTO asked VALUES (1, ?, ?)", (asked.position, asked.mark))

    def unread(self) -> set[int]:
        """Return the ids of the files that new signs pointed at and that could not be read then."""
        return {pk for (pk,) in self._rows.execute("SELECT id FROM file WHERE is_unread")}

    def settle(self, *, read: Iterable[int], unread: Iterable[int], gone: Iterable[int]) -> None:
        """Note which files were read, and which are to be tried again; forget those that are gone."""
        with self._changing():
            self._rows.executemany("UPDATE file SET is_unread = 0 WHERE id = ?", ((pk,) for pk in read))
            self._rows.executemany("UPDATE file SET is_unread = 1 WHERE id = ?", ((pk,) for pk in unread))
            self._rows.executemany("DELETE FROM file WHERE id = ?", ((pk,) for pk in gone))

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        self._rows.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._rows.execute("ROLLBACK")
            raise
        self._rows.execute("COMMIT")

    def index(self) -> matching.Index:
        """Return an index over everything here; a key is the id of a row. Built anew where rows have come since."""
        path = self._path / "seen.seg"
        newest = int(self._rows.execute("SELECT coalesce(max(id), 0) FROM file").fetchone()[0])
        with contextlib.suppress(matching.SegmentMissing, matching.BadSegment):
            held = matching.Index.open(path)
            if held.position == newest:
                return held
        near = self._column("near", work.HASH_BYTES)
        exact = self._column("exact", work.EXACT_BYTES)
        matching.build(
            path,
            keys=near[0],
            values=near[1],
            exact_keys=exact[0],
            exact_values=exact[1],
            position=newest,
            mark=bytes(32),
        )
        path.chmod(0o600)
        return matching.Index.open(path)

    def _column(self, name: str, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the ids, each as often as it has values, and the values of a column, shape (n, width)."""
        ids, counts, values = [], [], bytearray()
        for pk, column in self._rows.execute(_COLUMNS[name]):
            ids.append(pk)
            counts.append(len(column) // width)
            values += column
        return np.repeat(np.array(ids, dtype=np.int64), counts), work.octets(bytes(values), width)

    def texts(self) -> Iterator[tuple[int, str]]:
        """Yield the text fingerprints with the ids of their files."""
        for pk, fingerprints in self._rows.execute("SELECT id, texts FROM file WHERE texts <> ''"):
            for fingerprint in fingerprints.split():
                yield pk, fingerprint

    def items(self, ids: Sequence[int]) -> Iterator[Item]:
        """Yield the files of these ids, as they were listed."""
        for pk in ids:
            for organisation_id, place, ref, item_id, uploaded_at in self._rows.execute(_ITEM, [pk]):
                at = datetime.fromisoformat(uploaded_at) if uploaded_at else None
                yield Item(Place(place), os.fsdecode(ref), item_id, organisation_id, str(pk), at)


def _row(finding: Finding) -> tuple[object, ...]:
    item, traits = finding.item, finding.traits or work.Traits()
    at = item.uploaded_at.isoformat() if item.uploaded_at else None
    # As bytes: a path need not be UTF-8.
    ref = os.fsencode(item.ref)
    return (item.organisation_id, item.place, ref, item.item_id, at, traits.near, traits.exact, " ".join(traits.texts))

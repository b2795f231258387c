"""Keep the intake open in a flood: a network that sends very much must show work of its machines, and nobody is ever shut out.

Counts and spent challenges stand in one small file of the data folder, which all web processes of a machine share. A network
stands there as a keyed digest, and is forgotten after two minutes.
"""

from __future__ import annotations

import logging
import math
import os
import secrets
import sqlite3
import threading
from datetime import datetime
from functools import cache
from pathlib import Path

from leeward.core import config, keys
from leeward.engines import proofs

log = logging.getLogger("leeward.reports")

MINUTE_S = 60
# 2**19 tries are 10 s in the mean at 50,000 a second, which is an old phone. See docs/operator/intake.md for how it was measured.
MOST_BITS = 19
_WAIT_S = 1.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sent (network BLOB, minute INTEGER, count INTEGER, PRIMARY KEY (network, minute)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spent (nonce BLOB PRIMARY KEY, expires_at REAL) WITHOUT ROWID;
"""


class ProofNeeded(Exception):
    """This network sends very much now: solve `challenge` at `bits` and send the same report again with the solution."""

    def __init__(self, challenge: str, bits: int) -> None:
        super().__init__("send the solution of a challenge with the report")
        self.challenge, self.bits = challenge, bits


def path() -> Path:
    """Return the file of counts and spent challenges. It may be deleted while no web process runs."""
    return config.current().server.data_dir.resolve() / "floods.sqlite3"


def admit(network: str, *, proof: str, at: datetime) -> None:
    """Let one report of a network in and count it, or raise `ProofNeeded`. `proof` is a solution of a challenge, or empty.

    Without a place to count, every report is let in and the log says so: one that is lost costs more than one too many.
    """
    current, digest = config.current(), keys.keyed_digest("flood", network)
    limit, least = current.server.reports_per_minute, current.intake.proof_bits
    try:
        book = _book(path())
        bits = bits_for(book.sent_lately(digest, at=at), limit=limit, least=least)
        if bits and not _is_shown(proof, bits=bits, book=book, at=at):
            nonce = secrets.token_bytes(proofs.NONCE_BYTES)
            raise ProofNeeded(proofs.challenge(_secret(), at=at.timestamp(), bits=bits, nonce=nonce), bits)
        book.count(digest, at=at)
    except (sqlite3.Error, OSError) as error:
        log.error("reports are not counted; look at the data folder", extra={"error": type(error).__qualname__})


def bits_for(sent: float, *, limit: int, least: int) -> int:
    """Return how much work the next report of a network needs that sent so many in the last minute; 0 for none.

    None up to the limit, from there `least`, and one bit more, which is twice the work, each time the flood doubles.
    """
    if sent < limit or not least:
        return 0
    doublings = int(math.log2(max(sent, 1) / max(limit, 1)))
    return min(least + doublings, MOST_BITS)


def _secret() -> bytes:
    return keys.derived("proof of work")


def _is_shown(proof: str, *, bits: int, book: _Book, at: datetime) -> bool:
    if not proof:
        return False
    try:
        shown = proofs.check(_secret(), proof, at=at.timestamp())
    except proofs.ProofRefused:
        return False
    # The flood may have doubled while somebody solved. What is two doublings behind was kept back from a calmer time.
    return shown.bits >= bits - 1 and book.spend(shown)


class _Book:
    """The file of counts and spent challenges. All threads of a process share one connection, as a call takes microseconds."""

    def __init__(self, path: Path) -> None:
        # Made before the database library makes it, so that it is never readable by others, not even at first.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self._lock = threading.Lock()
        self._rows = sqlite3.connect(path, timeout=_WAIT_S, autocommit=True, check_same_thread=False)
        try:
            self._rows.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)
        except sqlite3.Error:
            self._rows.close()
            raise
        self._swept_minute = 0

    def sent_lately(self, network: bytes, *, at: datetime) -> float:
        """Return how many reports a network sent in the last 60 s, taking those of the minute before for evenly spread."""
        minute, second = divmod(at.timestamp(), MINUTE_S)
        with self._lock:
            found = self._rows.execute(
                "SELECT minute, count FROM sent WHERE network = ? AND minute >= ?", (network, int(minute) - 1)
            ).fetchall()
        counts = dict(found)
        return float(counts.get(int(minute), 0) + counts.get(int(minute) - 1, 0) * (1 - second / MINUTE_S))

    def count(self, network: bytes, *, at: datetime) -> None:
        """Count one report."""
        minute = int(at.timestamp() // MINUTE_S)
        with self._lock:
            self._rows.execute(
                "INSERT INTO sent VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1", (network, minute)
            )
            if minute != self._swept_minute:
                self._sweep(minute)

    def spend(self, proof: proofs.Proof) -> bool:
        """Note that a challenge is spent; False where it was already, in any process."""
        with self._lock:
            noted = self._rows.execute("INSERT OR IGNORE INTO spent VALUES (?, ?)", (proof.nonce, proof.expires_at))
            return noted.rowcount == 1

    def _sweep(self, minute: int) -> None:
        self._swept_minute = minute
        self._rows.execute("DELETE FROM sent WHERE minute < ?", (minute - 1,))
        self._rows.execute("DELETE FROM spent WHERE expires_at < ?", (minute * MINUTE_S,))


@cache
def _book(path: Path) -> _Book:
    return _Book(path)

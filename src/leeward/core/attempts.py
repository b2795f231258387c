"""How often one network may type a wrong code: some tries are free, then each wrong one doubles the wait.

The counts lie in a folder that every web process of a machine shares, through Django's file cache, and a lock beside them
lets one try in at a time, so that many at once count as many. Django's default cache would count in each process by itself.
Web machines that share no data folder count each for itself. Kept for an hour, under a keyed digest of the network.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache.backends.filebased import FileBasedCache
from django.core.files import locks

from leeward.core import config, keys

# "2, 4, 8 ... up to 300 s", issue 4.
LONGEST_S = 300
REMEMBERED = timedelta(hours=1)
_KEPT_NETWORKS = 20_000


class WaitFirst(Exception):
    """Too many wrong codes came from this network: try again after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"try again after {seconds} s")
        self.seconds = seconds


@dataclass
class Try:
    """One try with a code. Say `was_wrong` where nobody has that code."""

    is_wrong: bool = False

    def was_wrong(self) -> None:
        """Count this try."""
        self.is_wrong = True


@contextmanager
def one(network: str, *, at: datetime) -> Iterator[Try]:
    """Let one try with a code through, look up the code inside; raises `WaitFirst` before anything was looked up.

    `network` is what `networks.of` makes of the visitor's address. A right code counts nothing and forgives nothing.
    """
    cache, key = _cache(), _key(network)
    with _alone():
        count, last_at = _standing(cache, key, at=at)
        _refuse_early(count, last_at, at=at)
        attempt = Try()
        yield attempt
        if attempt.is_wrong:
            cache.set(key, (count + 1, at), timeout=REMEMBERED.total_seconds())


def check(network: str, *, at: datetime) -> None:
    """Raise `WaitFirst` where the next try of a network would: asked before work that costs, and that `one` should not wait for."""
    count, last_at = _standing(_cache(), _key(network), at=at)
    _refuse_early(count, last_at, at=at)


def wait_s(wrong: int) -> int:
    """Return how long a network waits after so many wrong codes, in seconds."""
    beyond = wrong - max(1, config.current().intake.code_tries)
    return 0 if beyond < 0 else min(LONGEST_S, 2 ** min(beyond + 1, 16))


def _refuse_early(count: int, last_at: datetime, *, at: datetime) -> None:
    if at < (free_at := last_at + timedelta(seconds=wait_s(count))):
        raise WaitFirst(math.ceil((free_at - at).total_seconds()))


def _key(network: str) -> str:
    return keys.keyed_digest("wrong codes", network).hex()


def _standing(cache: FileBasedCache, key: str, *, at: datetime) -> tuple[int, datetime]:
    count, last_at = cache.get(key) or (0, at)
    return (count, last_at) if at < last_at + REMEMBERED else (0, at)


def _cache() -> FileBasedCache:
    folder = config.current().server.data_dir / "wrong-codes"
    return FileBasedCache(str(folder), {"MAX_ENTRIES": _KEPT_NETWORKS})


@contextmanager
def _alone() -> Iterator[None]:
    folder = config.current().server.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "wrong-codes.lock").open("wb") as file:
        locks.lock(file, locks.LOCK_EX)
        yield  # Closing the file frees the lock.

"""Near matches: every 256-bit hash within a number of bits, exactly."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leeward.engines.matching._rows import HASH_BYTES, Rows, as_words

WITHIN_BITS = 31  # of 256. "Distance threshold: <=31", pdq/README.md, facebook/ThreatExchange

_HASH_BITS = HASH_BYTES * 8
_BLOCK_ROWS = 16_384  # rows compared at a time: the scratch of a block (two words a row) stays in the processor's cache
_NO_WORDS = np.empty((HASH_BYTES // 8, 0), dtype=np.uint64)
_FEWEST_GONE = 1_024  # below this many rows a tidy-up costs more than it saves


@dataclass(frozen=True, slots=True)
class Match:
    """Name a held hash and say how far from the asked one it is, in bits."""

    key: int
    distance_bits: int


class NearIndex:
    """Hold one 256-bit hash for each key, and find every hash near a given one. Exact, never approximate.

    Any number of threads may call `near` while another adds and removes. Writers take turns by a lock; readers take
    none. Each write makes a new version of the rows and takes it into use by one assignment; a reader stays on the
    version that was current when it began. So it sees a call of `add_many` as a whole, a replaced hash as the old one
    or the new one, and never a change made after it began.
    """

    def __init__(self) -> None:
        self._writing = threading.Lock()
        self._rows = Rows.empty()
        self._row_of: dict[int, int] = {}

    def __len__(self) -> int:
        """Return the number of keys held."""
        return len(self._row_of)

    def add(self, key: int, value: bytes) -> None:
        """Hold `value`, 32 bytes with the most significant bit first, under `key`, a signed 64-bit number.

        A key that is held already gets the new value. Raises ValueError when the length is another.
        """
        _check_length(value)
        self.add_many(np.array([key], dtype=np.int64), np.frombuffer(value, dtype=np.uint8).reshape(1, HASH_BYTES))

    def add_many(self, keys: npt.NDArray[np.int64], values: npt.NDArray[np.uint8]) -> None:
        """Hold row i of `values`, shape (n, 32), under `keys[i]`, shape (n,). Of a repeated key the last value stays.

        Readers see all of them or none of them. Raises ValueError when the shapes or the kinds of number differ.
        """
        words = _checked_words(keys, values)
        with self._writing:
            first = self._rows.count
            fresh = {key: first + place for place, key in enumerate(keys.tolist())}
            replaced = [self._row_of[key] for key in fresh.keys() & self._row_of.keys()]
            repeated = set(range(first, first + len(keys))).difference(fresh.values())
            self._rows = self._rows.after(keys=keys, words=words, gone=_rows(*replaced, *repeated))
            self._row_of.update(fresh)
            self._tidy()

    def remove(self, key: int) -> bool:
        """Let go of `key`, and return whether it was held, so that a removal may be told twice."""
        with self._writing:
            row = self._row_of.pop(key, None)
            if row is None:
                return False
            self._rows = self._rows.after(keys=_rows(), words=_NO_WORDS, gone=_rows(row))
            self._tidy()
            return True

    def near(self, value: bytes, *, within_bits: int = WITHIN_BITS) -> list[Match]:
        """Return every held hash at most `within_bits` away from `value`, nearest first, then lowest key.

        `value` is 32 bytes, most significant bit first; `within_bits` is 0 to 256. Raises ValueError otherwise.
        """
        _check_length(value)
        if not 0 <= within_bits <= _HASH_BITS:
            raise ValueError(f"within_bits is 0 to {_HASH_BITS}, this is {within_bits}; choose a number in between")
        asked = as_words(np.frombuffer(value, dtype=np.uint8).reshape(1, HASH_BYTES))[:, 0]
        matches = _found(self._rows, asked, within_bits=within_bits)
        return sorted(matches, key=lambda match: (match.distance_bits, match.key))

    def _tidy(self) -> None:
        """Give back the memory of rows that are gone, once they are as many as the others."""
        gone = self._rows.count - len(self._row_of)
        if gone < max(_FEWEST_GONE, len(self._row_of)):
            return
        rows = self._rows.tidied()
        self._row_of = {key: row for row, key in enumerate(rows.keys[: rows.count].tolist())}
        self._rows = rows


def _found(rows: Rows, asked: npt.NDArray[np.uint64], *, within_bits: int) -> Iterator[Match]:
    """Yield a match for each row near `asked`.

    The first half of a hash cannot differ in more bits than the whole, so a row whose first half is too far away
    is out. Of unrelated hashes that leaves about one in a thousand million for the second half.
    """
    for start in range(0, rows.count, _BLOCK_ROWS):
        block = slice(start, min(start + _BLOCK_ROWS, rows.count))
        half = np.bitwise_count(rows.words[0, block] ^ asked[0]) + np.bitwise_count(rows.words[1, block] ^ asked[1])
        near = np.flatnonzero(half <= within_bits) + start
        if not near.size:
            continue
        bits = np.bitwise_count(rows.words[:, near] ^ asked[:, None]).sum(axis=0, dtype=np.int64)
        hits = rows.shown(near) & (bits <= within_bits)
        yield from map(Match, rows.keys[near[hits]].tolist(), bits[hits].tolist())


def _rows(*rows: int) -> npt.NDArray[np.int64]:
    return np.array(rows, dtype=np.int64)


def _check_length(value: bytes) -> None:
    if len(value) != HASH_BYTES:
        raise ValueError(f"a hash has {HASH_BYTES} bytes, this has {len(value)}; pass the bytes, not their hex text")


def _checked_words(keys: npt.NDArray[np.int64], values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    if keys.ndim != 1 or values.shape != (len(keys), HASH_BYTES):
        raise ValueError(
            f"keys {keys.shape} and values {values.shape} do not fit; pass shapes (n,) and (n, {HASH_BYTES})"
        )
    if keys.dtype != np.int64 or values.dtype != np.uint8:
        raise ValueError(f"keys are {keys.dtype} and values {values.dtype}; pass int64 and uint8")
    return as_words(values)

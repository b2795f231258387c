"""The memory of a near index: columns that grow by doubling, seen through versions."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

HASH_BYTES = 32
_WORDS = HASH_BYTES // 8
_FIRST_ROOM = 1_024  # rows
_NEVER = np.iinfo(np.int64).max


def as_words(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Return hashes of shape (n, 32) as words of shape (4, n): one column of memory for each eight bytes."""
    # The order of the bytes in a word does not matter: both sides of a comparison are read the same way.
    return np.ascontiguousarray(np.ascontiguousarray(values).view(np.uint64).T)


@dataclass(frozen=True, slots=True)
class Rows:
    """Show one version of the rows: those below `count` that were not gone at `version`.

    The next version shares the memory. It writes only above `count`, and marks a row as gone with its own, higher
    number, so what this version shows stays the same for ever and a reader needs no lock. A change becomes visible
    as a whole when the next version is taken into use.
    """

    words: npt.NDArray[np.uint64]  # (4, room)
    keys: npt.NDArray[np.int64]  # (room,)
    gone_at: npt.NDArray[np.int64]  # (room,), the first version that does not show the row
    count: int
    version: int

    @classmethod
    def empty(cls) -> Self:
        """Return no rows, with a little room."""
        return cls._with_room(_FIRST_ROOM, version=0)

    def shown(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Say for each of `rows` whether this version shows it."""
        shown: npt.NDArray[np.bool_] = self.gone_at[rows] > self.version
        return shown

    def after(self, *, keys: npt.NDArray[np.int64], words: npt.NDArray[np.uint64], gone: npt.NDArray[np.int64]) -> Self:
        """Return the next version: with new rows at the end, and without the rows in `gone`, which may be new ones.

        Only one next version may be made of each.
        """
        end = self.count + len(keys)
        room = self if end <= len(self.keys) else self._copied(room=max(end, 2 * len(self.keys)))
        room.words[:, self.count : end] = words
        room.keys[self.count : end] = keys
        room.gone_at[self.count : end] = _NEVER
        room.gone_at[gone] = self.version + 1
        return type(self)(words=room.words, keys=room.keys, gone_at=room.gone_at, count=end, version=self.version + 1)

    def tidied(self) -> Self:
        """Return the rows that this version shows, in the same order, in memory of their own."""
        living = np.flatnonzero(self.gone_at[: self.count] > self.version)
        fresh = self._with_room(max(_FIRST_ROOM, 2 * len(living)), version=self.version)
        return fresh.after(keys=self.keys[living], words=self.words[:, living], gone=living[:0])

    def _copied(self, *, room: int) -> Self:
        copy = self._with_room(room, version=self.version)
        copy.words[:, : self.count] = self.words[:, : self.count]
        copy.keys[: self.count] = self.keys[: self.count]
        copy.gone_at[: self.count] = self.gone_at[: self.count]
        return copy

    @classmethod
    def _with_room(cls, room: int, *, version: int) -> Self:
        return cls(
            words=np.empty((_WORDS, room), dtype=np.uint64),
            keys=np.empty(room, dtype=np.int64),
            gone_at=np.empty(room, dtype=np.int64),
            count=0,
            version=version,
        )

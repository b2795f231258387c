"""The rows that came after the segment: columns that grow by doubling, seen through versions."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

_FIRST_ROOM = 1_024  # rows
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Fresh:
    """Show one version of the rows: those below `count` that were not gone at `version`.

    The next version shares the memory. It writes only above `count`, and marks a row as gone with its own, higher
    number, so what this version shows stays the same for ever and a reader needs no lock. A change becomes visible
    as a whole when the next version is taken into use.
    """

    words: npt.NDArray[np.uint64]  # (words, room): one column of memory a word
    keys: npt.NDArray[np.int64]  # (room,)
    positions: npt.NDArray[np.int64]  # (room,), where the row was published; only the writer reads it
    gone_at: npt.NDArray[np.int64]  # (room,), the first version that does not show the row
    count: int
    version: int

    @classmethod
    def empty(cls, *, words: int) -> Self:
        """Return no rows, with a little room."""
        return cls._with_room(_FIRST_ROOM, words=words, version=0)

    @property
    def shown(self) -> npt.NDArray[np.int64]:
        """The rows that this version shows, the oldest first."""
        return np.flatnonzero(self.gone_at[: self.count] > self.version)

    def rows_of(self, key: int) -> npt.NDArray[np.int64]:
        """Return the rows of `key` that this version shows."""
        rows = np.flatnonzero(self.keys[: self.count] == key)
        return rows[self.gone_at[rows] > self.version]

    def after(self, *, keys: npt.NDArray[np.int64], words: npt.NDArray[np.uint64], position: int) -> Self:
        """Return the next version, with new rows of shape (n, words) at the end. Make only one next version of each."""
        end = self.count + len(keys)
        room = self if end <= len(self.keys) else self._kept(np.arange(self.count), room=max(end, 2 * len(self.keys)))
        new = slice(self.count, end)
        room.words[:, new] = words.T
        room.keys[new] = keys
        room.positions[new] = position
        room.gone_at[new] = _NEVER
        return room._seen(count=end, version=self.version + 1)

    def without(self, rows: npt.NDArray[np.int64]) -> Self:
        """Return the next version, which does not show `rows`."""
        self.gone_at[rows] = self.version + 1
        return self._seen(count=self.count, version=self.version + 1)

    def since(self, position: int) -> Self:
        """Return the shown rows that were published after `position`, in memory of their own."""
        rows = self.shown
        rows = rows[self.positions[rows] > position]
        return self._kept(rows, room=max(_FIRST_ROOM, 2 * len(rows)))

    def arrays(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64], npt.NDArray[np.int64], int, int]:
        """Return this version as the compiled loops take it."""
        return self.words, self.keys, self.gone_at, self.count, self.version

    def _seen(self, *, count: int, version: int) -> Self:
        return type(self)(self.words, self.keys, self.positions, self.gone_at, count, version)

    def _kept(self, rows: npt.NDArray[np.int64], *, room: int) -> Self:
        fresh = self._with_room(room, words=len(self.words), version=self.version)
        fresh.words[:, : len(rows)] = self.words[:, rows]
        fresh.keys[: len(rows)] = self.keys[rows]
        fresh.positions[: len(rows)] = self.positions[rows]
        fresh.gone_at[: len(rows)] = self.gone_at[rows]
        return fresh._seen(count=len(rows), version=self.version)

    @classmethod
    def _with_room(cls, room: int, *, words: int, version: int) -> Self:
        return cls(
            words=np.empty((words, room), dtype=np.uint64),
            keys=np.empty(room, dtype=np.int64),
            positions=np.empty(room, dtype=np.int64),
            gone_at=np.empty(room, dtype=np.int64),
            count=0,
            version=version,
        )

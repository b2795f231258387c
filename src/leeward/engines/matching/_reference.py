"""The slow and obvious way to do what `Index` does. For tests and for reading, not for use."""

from collections.abc import Sequence
from typing import NamedTuple

from leeward.engines.matching._index import WITHIN_BITS, Match


class _Row(NamedTuple):
    key: int
    value: bytes


class SlowIndex:
    """Hold rows with their positions in plain collections, and compare with every one of them."""

    def __init__(self) -> None:
        self._near: dict[_Row, int] = {}
        self._exact: dict[_Row, int] = {}
        self._withdrawn: dict[int, int] = {}
        self.position = 0

    def publish(self, key: int, *, near: Sequence[bytes] = (), exact: Sequence[bytes] = (), position: int) -> None:
        """Hold these values for `key`."""
        self.position = max(self.position, position)
        if position >= self._withdrawn.get(key, 0):
            for rows, values in ((self._near, near), (self._exact, exact)):
                rows.update({_Row(key, value): max(position, rows.get(_Row(key, value), 0)) for value in values})

    def withdraw(self, key: int, *, position: int) -> bool:
        """Hide what `key` was given up to `position`, and return whether that was anything."""
        self.position = max(self.position, position)
        gone = [
            (rows, row)
            for rows in (self._near, self._exact)
            for row, at in rows.items()
            if row.key == key and at <= position
        ]
        for rows, row in gone:
            del rows[row]
        if gone or key in self._withdrawn:
            self._withdrawn[key] = max(position, self._withdrawn.get(key, 0))
        return bool(gone)

    def near(self, value: bytes, *, within_bits: int = WITHIN_BITS) -> list[Match]:
        """Return every key with a hash near `value`, nearest first, then lowest key; a key at its nearest."""
        asked = int.from_bytes(value)
        nearest: dict[int, int] = {}
        for row in self._near:
            bits = (int.from_bytes(row.value) ^ asked).bit_count()
            if bits <= within_bits:
                nearest[row.key] = min(bits, nearest.get(row.key, bits))
        return [Match(key, bits) for bits, key in sorted((bits, key) for key, bits in nearest.items())]

    def exact(self, value: bytes) -> list[int]:
        """Return the keys that hold exactly `value`, lowest first."""
        return sorted({row.key for row in self._exact if row.value == value})

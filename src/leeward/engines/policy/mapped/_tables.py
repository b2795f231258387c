"""One mapped table that the writer changes in place, each change published by one aligned store."""

import mmap
import pathlib
import struct
import zlib
from typing import Final

import numpy as np

from . import _build, _hot, _keys
from ._layout import (
    ADDRESS_FACTOR,
    ENTRIES_USED,
    IDENTITY_KINDS,
    KINDS_SEEN,
    MARKS_AT,
    MARKS_ROOM,
    MAX_LOAD,
    RECORDS_AT,
    RECORDS_END,
    ROWS_ROOM,
    SECOND_AT,
    SECOND_MASK,
    SECOND_USED,
    SHIFT,
    SLOT_MASK,
    SLOTS_AT,
    SLOTS_USED,
    Kind,
    map_file,
    words_of,
)

_MOST_ADDRESS_LOAD: Final = 0.5


class Table:
    """The memory of a table as words, as pairs of words, and as octets."""

    kind: Kind

    def __init__(self, folder: pathlib.Path) -> None:
        """Map the table in `folder` for writing. Raises `TableMissing` or `BadTable`."""
        self._memory = map_file(folder, kind=self.kind, access=mmap.ACCESS_WRITE)
        self.words = words_of(self._memory)
        self._octets = memoryview(self._memory)
        # Stores through these views are single aligned stores of 4 and of 8 octets.
        self.halves = self._octets.cast("I")
        self.pairs = self._octets.cast("Q")

    def flush(self) -> None:
        """Bring what was changed onto the disk."""
        self._memory.flush()


class Records(Table):
    """A table with slots and records."""

    def has_room(self, tail: bytes) -> bool:
        """Tell whether one more record fits without a new file."""
        end = self.halves[RECORDS_END] * 8 + (self.kind.head_words + 1) * 4 + len(tail) + 8
        return end <= len(self._octets) and self.halves[SLOTS_USED] + 1 <= (self.halves[SLOT_MASK] + 1) * MAX_LOAD

    def find(self, key: int, tail: bytes, *, owner: int = 0) -> int:
        """Return the word at which the record begins, or zero."""
        return int(_hot.find(self.words, self.kind.head_words, key, owner, tail, 0, len(tail)))

    def place(self, tail: bytes, *head: int) -> int:
        """Write a record that no slot names yet, and return where it begins, in units of 8 octets."""
        at = self.halves[RECORDS_END]
        packed = struct.pack(f"<{len(head)}IB", *head, len(tail)) + tail
        self._octets[at * 8 : at * 8 + len(packed)] = packed
        # The end moves before the slot does: nobody may write over a record that a slot could already name.
        self.halves[RECORDS_END] = at + (len(packed) + 7) // 8
        self.halves[SLOTS_USED] += 1
        return at

    def publish(self, key: int, record: int) -> None:
        """Let the first empty slot name a record: the store by which readers see it."""
        first, mask = self.halves[SLOTS_AT], self.halves[SLOT_MASK]
        slot = key & mask
        while self.pairs[first + slot]:
            slot = slot + 1 & mask
        self.pairs[first + slot] = key | record << 32


class Names(Records):
    """The names and their marks."""

    kind = Kind.NAMES

    def __init__(self, folder: pathlib.Path) -> None:
        """Map the table and read its sets of marks."""
        super().__init__(folder)
        self._marks = _build.marks_in(self.words)

    @property
    def count(self) -> int:
        """How many names have a slot."""
        return self.halves[SLOTS_USED]

    def put(self, tail: bytes, marks: int) -> bool:
        """Give a name its marks; no marks: it is not listed. Return False where a larger table is needed first."""
        key = _keys.key_of(tail)
        record = self.find(key, tail)
        if not marks and not record:
            return True
        if (not record and not self.has_room(tail)) or not self._has_entry(marks):
            return False
        entry = self._entry(marks)
        if record:
            self.halves[record] = entry
            return True
        placed = self.place(tail, entry)
        self._set_bloom(tail, key)
        self.publish(key, placed)
        return True

    def _has_entry(self, marks: int) -> bool:
        return marks in self._marks.numbers or self.halves[ENTRIES_USED] < self.halves[MARKS_ROOM]

    def _entry(self, marks: int) -> int:
        number = self._marks.number(marks)
        if number == self.halves[ENTRIES_USED]:
            at = self.halves[MARKS_AT] * 8 + number * 16
            self._octets[at : at + 16] = marks.to_bytes(16, "little")
            self.halves[ENTRIES_USED] = number + 1
        return number

    def _set_bloom(self, tail: bytes, key: int) -> None:
        tails = _keys.suffix_tails(tail)
        key3 = _keys.key_of(tails[-2]) if len(tails) > 1 else -1
        line = int(_hot.bloom_line(self.words, _keys.key_of(tails[-1]), key3))
        self.halves[line + (key >> 28)] |= int(_hot.bloom_mask(key))


class Owns(Records):
    """The exceptions of the halves of profiles."""

    kind = Kind.OWNS

    def __init__(self, folder: pathlib.Path) -> None:
        """Map the table and learn which records belong to whom."""
        super().__init__(folder)
        self._of: dict[int, list[int]] = {}
        first, slots = self.halves[SLOTS_AT] * 2, self.halves[SLOT_MASK] + 1
        refs = self.words[first + 1 : first + 2 * slots : 2]
        for record in (refs[refs != 0].astype(np.int64) * 2).tolist():
            self._of.setdefault(self.halves[record], []).append(record)

    def untils(self, owner: int, tail: bytes) -> tuple[int, int]:
        """Return until when a name is open and until when it is closed for an owner, zero for not."""
        record = self.find(_keys.own_key(tail, owner=owner), tail, owner=owner)
        return (self.halves[record + 1], self.halves[record + 2]) if record else (0, 0)

    def put(self, owner: int, tail: bytes, *, open_until: int, closed_until: int) -> bool:
        """Store both moments of a name. Return False where a larger table is needed first."""
        key = _keys.own_key(tail, owner=owner)
        record = self.find(key, tail, owner=owner)
        if record:
            # What opens is stored first when it begins and last when it ends, so an answer is the old or the new one.
            order = ((1, open_until), (2, closed_until)) if open_until else ((2, closed_until), (1, open_until))
            for word, until in order:
                self.halves[record + word] = until
            return True
        if not self.has_room(tail):
            return False
        placed = self.place(tail, owner, open_until, closed_until)
        self._of.setdefault(owner, []).append(placed * 2)
        self.publish(key, placed)
        return True

    def clear(self, owner: int) -> None:
        """Take every name from an owner whom no reader asks about now."""
        for record in self._of.get(owner, ()):
            self.halves[record + 1] = self.halves[record + 2] = 0


class Who(Records):
    """The identities and their rows."""

    kind = Kind.WHO

    def put(self, identity: bytes, row: int) -> bool:
        """Let an identity belong to a row; row 0 is nobody. Return False where a larger table is needed first."""
        seen = KINDS_SEEN + IDENTITY_KINDS.index(identity[0])
        if identity[0] == IDENTITY_KINDS[0]:
            return self._put_address(int.from_bytes(identity[1:], "little"), row, seen=seen)
        key = zlib.crc32(identity)
        record = self.find(key, identity)
        if record:
            self.halves[record] = row
            return True
        if row == 0:
            return True
        if not self.has_room(identity):
            return False
        placed = self.place(identity, row)
        self.halves[seen] = 1
        self.publish(key, placed)
        return True

    def _put_address(self, address: int, row: int, *, seen: int) -> bool:
        first, mask = self.halves[SECOND_AT], self.halves[SECOND_MASK]
        slot = (address * ADDRESS_FACTOR & 0xFFFFFFFF) >> self.halves[SHIFT]
        while self.pairs[first + slot] and self.halves[(first + slot) * 2] != address:
            slot = slot + 1 & mask
        if not self.pairs[first + slot]:
            if row == 0:
                return True
            if self.halves[SECOND_USED] + 1 > (mask + 1) * _MOST_ADDRESS_LOAD:
                return False
            self.halves[SECOND_USED] += 1
            self.halves[seen] = 1
        self.pairs[first + slot] = address | row << 32
        return True


class Profiles(Table):
    """The rows of the profiles."""

    kind = Kind.PROFILES

    def has_row(self) -> bool:
        """Tell whether one more profile fits without a new file."""
        return self.halves[ENTRIES_USED] < self.halves[ROWS_ROOM]

    def new_row(self) -> int:
        """Take a row that nobody had."""
        row = self.halves[ENTRIES_USED]
        self.halves[ENTRIES_USED] = row + 1
        return row

    def base(self, row: int) -> int:
        """Return the word at which a row begins; the version lies there."""
        return self.halves[RECORDS_AT] * 2 + row * 128

    def half(self, row: int) -> int:
        """Return the word at which the half in force begins."""
        base = self.base(row)
        return base + (self.halves[base] & 1) * 64

    def fill_other(self, row: int, half: list[int]) -> None:
        """Fill the half that is not in force, all but the word of the version."""
        base = self.base(row)
        other = base + (1 - (self.halves[base] & 1)) * 64
        for word in range(1, 64):
            self.halves[other + word] = half[word]

    def turn(self, row: int) -> None:
        """Put the other half in force: one store."""
        base = self.base(row)
        self.halves[base] = self.halves[base] + 1 & 0xFFFFFFFF

    def numbers(self) -> dict[int, int]:
        """Return the row of every profile that was ever put in, by its number."""
        used, found = self.halves[ENTRIES_USED], {}
        for row in range(1, used):
            number = self.halves[self.half(row) + 58]
            if number:
                found[number] = row
        return found

"""The compiled table: one file that one writer changes in place while any number of readers have it mapped.

    page 0       fixed part: magic, version, slots, blob start, file size, generation, CRC-32 of these
                 moving part: records, blob end, position (one aligned 64-bit word each)
    name slots   one word each: CRC-32 of the wire name | record number << 32; zero is empty; linear probing
    sign slots   the same, by CRC-32 of the sign
    blob         records on 8-byte borders: sign, older record of the same name, older record of the same sign,
                 reason, withdrawn flag, length, wire name

Several signs may block one name, and one sign several names: a slot points at the newest record, and every record at
the next older one. A record is written first and one aligned store of its slot publishes it, so a reader, or a writer
that dies between the two, sees the old answer or the new one. Names are compared whole: equal checksums block nothing.
A record number is its place in the file divided by eight. Words are in the machine's own order; a file from a machine
with another order does not carry the magic and is refused. Source of the layout: own measurements of mapped tables.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from ._entries import Entry, Reason

_MAGIC: Final = 0x3130_4C4F_5057_4C01  # Ends in "LWPOL01" when read as little-endian text.
_VERSION: Final = 1
_FIXED: Final = struct.Struct("=QIIQQQ")
_CHECKSUM: Final = struct.Struct("=I")
_HEADER_OCTETS: Final = 4096
_FIRST_SLOT: Final = _HEADER_OCTETS // 8
_RECORDS, _BLOB_END, _POSITION = 8, 9, 10  # Word numbers of the moving part, in a cache line of their own.
_RECORD: Final = struct.Struct("=QIIBBH")
_FLAG_AT: Final = 17  # Octets from the start of a record to its withdrawn flag.
_MAX_LOAD: Final = 0.65  # Of the slots. Linear probing then looks at about two slots for a name that is there.
_REASONS: Final = {int(reason): reason for reason in Reason}
_MEAN_RECORD_OCTETS: Final = 48


class BadTable(ValueError):
    """The file is not a whole policy table. Compile it again with `Writer.create`; readers keep the last good one."""


class TableMissing(BadTable):
    """There is no policy table yet. Make one with `Writer.create`."""


class Record(NamedTuple):
    """One record as it lies in the blob. `older_name` and `older_sign` are record numbers, zero for none.

    A tuple, because every question that probes makes some, and a tuple is made in a third of the time.
    """

    number: int
    sign: int
    older_name: int
    older_sign: int
    reason: Reason
    is_withdrawn: bool
    wire: bytes


class Row(NamedTuple):
    """What is stored for an entry: the name already in wire form."""

    wire: bytes
    reason: Reason
    sign: int


def record_octets(wire: bytes) -> int:
    """Return how many octets a record takes, padding included."""
    return (_RECORD.size + len(wire) + 7) & ~7


def row(entry: Entry, *, wire: bytes) -> Row:
    """Return what is stored for `entry`, whose checked name is `wire`."""
    return Row(wire=wire, reason=entry.reason, sign=entry.sign)


def image(rows: list[Row], *, spare: int, position: int, generation: int) -> bytearray:
    """Return the octets of a new table that holds `rows`, the oldest first, with room for `spare` more of mean size."""
    room = len(rows) + spare
    slots = int(room / _MAX_LOAD) + 1
    blob_start = _HEADER_OCTETS + 16 * slots
    blob = sum(record_octets(one.wire) for one in rows)
    size = (blob_start + blob + spare * _MEAN_RECORD_OCTETS + 7) & ~7
    octets = bytearray(size)
    _FIXED.pack_into(octets, 0, _MAGIC, _VERSION, slots, blob_start, size, generation)
    _CHECKSUM.pack_into(octets, _FIXED.size, zlib.crc32(octets[: _FIXED.size]))
    with memoryview(octets) as view, view.cast("Q") as words:
        words[_RECORDS] = len(rows)
        words[_BLOB_END] = blob_start + blob
        words[_POSITION] = position
        _fill(octets, words, rows, blob_start=blob_start, slots=slots)
    return octets


def _fill(octets: bytearray, words: memoryview, rows: list[Row], *, blob_start: int, slots: int) -> None:
    """Write the records of `rows` and the slots of a table that nobody reads yet, which saves looking for each name."""
    by_name: dict[bytes, int] = {}
    by_sign: dict[int, int] = {}
    at = blob_start
    for wire, reason, sign in rows:
        _RECORD.pack_into(octets, at, sign, by_name.get(wire, 0), by_sign.get(sign, 0), reason, 0, len(wire))
        octets[at + _RECORD.size : at + _RECORD.size + len(wire)] = wire
        by_name[wire] = by_sign[sign] = at // 8
        at += record_octets(wire)
    _publish(words, ((zlib.crc32(wire), number) for wire, number in by_name.items()), first=_FIRST_SLOT, slots=slots)
    signs = ((_sign_key(sign), number) for sign, number in by_sign.items())
    _publish(words, signs, first=_FIRST_SLOT + slots, slots=slots)


def _publish(words: memoryview, heads: Iterable[tuple[int, int]], *, first: int, slots: int) -> None:
    for key, number in heads:
        slot = key % slots
        while words[first + slot]:
            slot = slot + 1 if slot + 1 < slots else 0
        words[first + slot] = key | number << 32


class Table:
    """Read, and where the memory is writable change, one mapped table."""

    def __init__(self, octets: memoryview) -> None:
        """Check the fixed part of `octets` and raise `BadTable` unless it is whole."""
        if len(octets) < _HEADER_OCTETS:
            raise BadTable("header: the file is cut off; compile the policy again")
        magic, version, slots, blob_start, size, generation = _FIXED.unpack_from(octets)
        (checksum,) = _CHECKSUM.unpack_from(octets, _FIXED.size)
        if magic != _MAGIC or version != _VERSION:
            raise BadTable("header: not a policy table of this version and machine; compile the policy again")
        if checksum != zlib.crc32(octets[: _FIXED.size]):
            raise BadTable("header: the checksum is wrong; compile the policy again")
        if size != len(octets) or size % 8 or not slots or blob_start != _HEADER_OCTETS + 16 * slots:
            raise BadTable("header: the size does not fit the file; compile the policy again")
        self.generation: int = generation
        self._octets = octets
        self._words = octets.cast("Q")
        self._slots: int = slots
        self._blob_start: int = blob_start
        self._size: int = size

    @property
    def position(self) -> int:
        """The position in the change log up to which this table follows it."""
        return self._words[_POSITION]

    @position.setter
    def position(self, position: int) -> None:
        self._words[_POSITION] = position

    def newest(self, wire: bytes) -> Record | None:
        """Return the newest record for exactly `wire` that is not withdrawn."""
        if not self._may_hold(zlib.crc32(wire)):
            return None
        return next((record for record in self.of_name(wire) if not record.is_withdrawn), None)

    def of_name(self, wire: bytes) -> Iterator[Record]:
        """Yield the records for exactly `wire`, the newest first, withdrawn ones included."""
        record = self._head_of_name(wire)[1]
        while record is not None and record.wire == wire:
            yield record
            record = self._older(record, record.older_name)

    def of_sign(self, sign: int) -> Iterator[Record]:
        """Yield the records of exactly `sign`, the newest first, withdrawn ones included."""
        record = self._head_of_sign(sign)[1]
        while record is not None and record.sign == sign:
            yield record
            record = self._older(record, record.older_sign)

    def live_rows(self) -> list[Row]:
        """Return every published row that is not withdrawn, the oldest first."""
        return [Row(wire=one.wire, reason=one.reason, sign=one.sign) for one in sorted(self.live())]

    def live(self) -> Iterator[Record]:
        """Yield every published record that is not withdrawn, in no order.

        The name slots are followed, not the blob, because the blob may hold a record that was never published.
        """
        for word in self._words[_FIRST_SLOT : _FIRST_SLOT + self._slots].tolist():
            head = record = self._record(word >> 32)
            while head is not None and record is not None and record.wire == head.wire:
                if not record.is_withdrawn:
                    yield record
                record = self._older(record, record.older_name)

    def has_room(self, wire: bytes) -> bool:
        """Tell whether one more record for `wire` fits without a new file."""
        fits = self._words[_BLOB_END] + record_octets(wire) <= self._size
        return fits and self._words[_RECORDS] + 1 <= self._slots * _MAX_LOAD

    def add(self, row: Row) -> None:
        """Write the record, then its sign slot, then the name slot, whose one aligned store publishes it."""
        name_slot, same_name = self._head_of_name(row.wire)
        sign_slot, same_sign = self._head_of_sign(row.sign)
        at = self._words[_BLOB_END]
        older = (same_name.number if same_name else 0, same_sign.number if same_sign else 0)
        _RECORD.pack_into(self._octets, at, row.sign, *older, row.reason, 0, len(row.wire))
        self._octets[at + _RECORD.size : at + _RECORD.size + len(row.wire)] = row.wire
        # The end moves before the slots do: nobody may write over a record that a slot could already name.
        self._words[_BLOB_END] = at + record_octets(row.wire)
        self._words[_RECORDS] += 1
        self._words[sign_slot] = _sign_key(row.sign) | at // 8 << 32
        self._words[name_slot] = zlib.crc32(row.wire) | at // 8 << 32

    def withdraw(self, record: Record) -> None:
        """Mark `record` so that readers pass over it."""
        self._octets[record.number * 8 + _FLAG_AT] = 1

    def release(self) -> None:
        """Let go of the memory, so that whoever mapped it can close it."""
        self._words.release()
        self._octets.release()

    def _head_of_name(self, wire: bytes) -> tuple[int, Record | None]:
        for slot, number in self._probe(zlib.crc32(wire), first=_FIRST_SLOT):
            record = self._record(number)
            if number == 0 or (record is not None and record.wire == wire):
                return slot, record
        raise BadTable("name slots: none is free; compile the policy again")

    def _head_of_sign(self, sign: int) -> tuple[int, Record | None]:
        for slot, number in self._probe(_sign_key(sign), first=_FIRST_SLOT + self._slots):
            record = self._record(number)
            if number == 0 or (record is not None and record.sign == sign):
                return slot, record
        raise BadTable("sign slots: none is free; compile the policy again")

    def _may_hold(self, key: int) -> bool:
        """Tell whether a name slot carries `key`. Most names are not kept away, so this way out is the short one."""
        words, slots = self._words, self._slots
        slot = key % slots
        for _ in range(slots):
            word = words[_FIRST_SLOT + slot]
            if word & 0xFFFFFFFF == key:
                return True
            if word == 0:
                return False
            slot = slot + 1 if slot + 1 < slots else 0
        return False

    def _probe(self, key: int, *, first: int) -> Iterator[tuple[int, int]]:
        """Yield (slot, record number) where the key fits, and last the first empty slot with number zero."""
        words, slots = self._words, self._slots
        slot = key % slots
        for _ in range(slots):
            word = words[first + slot]
            if word == 0:
                yield first + slot, 0
                return
            if word & 0xFFFFFFFF == key:
                yield first + slot, word >> 32
            slot = slot + 1 if slot + 1 < slots else 0

    def _older(self, record: Record, number: int) -> Record | None:
        # A chain only leads to smaller numbers, so a damaged file cannot send a reader round in circles.
        return self._record(number) if 0 < number < record.number else None

    def _record(self, number: int) -> Record | None:
        at = number * 8
        if at < self._blob_start or at + _RECORD.size > self._size:
            return None
        sign, older_name, older_sign, reason, flag, length = _RECORD.unpack_from(self._octets, at)
        wire = bytes(self._octets[at + _RECORD.size : at + _RECORD.size + length])
        # The name decides whether a name is kept away; an unreadable reason must not open the door.
        known = _REASONS.get(reason, Reason.operator_block)
        return Record(number, sign, older_name, older_sign, known, flag != 0, wire)


def _sign_key(sign: int) -> int:
    return zlib.crc32(sign.to_bytes(8, "little"))

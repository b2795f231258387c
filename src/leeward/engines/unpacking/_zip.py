"""Read the members of a ZIP archive by its central directory, as the programs do with which people open them.

The directory is read entry by entry, so that a long one takes no memory. Names are not read at all.
Sources: PKWARE, APPNOTE.TXT 6.3.10; D. Fifield, A better zip bomb, WOOT 2019 (why members must not overlap).
"""

import bz2
import io
import stat
import struct
import zlib
from bisect import bisect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from leeward.engines.unpacking._limits import ArchiveRefusalReason, ArchiveRefused, Level
from leeward.engines.unpacking._streams import Unpacker, deflated, pieces, plain, whole

_END = struct.Struct("<4s4H2LH")
_END64_PLACE = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = 0xFFFF
_IN_EXTRA = 0xFFFFFFFF
_ZIP64_EXTRA = 1
_ENCRYPTED_FLAGS = 1 | 1 << 6 | 1 << 13
_SIZES_FOLLOW = 1 << 3
_UNIX = 3
_STORED = 0
_UNPACKERS: dict[int, Callable[[], Unpacker]] = {8: deflated, 12: bz2.BZ2Decompressor}


@dataclass(frozen=True, slots=True)
class _Entry:
    system: int
    flags: int
    method: int
    checksum: int
    packed_bytes: int
    size_bytes: int
    mode: int
    local: int

    @property
    def is_link_or_device(self) -> bool:
        return self.system == _UNIX and stat.S_IFMT(self.mode) not in (0, stat.S_IFREG, stat.S_IFDIR)


def zip_members(file: BinaryIO, *, level: Level) -> Iterator[bytes]:
    """Yield the data of each member that is not empty. Links and devices are passed over.

    Raises ArchiveRefused; what concerns one member only is left at `level` as a trouble.
    """
    first, start, stop = _directory(file)
    spans = _Spans()
    for entry in _entries(file, start=start, stop=stop, level=level):
        if entry.is_link_or_device:
            continue
        try:
            place = _data_place(file, entry, first=first, stop=start)
            spans.add(first + entry.local, place + entry.packed_bytes)
            data = _unpacked(file, entry, place=place, level=level)
        except _Trouble as trouble:
            level.trouble(trouble.reason)
            continue
        if data:
            yield data
            del data


class _Trouble(Exception):
    """Carry why one member cannot be read to `zip_members`, which goes on with the next."""

    def __init__(self, reason: ArchiveRefusalReason) -> None:
        super().__init__(reason)
        self.reason = reason


def _directory(file: BinaryIO) -> tuple[int, int, int]:
    """Return where the archive starts in the file (something may stand before it), and the directory's two ends."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _END.size - _LONGEST_COMMENT))
    tail = file.read()
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) - found < _END.size:
        raise ArchiveRefused(ArchiveRefusalReason.TRUNCATED)
    _, disk, first_disk, here, entries, length, offset, _ = _END.unpack_from(tail, found)
    stop = size - len(tail) + found
    if 0xFFFF in (disk, first_disk, here, entries) or _IN_EXTRA in (length, offset):
        stop, disk, length, offset = _directory64(file, before=stop, otherwise=(disk, length, offset))
    if disk:
        raise ArchiveRefused(ArchiveRefusalReason.UNSUPPORTED)
    start = stop - length
    if start < 0 or offset > start:
        raise ArchiveRefused(ArchiveRefusalReason.DAMAGED)
    return start - offset, start, stop


def _directory64(file: BinaryIO, *, before: int, otherwise: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Return end, disk, length and offset of the directory from the records for large archives, where there are any."""
    if before < _END64_PLACE.size + _END64.size:
        return before, *otherwise
    file.seek(before - _END64_PLACE.size)
    mark, _, offset, _ = _END64_PLACE.unpack(file.read(_END64_PLACE.size))
    if mark != b"PK\x06\x07":
        return before, *otherwise
    # Something may stand before the archive, so the record is looked for where it must be, not where it is said to be.
    place = before - _END64_PLACE.size - _END64.size
    file.seek(place)
    mark, _, _, _, disk, _, _, _, length, start = _END64.unpack(file.read(_END64.size))
    if mark != b"PK\x06\x06" or offset > place:
        raise ArchiveRefused(ArchiveRefusalReason.DAMAGED)
    return place, disk, length, start


def _entries(file: BinaryIO, *, start: int, stop: int, level: Level) -> Iterator[_Entry]:
    place = start
    while place < stop:
        level.member()
        file.seek(place)
        head = file.read(_ENTRY.size)
        if len(head) < _ENTRY.size or head[:4] != b"PK\x01\x02":
            raise ArchiveRefused(ArchiveRefusalReason.DAMAGED)
        (_, made_by, _, flags, method, _, _, checksum, packed, size, name, extra, comment, _, _, mode, local) = (
            _ENTRY.unpack(head)
        )
        file.seek(name, io.SEEK_CUR)
        size, packed, local = _large(file.read(extra), (size, packed, local))
        yield _Entry(made_by >> 8, flags, method, checksum, packed, size, mode >> 16, local)
        place += _ENTRY.size + name + extra + comment


def _large(extra: bytes, values: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return size, packed size and place; those that do not fit into 32 bits stand in the extra field, in this order."""
    wanted = [number for number, value in enumerate(values) if value == _IN_EXTRA]
    place = 0
    while wanted and place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        body = extra[place + 4 : place + 4 + length]
        if kind == _ZIP64_EXTRA:
            if len(body) < 8 * len(wanted):
                raise ArchiveRefused(ArchiveRefusalReason.DAMAGED)
            large = dict(zip(wanted, struct.unpack_from(f"<{len(wanted)}Q", body), strict=True))
            size, packed, local = (large.get(number, value) for number, value in enumerate(values))
            return size, packed, local
        place += 4 + length
    return values


def _data_place(file: BinaryIO, entry: _Entry, *, first: int, stop: int) -> int:
    """Return where the data of a member starts, and refuse one whose own header contradicts the directory."""
    file.seek(min(first + entry.local, stop))
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or head[:4] != b"PK\x03\x04":
        raise _Trouble(ArchiveRefusalReason.DAMAGED)
    _, _, flags, method, _, _, _, packed, _, name, extra = _LOCAL.unpack(head)
    place: int = first + entry.local + _LOCAL.size + name + extra
    is_said_twice = not flags & _SIZES_FOLLOW and packed != _IN_EXTRA
    if method != entry.method or (is_said_twice and packed != entry.packed_bytes) or place + entry.packed_bytes > stop:
        raise _Trouble(ArchiveRefusalReason.DAMAGED)
    if (entry.flags | flags) & _ENCRYPTED_FLAGS:
        raise _Trouble(ArchiveRefusalReason.ENCRYPTED)
    return place


class _Spans:
    """Keep which bytes belong to members, and refuse a second use of any: that is how a small file unpacks to millions."""

    def __init__(self) -> None:
        self._ends: list[int] = []  # start and stop of each span in turn, in order

    def add(self, start: int, stop: int) -> None:
        at = bisect(self._ends, start)
        if at % 2 or (at < len(self._ends) and stop > self._ends[at]):
            raise ArchiveRefused(ArchiveRefusalReason.OVERLAPPING)
        self._ends[at:at] = [start, stop]


class _Part:
    """Read the next `size` bytes of a file and no more."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = size

    def read(self, size: int) -> bytes:
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data


class _Checked:
    """Pass pieces on, and measure them."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self.checksum = 0

    def through(self, source: Iterator[bytes]) -> Iterator[bytes]:
        for piece in source:
            self.size_bytes += len(piece)
            self.checksum = zlib.crc32(piece, self.checksum)
            yield piece


def _unpacked(file: BinaryIO, entry: _Entry, *, place: int, level: Level) -> bytes | None:
    """Return the data of a member, or nothing where it is too large, which is left at `level` as a trouble."""
    file.seek(place)
    part = _Part(file, entry.packed_bytes)
    if entry.method == _STORED:
        source = plain(part, level=level)
    elif entry.method in _UNPACKERS:
        source = pieces(part, _UNPACKERS[entry.method](), level=level)
    else:
        raise _Trouble(ArchiveRefusalReason.UNSUPPORTED)
    checked = _Checked()
    try:
        data = whole(checked.through(source), level=level)
    except ArchiveRefused as refused:
        if refused.reason in (ArchiveRefusalReason.DAMAGED, ArchiveRefusalReason.TRUNCATED):
            raise _Trouble(refused.reason) from None
        raise
    if (checked.size_bytes, checked.checksum) != (entry.size_bytes, entry.checksum):
        raise _Trouble(ArchiveRefusalReason.DAMAGED)
    return data

"""The segment file: a header that says how much there is of everything, and then plain arrays, each at 64 octets.

Where each array lies follows from the counts, so a header that fits the size of the file cannot lead outside of it.
What the arrays themselves say is checked by whoever follows it. Numbers are as this machine writes them.
"""

import hashlib
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from leeward.engines.matching import _plan, _shape

HEADER_BYTES: Final = 4_096
MARK_BYTES: Final = 32
DIGEST_BYTES: Final = 32

_MAGIC: Final = 0x3130_4753_4D57_4C01  # "LWMSG01", and a first octet that no text has
_VERSION: Final = 1
_ALIGNED: Final = 64  # A hash never lies across two lines of the cache, which doubled the speed of a question.
_FIXED = struct.Struct(f"=QIIQq{MARK_BYTES}s{DIGEST_BYTES}s")
_COUNTS = struct.Struct("=QQQQ")
_BAND = struct.Struct("=HHHH")
_TABLE_BYTES: Final = _COUNTS.size + _plan.MOST_BANDS * _BAND.size
_SEALED_BYTES: Final = _FIXED.size + 2 * _TABLE_BYTES
_MOST_ROWS: Final = 2**32 - 2  # Rows are numbered in 4 octets.
_NEXT: Final = "delete it and build the segment again"
_CHUNK: Final = 1 << 24


class SegmentMissing(FileNotFoundError):
    """There is no segment at this place. Build one, or begin with `Index.empty()`."""


class BadSegment(ValueError):
    """The file is not a whole segment of this version and machine. Delete it and build the segment again."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Say how much there is in a table: different hashes, rows of them, hashes with several rows, and the bands."""

    words: int  # of 8 octets in a hash
    hashes: int
    rows: int
    repeats: int
    bands: tuple[_plan.Band, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """Say what a segment holds. `digest` is the SHA-256 of everything after the header."""

    position: int
    mark: bytes
    digest: bytes
    near: Counts
    exact: Counts


@dataclass(frozen=True, slots=True)
class Places:
    """Say where the arrays of a table begin, in octets from the start of the file, and where it ends."""

    hashes: int
    keys: int
    by_key: int
    repeats: int
    extra: int
    bands: tuple[tuple[int, int], ...]  # offsets and rows; the first band has no rows of its own: -1
    end: int


def aligned(octets: int) -> int:
    """Return the next place where an array may begin."""
    return -(-octets // _ALIGNED) * _ALIGNED


def places(counts: Counts, *, start: int) -> Places:
    """Return where the arrays of a table lie whose first one begins at `start`."""
    sizes = [8 * counts.words * counts.hashes, 8 * counts.rows, 4 * counts.rows]
    sizes += [4 * counts.repeats, 4 * (counts.repeats + 1)]
    for number, band in enumerate(counts.bands):
        sizes += [4 * ((1 << band.width) + 1), 4 * counts.hashes if number else 0]
    begins = [start]
    for size in sizes:
        begins.append(aligned(begins[-1] + size))
    bands = tuple(
        (begins[5 + 2 * number], begins[6 + 2 * number] if number else -1) for number in range(len(counts.bands))
    )
    hashes, keys, by_key, repeats, extra = begins[:5]
    return Places(hashes, keys, by_key, repeats, extra, bands, end=begins[-1])


def pack(header: Header, *, size_bytes: int) -> bytes:
    """Return the octets of a header."""
    octets = _FIXED.pack(_MAGIC, _VERSION, HEADER_BYTES, size_bytes, header.position, header.mark, header.digest)
    for counts in (header.near, header.exact):
        octets += _COUNTS.pack(counts.hashes, counts.rows, counts.repeats, len(counts.bands))
        for band in counts.bands:
            octets += _BAND.pack(band.shift, band.width, band.radius, 0)
        octets += bytes(_BAND.size * (_plan.MOST_BANDS - len(counts.bands)))
    return (octets + hashlib.sha256(octets).digest()).ljust(HEADER_BYTES, b"\0")


def unpack(octets: bytes, *, name: str, size_bytes: int) -> Header:
    """Return the header at the start of the file called `name`. Raises `BadSegment`."""
    if len(octets) < HEADER_BYTES:
        raise BadSegment(f"{name}, header: the file is cut off; {_NEXT}")
    magic, version, header_bytes, size, position, mark, digest = _FIXED.unpack_from(octets)
    if magic != _MAGIC or version != _VERSION or header_bytes != HEADER_BYTES:
        raise BadSegment(f"{name}, header: not a segment of this version and machine; {_NEXT}")
    if hashlib.sha256(octets[:_SEALED_BYTES]).digest() != octets[_SEALED_BYTES : _SEALED_BYTES + DIGEST_BYTES]:
        raise BadSegment(f"{name}, header: the checksum is wrong; {_NEXT}")
    near = _counts(octets, at=_FIXED.size, words=_plan.HASH_BITS // 64, name=name)
    exact = _counts(octets, at=_FIXED.size + _TABLE_BYTES, words=_plan.EXACT_BITS // 64, name=name)
    end = places(exact, start=places(near, start=HEADER_BYTES).end).end
    if not end == size == size_bytes or position < 0:
        raise BadSegment(f"{name}, header: {size_bytes} octets where {end} belong; {_NEXT}")
    return Header(position=position, mark=mark, digest=digest, near=near, exact=exact)


def _counts(octets: bytes, *, at: int, words: int, name: str) -> Counts:
    hashes, rows, repeats, band_count = _COUNTS.unpack_from(octets, at)
    if rows > _MOST_ROWS or hashes > rows or repeats > min(hashes, rows - hashes) or band_count > _plan.MOST_BANDS:
        raise BadSegment(f"{name}, header: the counts do not fit each other; {_NEXT}")
    first = at + _COUNTS.size
    bands = tuple(
        _plan.Band(*_BAND.unpack_from(octets, first + number * _BAND.size)[:3]) for number in range(band_count)
    )
    if not _fit(bands, bits=64 * words):
        raise BadSegment(f"{name}, header: the bands do not fit each other; {_NEXT}")
    return Counts(words=words, hashes=hashes, rows=rows, repeats=repeats, bands=bands)


def _fit(bands: tuple[_plan.Band, ...], *, bits: int) -> bool:
    """Tell whether bands share no bit, and the first one is the order of the table."""
    if bands and bands[0].shift + bands[0].width != bits:
        return False
    free = 0
    for band in sorted(bands, key=lambda band: band.shift):
        if not (1 <= band.width <= _plan.MOST_WIDTH and band.radius <= _plan.MOST_RADIUS and band.shift >= free):
            return False
        free = band.shift + band.width
    return free <= bits


@dataclass(frozen=True, slots=True)
class Table:
    """One mapped table, as the compiled loops take it."""

    name: str  # of the file, for messages
    counts: Counts
    arrays: tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32], npt.NDArray[np.int64], npt.NDArray[np.int64]]

    def damaged(self) -> BadSegment:
        """Return what to raise where an array leads outside of the table."""
        return BadSegment(f"{self.name}: an array leads outside of its table; {_NEXT}")

    def rows_of(self, keys: npt.NDArray[np.int64], *, gone: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Count the rows of each key, and mark them in `gone` unless it is empty. Raises `BadSegment`."""
        rows = np.zeros(len(keys), dtype=np.int64)
        if self.counts.rows and not _shape.rows_of(self.arrays, keys, rows, gone):
            raise self.damaged()
        return rows


@dataclass(frozen=True, slots=True)
class Segment:
    """One mapped file. Every process that maps it shares the same memory."""

    header: Header
    near: Table
    exact: Table
    size_bytes: int


def open_segment(path: Path) -> Segment:
    """Map the segment at `path`. Raises `SegmentMissing` or `BadSegment`. Its arrays are not read yet: see `verify`."""
    with _opened(path) as file:
        size = file.seek(0, 2)
        file.seek(0)
        header = unpack(file.read(HEADER_BYTES), name=path.name, size_bytes=size)
        memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if hasattr(mmap, "MADV_WILLNEED"):
        memory.madvise(mmap.MADV_WILLNEED)  # Questions jump about; without this a cold disk is read in small pieces.
    near = places(header.near, start=HEADER_BYTES)
    words = np.frombuffer(memory, dtype=np.uint64)
    return Segment(
        header=header,
        near=_table(path.name, words, header.near, near),
        exact=_table(path.name, words, header.exact, places(header.exact, start=near.end)),
        size_bytes=size,
    )


def empty_segment() -> Segment:
    """Return a segment with nothing in it, which is before every position."""
    near, exact = (
        Counts(words=bits // 64, hashes=0, rows=0, repeats=0, bands=()) for bits in (_plan.HASH_BITS, _plan.EXACT_BITS)
    )
    words = np.zeros(HEADER_BYTES // 8, dtype=np.uint64)
    words.setflags(write=False)
    start = places(near, start=0)
    header = Header(position=-1, mark=bytes(MARK_BYTES), digest=bytes(DIGEST_BYTES), near=near, exact=exact)
    return Segment(header, _table("", words, near, start), _table("", words, exact, start), size_bytes=0)


def verify(path: Path) -> None:
    """Read the whole segment and compare its checksum. Raises `SegmentMissing` or `BadSegment`."""
    with _opened(path) as file:
        size = file.seek(0, 2)
        file.seek(0)
        header = unpack(file.read(HEADER_BYTES), name=path.name, size_bytes=size)
        digest = hashlib.sha256()
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    if digest.digest() != header.digest:
        raise BadSegment(f"{path.name}: the checksum is wrong; {_NEXT}")


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise SegmentMissing(f"{path.name}: there is no such segment; build one first") from None
    except OSError as error:
        raise BadSegment(f"{path.name}: cannot be read ({type(error).__name__}); check its rights") from None


def _table(name: str, words: npt.NDArray[np.uint64], counts: Counts, where: Places) -> Table:
    shape = np.zeros(_shape.SHAPE_PLACES, dtype=np.int64)
    shape[_shape.AT_WIDTH] = counts.words
    shape[_shape.AT_HASHES] = where.hashes // 8
    shape[_shape.AT_HASH_COUNT] = counts.hashes
    shape[_shape.AT_ROW_COUNT] = counts.rows
    shape[_shape.AT_KEYS] = where.keys // 8
    shape[_shape.AT_BY_KEY] = where.by_key // 4
    shape[_shape.AT_REPEAT_COUNT] = counts.repeats
    shape[_shape.AT_REPEATS] = where.repeats // 4
    shape[_shape.AT_EXTRA] = where.extra // 4
    bands = np.zeros((len(counts.bands), 4), dtype=np.int64)
    for number, (band, (offsets, rows)) in enumerate(zip(counts.bands, where.bands, strict=True)):
        bands[number] = (band.shift, band.width, offsets // 4, rows // 4)
    return Table(name=name, counts=counts, arrays=(words, words.view(np.uint32), shape, bands))

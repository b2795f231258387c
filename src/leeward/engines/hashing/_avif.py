"""Ask the coded pictures inside an AVIF file how large they are, because its header may state less.

The decoder takes memory for the coded size and scales the result to the stated one: a file of 3 kB that stated 100 by
100 pixels was seen to take a gigabyte. What cannot be followed is refused, for the same reason.
Sources: ISO/IEC 14496-12 (boxes, 8.11 meta and 8.7 sample tables); AV1 Bitstream and Decoding Process, 5.3 and 5.5.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

_SEQUENCE_HEADER = 1  # the kind of unit that states the largest size of all frames
_MOST = 2_000  # boxes, items or samples in one list; more have no honest use and only cost time
_PLACES = (b"iinf", b"iloc", b"idat", b"stsz", b"stsc", b"stco", b"co64")
_INSIDE = (b"trak", b"mdia", b"minf", b"stbl", b"iprp")


class AvifNotFollowed(ValueError):
    """Tell that the pictures inside the file could not be found. Hold the file for a person."""


def largest_coded_pixels(data: bytes) -> int:
    """Return the number of pixels of the largest coded picture in the file, of its frames and hidden parts as well.

    Raises AvifNotFollowed.
    """
    file = _File(memoryview(data), bytes_left=len(data))
    try:
        largest = max((size for coded in _coded_pictures(file) for size in _sizes(coded, file)), default=0)
    except IndexError:
        raise AvifNotFollowed from None
    if not largest:
        raise AvifNotFollowed
    return largest


@dataclass
class _File:
    """Hold the file, and how much of it may still be looked at: what points twice to the same bytes only costs time."""

    data: memoryview
    bytes_left: int
    units_left: int = 50_000

    def piece(self, start: int, length: int | None, *, source: memoryview | None = None) -> bytes:
        """Return a piece of the file, or of a box in it; of no stated length, all that is left of it."""
        whole = self.data if source is None else source
        found = whole[start : None if length is None else start + length]
        self.bytes_left -= len(found)
        if self.bytes_left < 0:
            raise AvifNotFollowed
        return bytes(found)

    def count_unit(self) -> None:
        """Take one unit off those that may be looked at."""
        self.units_left -= 1
        if self.units_left < 0:
            raise AvifNotFollowed


# --- Boxes ------------------------------------------------------------------------------------------------------------


def _coded_pictures(file: _File) -> Iterator[bytes]:
    """Yield the bytes of every coded picture: all items, and all samples of all tracks."""
    for kind, body in _boxes(file.data):
        if kind == b"meta":
            yield from _items(file, body[4:])
        elif kind == b"moov":
            for track in _of_kind(body, b"trak"):
                yield from _samples(file, _once(_leaves(track)))


def _boxes(parent: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    place = 0
    for _ in range(_MOST):
        if place + 8 > len(parent):
            return
        size, head = _number(parent, place, 4), 8
        if size == 1:
            size, head = _number(parent, place + 8, 8), 16
        size = size or len(parent) - place
        if size < head:
            raise AvifNotFollowed
        yield bytes(parent[place + 4 : place + 8]), parent[place + head : place + size]
        place += size
    raise AvifNotFollowed


def _of_kind(parent: memoryview, wanted: bytes) -> Iterator[memoryview]:
    return (body for kind, body in _boxes(parent) if kind == wanted)


def _leaves(parent: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    for kind, body in _boxes(parent):
        if kind in _INSIDE:
            yield from _leaves(body)
        else:
            yield kind, body


def _once(boxes: Iterator[tuple[bytes, memoryview]]) -> dict[bytes, memoryview]:
    """Return the boxes by their kind. Of two that say where pictures are, nobody knows which one a decoder takes."""
    found: dict[bytes, memoryview] = {}
    for kind, body in boxes:
        if kind in found and kind in _PLACES:
            raise AvifNotFollowed
        found[kind] = body
    return found


def _number(data: memoryview, at: int, size: int) -> int:
    if at + size > len(data):
        raise AvifNotFollowed
    return int.from_bytes(data[at : at + size], "big")


def _samples(file: _File, track: dict[bytes, memoryview]) -> Iterator[bytes]:
    """Yield the bytes of each chunk of samples: their units follow one another, so that the cuts do not matter here."""
    offsets, width = (track.get(b"stco"), 4) if b"stco" in track else (track.get(b"co64"), 8)
    if offsets is None or not {b"stsz", b"stsc"} <= track.keys() or (b"stco" in track and b"co64" in track):
        raise AvifNotFollowed
    sizes, runs = _sample_sizes(track[b"stsz"]), _chunk_runs(track[b"stsc"])
    reader = _Reader(offsets, 4)
    for chunk in range(1, reader.count(4) + 1):
        start = reader.number(width)
        if runs and runs[0][0] == chunk:
            samples = runs.pop(0)[1]
        yield file.piece(start, sum(itertools.islice(sizes, samples)))


def _sample_sizes(stsz: memoryview) -> Iterator[int]:
    reader = _Reader(stsz, 4)
    shared, count = reader.number(4), reader.count(4)
    return (shared or reader.number(4) for _ in range(count))


def _chunk_runs(stsc: memoryview) -> list[tuple[int, int]]:
    """Return the number of the first chunk of each run, and how many samples its chunks have."""
    reader = _Reader(stsc, 4)
    runs = []
    for _ in range(reader.count(4)):
        runs.append((reader.number(4), reader.number(4)))
        reader.number(4)
    if not runs or runs[0][0] != 1:
        raise AvifNotFollowed
    return runs


def _items(file: _File, meta: memoryview) -> Iterator[bytes]:
    """Yield the bytes of all items that are coded with AV1."""
    boxes = _once(_boxes(meta))
    if b"iinf" not in boxes or b"iloc" not in boxes:
        raise AvifNotFollowed
    coded = _coded_items(boxes[b"iinf"])
    for item, method, extents in _places(boxes[b"iloc"]):
        if item in coded:
            if method > 1:
                raise AvifNotFollowed
            source = boxes.get(b"idat", meta[:0]) if method else None
            yield b"".join(file.piece(start, length or None, source=source) for start, length in extents)


def _coded_items(iinf: memoryview) -> set[int]:
    width = 2 if iinf[0] == 0 else 4
    coded = set()
    for entry in _of_kind(iinf[4 + width :], b"infe"):
        id_width = 4 if entry[0] > 2 else 2
        if bytes(entry[6 + id_width : 10 + id_width]) == b"av01":
            coded.add(_number(entry, 4, id_width))
    return coded


def _places(iloc: memoryview) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Yield each item with where it is: 0 in the file or 1 in the box `idat`, and the start and length of its pieces."""
    version, widths = iloc[0], _number(iloc, 4, 2)
    start_width, length_width, base_width, index_width = (widths >> shift & 15 for shift in (12, 8, 4, 0))
    read = _Reader(iloc, 6)
    id_width = 2 if version < 2 else 4
    for _ in range(read.count(id_width)):
        item = read.number(id_width)
        method = read.number(2) & 15 if version else 0
        read.number(2)
        base = read.number(base_width)
        extents = []
        for _ in range(read.count(2)):
            read.number(index_width if version else 0)
            extents.append((base + read.number(start_width), read.number(length_width)))
        yield item, method, extents


@dataclass
class _Reader:
    """Read one number after the other."""

    data: memoryview
    place: int

    def number(self, size: int) -> int:
        self.place += size
        return _number(self.data, self.place - size, size)

    def count(self, size: int) -> int:
        found = self.number(size)
        if found > _MOST:
            raise AvifNotFollowed
        return found


# --- Units of AV1 -----------------------------------------------------------------------------------------------------


def _sizes(coded: bytes, file: _File) -> Iterator[int]:
    """Yield the largest frame, in pixels, that each sequence header of a coded picture allows."""
    place = 0
    while place < len(coded):
        head = coded[place]
        place += 2 if head & 4 else 1
        length = len(coded) - place
        if head & 2:
            length, place = _leb128(coded, place)
        if head >> 3 & 15 == _SEQUENCE_HEADER:
            yield _largest_frame(_Bits(coded[place : place + length]))
        place += length
        file.count_unit()


def _leb128(coded: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 56, 7):
        value |= (coded[place] & 127) << shift
        place += 1
        if not coded[place - 1] & 128:
            return value, place
    raise AvifNotFollowed


class _Bits:
    """Read a unit bit by bit."""

    def __init__(self, unit: bytes) -> None:
        self._value = int.from_bytes(unit[:512], "big")
        self._left = 8 * min(len(unit), 512)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise AvifNotFollowed
        return self._value >> self._left & (1 << count) - 1


def _largest_frame(bits: _Bits) -> int:
    """Return the pixels of the largest frame of a sequence (5.5.1)."""
    bits.take(4)
    if bits.take(1):  # the short header of a still picture
        bits.take(5)
    else:
        _skip_timing(bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    return (bits.take(width_bits) + 1) * (bits.take(height_bits) + 1)


def _skip_timing(bits: _Bits) -> None:
    delay_bits = 0
    if bits.take(1):
        bits.take(64)
        if bits.take(1):
            _skip_uvlc(bits)
        if bits.take(1):
            delay_bits = bits.take(5) + 1
            bits.take(42)
    has_display_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if has_display_delay and bits.take(1):
            bits.take(4)


def _skip_uvlc(bits: _Bits) -> None:
    zeros = 0
    while not bits.take(1):
        zeros += 1
    if zeros < 32:
        bits.take(zeros)

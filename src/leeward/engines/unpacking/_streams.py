"""Undo gzip, bzip2, xz and Deflate piece by piece, so that no piece can be larger than asked for."""

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

from leeward.engines.unpacking._limits import ArchiveRefusalReason, ArchiveRefused, Level
from leeward.engines.unpacking._signatures import HEAD_BYTES, Packing, packing_of

PIECE_BYTES = 65_536
_XZ_MEMORY_BYTES = 80_000_000  # "xz -9" needs 65 MiB to decompress, xz(1)
_FAULTS = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)


class Readable(Protocol):
    """Give bytes from a place on."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""


class Unpacker(Protocol):
    """Take packed bytes and give unpacked ones, at most so many at a time."""

    @property
    def eof(self) -> bool:
        """Say whether the packed data has come to its end."""

    @property
    def unused_data(self) -> bytes:
        """Return what came after the end."""

    @property
    def needs_input(self) -> bool:
        """Say whether more packed bytes are needed before more can come out."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return at most `max_length` bytes."""


class _Zlib:
    """Give zlib's decompressor the manners of the two others."""

    def __init__(self, window_bits: int) -> None:
        self._inner = zlib.decompressobj(window_bits)
        self._had_all = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        return self._had_all and not self._inner.unconsumed_tail

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        # A full piece may have more behind it that zlib holds back without any tail.
        self._had_all = len(piece) < max_length
        return piece


UNPACKERS: dict[Packing, Callable[[], Unpacker]] = {
    Packing.GZIP: lambda: _Zlib(31),
    Packing.BZIP2: bz2.BZ2Decompressor,
    Packing.XZ: lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES),
}


def deflated() -> Unpacker:
    """Return an unpacker for the bare Deflate of a ZIP member."""
    return _Zlib(-15)


def pieces(file: Readable, unpacker: Unpacker, *, level: Level) -> Iterator[bytes]:
    """Yield what one packed run in `file` unpacks to, in pieces, and count it. Raises ArchiveRefused.

    Whoever reads on after the end finds what was read too far in `unpacker.unused_data`.
    """
    data = b""
    while not unpacker.eof:
        if unpacker.needs_input and not data:
            data = file.read(PIECE_BYTES)
            if not data:
                raise ArchiveRefused(ArchiveRefusalReason.TRUNCATED)
        try:
            piece = unpacker.decompress(data, PIECE_BYTES)
        except _FAULTS:
            raise ArchiveRefused(ArchiveRefusalReason.DAMAGED) from None
        data = b""
        level.unpacked(len(piece))
        if piece:
            yield piece


def runs(file: BinaryIO, packing: Packing, *, level: Level) -> Iterator[bytes]:
    """Yield what a file of one or more packed runs unpacks to. Other bytes after a run are passed over, as by gzip(1).

    Raises ArchiveRefused.
    """
    start, is_run = 0, True
    while is_run:
        file.seek(start)
        unpacker = UNPACKERS[packing]()
        level.member()
        yield from pieces(file, unpacker, level=level)
        start = file.tell() - len(unpacker.unused_data)
        file.seek(start)
        is_run = packing_of(file.read(HEAD_BYTES)) is packing


class Flow:
    """Read pieces as one file that only goes forward."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source = source
        self._ahead = b""

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer at the end, and leave them there."""
        while len(self._ahead) < size and (piece := next(self._source, b"")):
            self._ahead += piece
        return self._ahead[:size]

    def take(self, size: int) -> Iterator[bytes]:
        """Yield the next `size` bytes in pieces. Raises ArchiveRefused where the flow ends before."""
        while size:
            piece = self._ahead or next(self._source, b"")
            if not piece:
                raise ArchiveRefused(ArchiveRefusalReason.TRUNCATED)
            now, self._ahead = piece[:size], piece[size:]
            size -= len(now)
            yield now

    def rest(self) -> Iterator[bytes]:
        """Yield all that is left."""
        ahead, self._ahead = self._ahead, b""
        if ahead:
            yield ahead
        yield from self._source


def plain(file: Readable, *, level: Level) -> Iterator[bytes]:
    """Yield a file that is not packed, in pieces, and count it."""
    while piece := file.read(PIECE_BYTES):
        level.unpacked(len(piece))
        yield piece


def whole(source: Iterator[bytes], *, level: Level) -> bytes | None:
    """Return what `source` yields as one, or nothing where that is too large for a member; it is read to its end."""
    kept: io.BytesIO | None = io.BytesIO()
    for piece in source:
        if kept is None:
            continue
        if kept.tell() + len(piece) > level.limits.member_bytes:
            kept = None
            level.trouble(ArchiveRefusalReason.MEMBER_TOO_LARGE)
        else:
            kept.write(piece)
    return None if kept is None else kept.getvalue()

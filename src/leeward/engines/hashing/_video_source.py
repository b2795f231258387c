"""Read a stranger's video only as far as the limits allow, and tell by its first bytes what it is."""

import io
from typing import BinaryIO

from leeward.engines.hashing._video_limits import VideoLimits, VideoRefusalReason, VideoRefused

HEAD_BYTES = 3 * 192 + 8  # three packets of the longest kind of MPEG transport stream

# A demuxer goes back for its index and skips between streams, so some bytes are read more than once.
_READS_PER_BYTE = 8
_READS_SPARE_BYTES = 64_000_000

# HEIF files start like MP4 but hold pictures. Source: mp4ra.org, the list of registered brands.
_PICTURE_BRANDS = frozenset(
    {b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1", b"miaf"}
)
# QuickTime files from before `ftyp` start with one of these.
_QUICKTIME_BOXES = frozenset({b"moov", b"mdat", b"wide"})
_TRANSPORT_SYNC = 0x47  # first byte of each packet. ISO/IEC 13818-1, 2.4.3.2


def container_of(head: bytes) -> str | None:
    """Return FFmpeg's name for the container that starts with `head`, or nothing for all that is not on the list.

    The demuxer is never left to guess: its guess may be a playlist, which opens other files and addresses.
    """
    if head[4:8] == b"ftyp":
        return None if head[8:12] in _PICTURE_BRANDS else "mov"
    if head[4:8] in _QUICKTIME_BOXES:
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    if head.startswith(b"FLV\x01"):
        return "flv"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    return "mpegts" if _is_transport_stream(head) else None


def _is_transport_stream(head: bytes) -> bool:
    return any(
        len(head) > start + 2 * step and all(head[start + n * step] == _TRANSPORT_SYNC for n in range(3))
        for start, step in ((0, 188), (4, 192))
    )


class BoundedReader:
    """Offer a source to the demuxer as a file, until it has been read a few times over.

    Past that, or when the source itself fails, the demuxer sees the end of the file, and `check` raises: an exception
    raised inside a callback of the demuxer could be swallowed there.
    """

    def __init__(self, source: bytes | BinaryIO, *, limits: VideoLimits) -> None:
        self._file: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source
        self.size_bytes = self._file.seek(0, io.SEEK_END)
        if not self.size_bytes:
            raise VideoRefused(VideoRefusalReason.EMPTY)
        if self.size_bytes > limits.size_bytes:
            raise VideoRefused(VideoRefusalReason.TOO_LARGE)
        self._file.seek(0)
        self._left_bytes = _READS_PER_BYTE * self.size_bytes + _READS_SPARE_BYTES
        self._fault: OSError | None = None

    def check(self) -> None:
        """Raise what stopped the reading, if anything did."""
        if self._fault is not None:
            raise self._fault
        if self._left_bytes <= 0:
            raise VideoRefused(VideoRefusalReason.TOO_MUCH_EFFORT)

    def head(self) -> bytes:
        """Return the first bytes."""
        return self.at(0, HEAD_BYTES)

    def at(self, place: int, size: int) -> bytes:
        """Return `size` bytes from `place`, fewer at the end. Raises what stopped the reading."""
        self.seek(place)
        data = self.read(size)
        self.check()
        return data

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes, none at the end."""
        if self._fault is not None or self._left_bytes <= 0:
            return b""
        try:
            data = self._file.read(size)
        except OSError as fault:
            self._fault = fault
            return b""
        self._left_bytes -= len(data)
        return data

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place in the file; places outside of it become its borders."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._file.tell(), io.SEEK_END: self.size_bytes}[whence]
        return self._file.seek(min(max(start + place, 0), self.size_bytes))

    def tell(self) -> int:
        """Return the place in the file."""
        return self._file.tell()

"""Walk through the boxes of an MP4 or QuickTime file before the demuxer does, and refuse what it could not afford.

A box of 20 bytes can announce four thousand million samples, and the demuxer takes memory for each of them before it
reads the next byte. So what its index would hold is added up first, in the way in which it would walk.
Sources: ISO/IEC 14496-12 (the boxes); libavformat/mov.c, FFmpeg (which of them it enters, and what it does with sizes).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from leeward.engines.hashing._video_limits import VideoLimits, VideoRefusalReason, VideoRefused
from leeward.engines.hashing._video_source import BoundedReader

HEADER_BYTES = 64_000_000  # of all boxes but the media itself; four hours of video need about 20 million
_MOST_BOXES = 500_000  # a fragmented file has about ten for each second
_DEEPEST = 10  # "atom_depth > 10", mov_read_default
_SOUND_SAMPLES_PER_ENTRY = 1_024  # the demuxer joins so many samples of uncompressed sound, mov_build_index

_ENTERED = frozenset(
    b"moov hoov trak mdia minf stbl dinf edts udta mvex moof traf tref sinf schi tapt iprp wave ilst wide".split()
)
_PASSED_OVER = frozenset({b"mdat", b"free", b"skip"})
_UNCOMPRESSED_SOUND = frozenset(b"twos sowt in24 in32 fl32 fl64 lpcm ipcm fpcm ulaw alaw".split())
_COUNTED = (b"stsz", b"stz2", b"trun")


def check_boxes(reader: BoundedReader, *, limits: VideoLimits) -> None:
    """Refuse a file that ends too early, points to other files or announces a larger index than the limits allow."""
    index = _Index(limits=limits)
    header_bytes = 0
    for kind, start, stop in _outermost(reader):
        if stop > reader.size_bytes:
            raise VideoRefused(VideoRefusalReason.TRUNCATED)
        if kind in _PASSED_OVER:
            continue
        header_bytes += stop - start
        if header_bytes > HEADER_BYTES:
            raise VideoRefused(VideoRefusalReason.TOO_LARGE)
        index.walk(memoryview(reader.at(start, stop - start)), depth=0)


def _outermost(reader: BoundedReader) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind, the start and the end of each outermost box."""
    place = 0
    for _ in range(_MOST_BOXES):
        head = reader.at(place, 16)
        if len(head) < 8:
            return
        size = _size_stated(head, rest=reader.size_bytes - place)
        if size < 8:
            raise VideoRefused(VideoRefusalReason.UNREADABLE)
        yield head[4:8], place, place + size
        place += size
    raise VideoRefused(VideoRefusalReason.TOO_MUCH_EFFORT)


def _size_stated(head: bytes, *, rest: int) -> int:
    size = _number(head, 0)
    if size == 1 and len(head) >= 16:
        return int.from_bytes(head[8:16], "big")
    return size or rest


def _number(data: bytes | memoryview, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


@dataclass
class _Track:
    """Hold what decides how many entries the index of a track will have."""

    codings: set[bytes] = field(default_factory=set)
    samples: int = 0
    has_equal_ticks: bool = True

    @property
    def entries(self) -> int:
        is_joined = self.codings and self.codings <= _UNCOMPRESSED_SOUND and self.has_equal_ticks
        return self.samples // _SOUND_SAMPLES_PER_ENTRY if is_joined else self.samples


@dataclass
class _Index:
    """Add up how many entries the demuxer's index would have."""

    limits: VideoLimits
    tracks: list[_Track] = field(default_factory=lambda: [_Track()])
    run_samples: int = 0
    boxes: int = 0

    def walk(self, parent: memoryview, *, depth: int) -> None:
        if depth > _DEEPEST:
            raise VideoRefused(VideoRefusalReason.UNREADABLE)
        place = 0
        while place + 8 <= len(parent):
            size = _size_stated(bytes(parent[place : place + 16]), rest=len(parent) - place)
            if size < 8:
                return  # The demuxer leaves the parent here too.
            head = 16 if _number(parent, place) == 1 else 8
            kind = bytes(parent[place + 4 : place + 8])
            self._enter(kind, parent[place + head : place + size], depth=depth)
            place += size

    def _enter(self, kind: bytes, body: memoryview, *, depth: int) -> None:
        self.boxes += 1
        if self.boxes > _MOST_BOXES:
            raise VideoRefused(VideoRefusalReason.TOO_MUCH_EFFORT)
        if kind == b"trak":
            self.tracks.append(_Track())
            if len(self.tracks) > self.limits.streams + 1:
                raise VideoRefused(VideoRefusalReason.TOO_MANY_STREAMS)
        if kind in _ENTERED:
            self.walk(body, depth=depth + 1)
        elif kind == b"meta":
            self.walk(_from_handler(body), depth=depth + 1)
        elif kind in (b"cmov", b"rmra"):
            # A compressed header hides what this walk looks for, and a reference movie has its pictures elsewhere.
            reason = VideoRefusalReason.UNSUPPORTED if kind == b"cmov" else VideoRefusalReason.NAMES_OTHER_FILES
            raise VideoRefused(reason)
        else:
            self._read(kind, body)

    def _read(self, kind: bytes, body: memoryview) -> None:
        track = self.tracks[-1]
        if kind == b"dref":
            _check_references(body)
        elif kind == b"stts":
            track.has_equal_ticks &= _number(body, 4) == 1 and _number(body, 12) == 1
        elif kind == b"stsd":
            track.codings |= _codings(body)
        elif kind in _COUNTED:
            if kind == b"trun":
                self.run_samples += _number(body, 4)
            else:
                track.samples += _number(body, 8)
            if self._entries() > self.limits.packets:
                raise VideoRefused(VideoRefusalReason.TOO_MANY_FRAMES)

    def _entries(self) -> int:
        return self.run_samples + sum(track.entries for track in self.tracks)


def _from_handler(body: memoryview) -> memoryview:
    """Return the children of a `meta` box: with some makers four bytes stand before them, with others none."""
    found = bytes(body).find(b"hdlr")
    return body[found - 4 :] if found >= 4 else body[:0]


def _check_references(body: memoryview) -> None:
    place = 8
    while place + 12 <= len(body):
        if not body[place + 11] & 1:  # "flag 0x000001: the media data is in the same file", 8.7.2.3
            raise VideoRefused(VideoRefusalReason.NAMES_OTHER_FILES)
        size = _number(body, place)
        if size < 12:
            raise VideoRefused(VideoRefusalReason.UNREADABLE)
        place += size


def _codings(body: memoryview) -> set[bytes]:
    """Return how the samples of a track are coded: the kinds of the entries of its description."""
    if any(counted in bytes(body) for counted in _COUNTED):
        # The demuxer enters these entries, each kind in its own way; a count in there has no honest use.
        raise VideoRefused(VideoRefusalReason.UNREADABLE)
    codings = set()
    place = 8
    while place + 8 <= len(body):
        codings.add(bytes(body[place + 4 : place + 8]))
        place += max(8, _number(body, place))
    return codings

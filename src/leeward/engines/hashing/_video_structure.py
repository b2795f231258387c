"""Look over the outer structure of a video before the demuxer does: is it whole, and does its index fit in memory?

Sources: RFC 8794 (EBML), RFC 9559 (Matroska), Microsoft's AVI RIFF File Reference.
"""

from leeward.engines.hashing._video_boxes import check_boxes
from leeward.engines.hashing._video_limits import VideoLimits, VideoRefusalReason, VideoRefused
from leeward.engines.hashing._video_source import BoundedReader

_SEGMENT = b"\x18\x53\x80\x67"
_MOST_CHUNKS = 10_000
_INDEX_ENTRY_BYTES = 16


def check_structure(reader: BoundedReader, *, container: str, limits: VideoLimits) -> None:
    """Raise VideoRefused for a file that ends too early, points to other files or has too large an index.

    Transport streams, Flash video and GIF state no length, so there is nothing to compare.
    """
    if container == "mov":
        check_boxes(reader, limits=limits)
    elif container == "matroska":
        _check_segment(reader)
    elif container == "avi":
        _check_riff(reader, limits=limits)


def _check_segment(reader: BoundedReader) -> None:
    """Refuse a Matroska file whose one segment is longer than the file. A live recording states no length."""
    header_length, header = _ebml_length(reader, 4)
    segment = header + (header_length or 0)
    if reader.at(segment, 4) != _SEGMENT:
        return
    length, body = _ebml_length(reader, segment + 4)
    if length is not None and body + length > reader.size_bytes:
        raise VideoRefused(VideoRefusalReason.TRUNCATED)


def _ebml_length(reader: BoundedReader, place: int) -> tuple[int | None, int]:
    """Return the length of an EBML element, or nothing where it is not stated, and where its body starts."""
    data = reader.at(place, 8)
    if not data or not data[0]:
        raise VideoRefused(VideoRefusalReason.UNREADABLE)
    size = 9 - data[0].bit_length()
    most = (1 << 7 * size) - 1
    length = int.from_bytes(data[:size], "big") & most
    return (None if length == most else length), place + size


def _check_riff(reader: BoundedReader, *, limits: VideoLimits) -> None:
    """Refuse an AVI file that is cut, or whose index has more entries than the limit for packets."""
    if 8 + int.from_bytes(reader.at(4, 4), "little") > reader.size_bytes:
        raise VideoRefused(VideoRefusalReason.TRUNCATED)
    place = 12
    for _ in range(_MOST_CHUNKS):
        head = reader.at(place, 8)
        if len(head) < 8:
            return
        size = int.from_bytes(head[4:], "little")
        if head[:4] == b"idx1" and size > _INDEX_ENTRY_BYTES * limits.packets:
            raise VideoRefused(VideoRefusalReason.TOO_MANY_FRAMES)
        place += 8 + size + size % 2
    raise VideoRefused(VideoRefusalReason.TOO_MUCH_EFFORT)

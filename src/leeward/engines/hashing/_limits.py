"""What one picture may cost, and the named reasons for having no hash."""

from dataclasses import dataclass
from enum import StrEnum


class RefusalReason(StrEnum):
    """Say why a picture has no hash."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_FRAMES = "too_many_frames"
    TOO_MANY_SCANS = "too_many_scans"
    NOT_A_PICTURE = "not_a_picture"
    TRUNCATED = "truncated"
    UNREADABLE = "unreadable"


_NEXT_STEP = {
    RefusalReason.EMPTY: "there are no bytes; send the file again",
    RefusalReason.TOO_LARGE: "the file has more bytes than the limit; send a smaller copy or raise Limits.size_bytes",
    RefusalReason.TOO_MANY_PIXELS: "the header states more pixels than the limit; send a smaller copy",
    RefusalReason.TOO_MANY_FRAMES: "the file has more frames than the limit; send fewer or raise Limits.frames",
    RefusalReason.TOO_MANY_SCANS: "the file paints its picture more often than any camera does; hold it for a person",
    RefusalReason.NOT_A_PICTURE: "the bytes are none of the known picture formats; hash the file by its digests",
    RefusalReason.TRUNCATED: "the file ends before the picture does; send it again, and hold it until then",
    RefusalReason.UNREADABLE: "the picture cannot be decoded; hold it for a person",
}


class PictureRefused(Exception):
    """Tell that a picture has no hash, and why. Treat the picture as unjudged: hold it, do not pass it."""

    def __init__(self, reason: RefusalReason) -> None:
        super().__init__(f"picture refused ({reason}): {_NEXT_STEP[reason]}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Limits:
    """Bound what one picture may cost. Checked on the header, before a pixel is decoded.

    Frames are counted, not judged: the hash is that of the first frame.
    Pillow's own ceiling of 179 megapixels stays in force above `pixels`.
    The memory that one call takes follows from them: `memory_bytes`, 1.1 GB at the defaults. It is most for WebP
    (16 bytes a pixel), then AVIF and progressive JPEG (10 to 12); the rest takes 8 or less.
    """

    size_bytes: int = 25_000_000
    pixels: int = 50_000_000
    frames: int = 300

    def __post_init__(self) -> None:
        if min(self.size_bytes, self.pixels, self.frames) < 1:
            raise ValueError("Limits: size_bytes, pixels and frames start at 1; raise the one that is lower")

    @property
    def memory_bytes(self) -> int:
        """Return what one call may take beyond what the process held before. Measured with every format, and tested."""
        return 18 * self.pixels + 4 * self.size_bytes + 100_000_000


DEFAULT_LIMITS = Limits()

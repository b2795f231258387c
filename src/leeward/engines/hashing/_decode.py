"""Open the bytes of a picture under limits and hand out its brightness, or refuse with a named reason."""

import io
import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image, UnidentifiedImageError, features

from leeward.engines.hashing._frames import more_frames_than

# Only these decoders may touch what a stranger sent: Pillow knows many more, some of which start programs.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF") + (("AVIF",) if features.check("avif") else ())

LONGEST_SIDE = 65_535  # pixels. The most that JPEG can state (ITU-T T.81, B.2.2), and no other picture needs more

# What Pillow's decoders were seen to raise, or may raise by their source, for cut and altered files. A warning
# arrives here as an exception only where the process runs with warnings as errors.
_DECODER_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    ArithmeticError,
    RuntimeError,
    UserWarning,
    struct.error,
    zlib.error,
)


class RefusalReason(StrEnum):
    """Say why a picture has no hash."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_FRAMES = "too_many_frames"
    NOT_A_PICTURE = "not_a_picture"
    TRUNCATED = "truncated"
    UNREADABLE = "unreadable"


_NEXT_STEP = {
    RefusalReason.EMPTY: "there are no bytes; send the file again",
    RefusalReason.TOO_LARGE: "the file has more bytes than the limit; send a smaller copy or raise Limits.size_bytes",
    RefusalReason.TOO_MANY_PIXELS: "the header states more pixels than the limit; send a smaller copy",
    RefusalReason.TOO_MANY_FRAMES: "the file has more frames than the limit; send fewer or raise Limits.frames",
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
    """

    size_bytes: int = 25_000_000
    pixels: int = 50_000_000
    frames: int = 300

    def __post_init__(self) -> None:
        if min(self.size_bytes, self.pixels, self.frames) < 1:
            raise ValueError("Limits: size_bytes, pixels and frames start at 1; raise the one that is lower")


DEFAULT_LIMITS = Limits()


def open_picture(data: bytes, *, limits: Limits) -> Image.Image:
    """Return the first frame of the picture in `data`, decoded.

    Raises PictureRefused: the size is checked before the bytes are looked at, pixels and frames before decoding.
    """
    if not data:
        raise PictureRefused(RefusalReason.EMPTY)
    if len(data) > limits.size_bytes:
        raise PictureRefused(RefusalReason.TOO_LARGE)
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        _check_header(image, data=data, limits=limits)
        image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureRefused(RefusalReason.TOO_MANY_PIXELS) from None
    except _DECODER_FAULTS as fault:
        # The cause is dropped on purpose: a decoder's message may quote the file.
        raise PictureRefused(_reason(fault, data=data)) from None
    return image


def _check_header(image: Image.Image, *, data: bytes, limits: Limits) -> None:
    width, height = image.size
    if width * height > limits.pixels or max(width, height) > LONGEST_SIDE:
        raise PictureRefused(RefusalReason.TOO_MANY_PIXELS)
    if more_frames_than(limits.frames, image=image, data=data):
        raise PictureRefused(RefusalReason.TOO_MANY_FRAMES)


def _reason(fault: BaseException, *, data: bytes) -> RefusalReason:
    if isinstance(fault, UnidentifiedImageError) and not _has_signature(data):
        return RefusalReason.NOT_A_PICTURE
    # Pillow has no exception class for a file that stops early, only this word.
    if "truncated" in str(fault).lower() or _riff_is_cut(data):
        return RefusalReason.TRUNCATED
    return RefusalReason.UNREADABLE


def _has_signature(data: bytes) -> bool:
    """Say whether the bytes begin like a picture: a broken one must not pass for a harmless document."""
    if data[:4] == b"RIFF":
        return data[8:12] == b"WEBP"
    if data[4:8] == b"ftyp":
        return data[8:12] in (b"avif", b"avis")
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\0", b"MM\0*"))


def _riff_is_cut(data: bytes) -> bool:
    return data[:4] == b"RIFF" and len(data) < int.from_bytes(data[4:8], "little") + 8

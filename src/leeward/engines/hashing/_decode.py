"""Open the bytes of a picture under limits, or refuse with a named reason."""

import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from pi_heif import HeifImageFile
from PIL import Image, TiffImagePlugin, UnidentifiedImageError, features

from leeward.engines.hashing._avif import largest_coded_pixels
from leeward.engines.hashing._frames import more_frames_than
from leeward.engines.hashing._limits import Limits, PictureRefused, RefusalReason

# Only these decoders may touch what a stranger sent: Pillow knows many more, some of which start programs.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF") + (("AVIF",) if features.check("avif") else ()) + ("HEIF",)

LONGEST_SIDE = 65_535  # pixels. The most that JPEG can state (ITU-T T.81, B.2.2), and no other picture needs more

# Encoders paint a progressive JPEG in about ten scans. Each one walks the whole picture again, so a small file
# with thousands of them keeps a processor busy for hours. libjpeg-turbo's own fuzzers stop at 500.
SCANS = 100
_START_OF_SCAN = b"\xff\xda"

_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
_AVIF_BRANDS = (b"avif", b"avis")

# As `warnings` keeps it: nothing that these two packages remark on a file is shown.
_QUIET = ("ignore", None, Warning, re.compile(r"(PIL|pi_heif)\."), 0)

# What Pillow's decoders were seen to raise, or may raise by their source, for cut and altered files.
_DECODER_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
    UserWarning,
    struct.error,
    zlib.error,
)


def open_picture(data: bytes, *, limits: Limits) -> Image.Image:
    """Return the first frame of the picture in `data`, decoded.

    Raises PictureRefused: the size is checked before the bytes are looked at, pixels and frames before decoding.
    """
    image = open_header(data, limits=limits)
    with refusing(data):
        image.load()
    return image


def open_header(data: bytes, *, limits: Limits) -> Image.Image:
    """Return the picture in `data` with its header read and within `limits`, and no pixel decoded.

    Raises PictureRefused. What decodes it later does so inside `refusing`.
    """
    if not data:
        raise PictureRefused(RefusalReason.EMPTY)
    if len(data) > limits.size_bytes:
        raise PictureRefused(RefusalReason.TOO_LARGE)
    with refusing(data):
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        _check_header(image, data=data, limits=limits)
    return image


@contextmanager
def refusing(data: bytes) -> Iterator[None]:
    """Turn whatever a decoder raises over `data` into PictureRefused, and let no remark of it reach a log."""
    _silence()
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureRefused(RefusalReason.TOO_MANY_PIXELS) from None
    except _DECODER_FAULTS as fault:
        # The cause is dropped on purpose: a decoder's message may quote the file.
        raise PictureRefused(_reason(fault, data=data)) from None


def _silence() -> None:
    """Ignore Pillow's warnings: they may quote the file, and a refusal says all that there is to say.

    `warnings.catch_warnings` would be the narrower way, but it is not safe where several threads decode.
    """
    if _QUIET not in warnings.filters:
        warnings.filterwarnings("ignore", module=_QUIET[3].pattern)


def _check_header(image: Image.Image, *, data: bytes, limits: Limits) -> None:
    check_frame(image, limits=limits)
    if more_frames_than(limits.frames, image=image, data=data):
        raise PictureRefused(RefusalReason.TOO_MANY_FRAMES)
    if image.format == "AVIF" and largest_coded_pixels(data) > limits.pixels:
        raise PictureRefused(RefusalReason.TOO_MANY_PIXELS)
    if "progressive" in image.info and data.count(_START_OF_SCAN) > SCANS:
        raise PictureRefused(RefusalReason.TOO_MANY_SCANS)


def check_frame(image: Image.Image, *, limits: Limits) -> None:
    """Refuse a frame that states more pixels than the limits allow. Call it inside `refusing`, before decoding."""
    width, height = image.size
    if width * height > limits.pixels or max(width, height) > LONGEST_SIDE or _tile_pixels(image) > limits.pixels:
        raise PictureRefused(RefusalReason.TOO_MANY_PIXELS)


def _tile_pixels(image: Image.Image) -> int:
    """Return how many pixels one tile of a TIFF has: a decoder makes room for it, however small the picture is."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return 0
    return int(image.tag_v2.get(TiffImagePlugin.TILEWIDTH, 0)) * int(image.tag_v2.get(TiffImagePlugin.TILELENGTH, 0))


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
        return data[8:12] in _AVIF_BRANDS + _HEIF_BRANDS
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\0", b"MM\0*"))


def _riff_is_cut(data: bytes) -> bool:
    return data[:4] == b"RIFF" and len(data) < int.from_bytes(data[4:8], "little") + 8


def _is_heif(start: bytes) -> bool:
    return start[4:8] == b"ftyp" and start[8:12] in _HEIF_BRANDS


# Decoding only, and only for those who name the format, as `open_header` does.
Image.register_open("HEIF", HeifImageFile, _is_heif)

"""Pictures that reporters add: a quick look before one is taken, and a copy drawn anew, which tells nothing of the device."""

from __future__ import annotations

import io
import threading
from typing import Final

import numpy as np
from PIL import ExifTags, Image

from leeward.engines import hashing

# The guards of hashing, so that no second door decodes what the first one refuses.
from leeward.engines.hashing import open_header, refusing

SIZE_BYTES = 10 * 1024 * 1024
CHECKED = hashing.Limits(size_bytes=SIZE_BYTES)
LONGEST_SIDE = 2_000  # pixels: enough to read a page that was captured on a phone, and a fifth of a camera's picture
_QUALITY = 85
PNG_START: Final = b"\x89PNG"

_MEDIA_TYPES: Final = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # a JPEG with others behind it, as phones make them
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "AVIF": "image/avif",
    "HEIF": "image/heic",
}
# What a camera noted of how it was held, and what puts that right. Exif 2.32, tag 0x0112.
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# A picture at its limits takes a gigabyte for a moment, and a worker has several threads.
_one_at_a_time = threading.Lock()


class NotAPicture(Exception):
    """The bytes are no picture that can be shown, for `reason`: ask for another file, or go on without one."""

    def __init__(self, reason: hashing.RefusalReason) -> None:
        super().__init__(f"not a picture that can be shown ({reason})")
        self.reason = reason


def check(data: bytes) -> str:
    """Return the media type of a picture after a look at its header, or raise `NotAPicture`. No pixel is decoded.

    At most `SIZE_BYTES`, 50 million pixels and 300 frames. A PNG is read to its end, any other one may still prove broken.
    """
    try:
        with open_header(data, limits=CHECKED) as image, refusing(data):
            media_type = _MEDIA_TYPES[str(image.format)]
            if image.format == "PNG":
                image.verify()
    except hashing.PictureRefused as refused:
        raise NotAPicture(refused.reason) from None
    return media_type


def redrawn(data: bytes) -> bytes:
    """Return a copy of the first frame, upright, at most `LONGEST_SIDE` pixels a side: a JPEG, or a PNG where it is transparent.

    It holds pixels and nothing else: no notes of place, device or time, no colour profile, no comment, no smaller picture.
    Raises `NotAPicture`.
    """
    try:
        with _one_at_a_time, open_header(data, limits=hashing.DEFAULT_LIMITS) as image, refusing(data):
            return _encoded(_bare(_upright(image, data)))
    except hashing.PictureRefused as refused:
        raise NotAPicture(refused.reason) from None


def _upright(image: Image.Image, data: bytes) -> Image.Image:
    # A JPEG can leave out what is not needed while it is decoded; to any other format this says nothing.
    scale = max(1.0, max(image.size) / LONGEST_SIDE)
    image.draft(None, (round(image.width / scale), round(image.height / scale)))
    image.load()
    colours = _colours(image, data)
    colours.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    # Asked after decoding: only then some formats have read all their notes, and some have heeded them already.
    turn = _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    return colours if turn is None else colours.transpose(turn)


def _colours(image: Image.Image, data: bytes) -> Image.Image:
    """Return a decoded picture in three channels of eight bits, or in four where something of it is transparent."""
    if image.mode.startswith(("I", "F")):
        # More than eight bits a pixel, of no agreed range; hashing knows what a viewer makes of them.
        return Image.fromarray(hashing.thumbnail(data, at_least=LONGEST_SIDE))
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    return clear if np.asarray(clear.getchannel("A")).min() < 255 else clear.convert("RGB")


def _bare(image: Image.Image) -> Image.Image:
    """Return the pixels without whatever the file said beside them, of which encoders write some by themselves."""
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    return bare


def _encoded(image: Image.Image) -> bytes:
    file = io.BytesIO()
    if image.mode == "RGBA":
        image.save(file, "PNG")
    else:
        image.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()

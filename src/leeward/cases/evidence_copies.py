"""Copies of evidence for the desk: one that shows next to nothing, one that is clear. The original bytes are never shown."""

from __future__ import annotations

import io
import re
from typing import Final

from PIL import Image, ImageFilter

from leeward.engines import hashing
from leeward.reports import pictures

# What one sees of a covered picture: that it is one, and roughly how light and dark lie in it.
COVERED_SIDE = 160  # pixels
_DETAIL_SIDE = 24  # pixels; what is smaller than a 24th of the picture is gone from the bytes, not only from sight
_BLUR = 4  # pixels of the covered copy
_GREY: Final = (128, 128, 128)
STILLS = 12
_COLUMNS = 3
_STILL_SIDE = 480  # pixels
_QUALITY = 80
EXCERPT = 2000  # characters
TEXT_TYPES = ("text/", "application/json", "message/")
_FORMATS = ("JPEG", "PNG")


class CannotBeShown(Exception):
    """These bytes are no picture, video or text that can be shown safely: judge by what else is known, or ask for an export."""


def covered(data: bytes, *, media_type: str) -> bytes:
    """Return a small, blurred, grey JPEG of a picture or of a video's first key frame; of a text, its outline as UTF-8.

    Raises `CannotBeShown`.
    """
    text = _text(data, media_type)
    if text is not None:
        return re.sub(r"\S", "▒", text).encode()
    copy = _picture(data)
    if copy is None:
        return _as_jpeg(_blurred(_sheet(data, most=1)))
    with Image.open(io.BytesIO(copy), formats=_FORMATS) as image:
        return _as_jpeg(_blurred(image))


def clear(data: bytes, *, media_type: str) -> bytes:
    """Return a picture drawn anew without what the file said beside it, up to `STILLS` frames of a video, or the start of a text.

    A JPEG or PNG, or UTF-8. Raises `CannotBeShown`.
    """
    text = _text(data, media_type)
    if text is not None:
        return text.encode()
    return _picture(data) or _as_jpeg(_sheet(data, most=STILLS))


def media_type_of(copy: bytes) -> str:
    """Return the media type of what `covered` or `clear` returned."""
    if copy.startswith(pictures.PNG_START):
        return "image/png"
    return "image/jpeg" if copy.startswith(b"\xff\xd8\xff") else "text/plain; charset=utf-8"


def _text(data: bytes, media_type: str) -> str | None:
    """Return the start of a text, or None where the bytes are none."""
    if not media_type.startswith(TEXT_TYPES):
        return None
    try:
        return data.decode()[:EXCERPT]
    except UnicodeDecodeError:
        return None


def _picture(data: bytes) -> bytes | None:
    """Return a picture drawn anew, or None where the bytes do not begin like one."""
    try:
        return pictures.redrawn(data)
    except pictures.NotAPicture as refused:
        if refused.reason == hashing.RefusalReason.NOT_A_PICTURE:
            return None
        raise CannotBeShown from None


def _sheet(data: bytes, *, most: int) -> Image.Image:
    """Return frames of a video on one sheet, in rows, the first one first."""
    from leeward.engines.hashing import stills, video  # PyAV is large in memory, and few pieces are videos

    if not video.is_video(data):
        raise CannotBeShown
    try:
        frames = stills.stills(data, most=most, longest_side=_STILL_SIDE)
    except video.VideoRefused:
        raise CannotBeShown from None
    height, width = frames[0].shape[:2]
    columns = min(_COLUMNS, len(frames))
    sheet = Image.new("RGB", (columns * width, -(-len(frames) // columns) * height), _GREY)
    for number, frame in enumerate(frames):
        sheet.paste(Image.fromarray(frame), (number % columns * width, number // columns * height))
    return sheet


def _blurred(image: Image.Image) -> Image.Image:
    flat = Image.new("RGB", image.size, _GREY)
    flat.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    scale = max(1.0, max(flat.size) / COVERED_SIDE)
    size = (max(1, round(flat.width / scale)), max(1, round(flat.height / scale)))
    small = flat.convert("L")
    small.thumbnail((_DETAIL_SIDE, _DETAIL_SIDE), Image.Resampling.BOX)
    return small.resize(size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(_BLUR))


def _as_jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()

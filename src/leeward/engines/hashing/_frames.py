"""Count the frames of a picture without decoding them."""

from PIL import Image, TiffImagePlugin

_GIF_HEADER_BYTES = 13
_GIF_EXTENSION = 0x21
_GIF_IMAGE = 0x2C
_GIF_TRAILER = 0x3B


def more_frames_than(limit: int, *, image: Image.Image, data: bytes) -> bool:
    """Say whether the opened `image`, which was read from `data`, has more than `limit` frames.

    The walk stops at the limit: a file that announces a million frames costs no more than one at the limit.
    """
    if image.format == "GIF":
        return _gif_frames(data, stop_after=limit + 1) > limit
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return _tiff_has_frame(image, index=limit)
    # PNG, WebP, AVIF and multi-picture JPEG state the number in their header.
    return int(getattr(image, "n_frames", 1)) > limit


def _tiff_has_frame(image: TiffImagePlugin.TiffImageFile, *, index: int) -> bool:
    try:
        image.seek(index)
    except EOFError:
        return False
    finally:
        image.seek(0)
    return True


def _gif_frames(data: bytes, *, stop_after: int) -> int:
    """Return the number of frames in a GIF, or `stop_after` when there are at least that many.

    Source: GIF89a specification, appendix B (grammar): blocks of an image or an extension until the trailer.
    Pillow counts the same way but has no limit, and takes seconds for a file made of empty frames.
    """
    place = _GIF_HEADER_BYTES + _colour_table_bytes(data, at=10)
    frames = 0
    while place < len(data) and frames < stop_after and (kind := data[place]) != _GIF_TRAILER:
        if kind == _GIF_IMAGE:
            frames += 1
            place = _after_sub_blocks(data, place + 10 + _colour_table_bytes(data, at=place + 9) + 1)
        elif kind == _GIF_EXTENSION:
            place = _after_sub_blocks(data, place + 2)
        else:
            place += 1
    return frames


def _colour_table_bytes(data: bytes, *, at: int) -> int:
    packed = data[at] if at < len(data) else 0
    return 3 << ((packed & 0b111) + 1) if packed & 0b1000_0000 else 0


def _after_sub_blocks(data: bytes, place: int) -> int:
    while place < len(data) and data[place]:
        place += data[place] + 1
    return place + 1

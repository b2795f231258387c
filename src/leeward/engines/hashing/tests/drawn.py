"""Harmless pictures for the tests: drawn discs, bars and slopes."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw


def picture(seed: int, *, width: int = 640, height: int = 480) -> Image.Image:
    """Draw discs and bars of random colours on a slope of colour."""
    random = np.random.default_rng(seed)
    row, column = np.indices((height, width))
    slopes = [row * 120 / height + 40, column * 90 / width + 60, (row + column) * 100 / (height + width) + 20]
    image = Image.fromarray(np.stack(slopes, axis=-1).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    for _ in range(40):
        left, top = int(random.integers(-40, width)), int(random.integers(-40, height))
        across, down = (int(number) for number in random.integers(2, max(width, height) // 4 + 2, size=2))
        colour = tuple(int(number) for number in random.integers(0, 256, size=3))
        draw = pen.ellipse if random.integers(2) else pen.rectangle
        draw((left, top, left + across, top + down), fill=colour)
    return image


def encoded(image: Image.Image, file_format: str = "PNG", *, quality: int = 90) -> bytes:
    """Return the bytes of `image` as a file."""
    file = io.BytesIO()
    image.save(file, file_format, quality=quality)
    return file.getvalue()


def small_file(file_format: str) -> bytes:
    """Return one small drawn picture of 90x70 pixels in a format.

    HEIC comes from a file, because what is installed here reads it only. It was made of the same drawing.
    """
    return _heic("drawn_small") if file_format == "HEIF" else encoded(picture(1, width=90, height=70), file_format)


def file_of_picture_5(file_format: str) -> bytes:
    """Return `picture(5)` in a format."""
    return _heic("drawn") if file_format == "HEIF" else encoded(picture(5), file_format)


def _heic(name: str) -> bytes:
    return (Path(__file__).parent / f"{name}.heic").read_bytes()


def animated(frames: int, *, file_format: str = "GIF") -> bytes:
    """Return an animation of `frames` different pictures."""
    pictures = [picture(seed, width=64, height=48) for seed in range(frames)]
    file = io.BytesIO()
    pictures[0].save(file, file_format, save_all=True, append_images=pictures[1:])
    return file.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes whose header states a size that its pixels do not fill."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def tiff_with_a_tile(side: int) -> bytes:
    """Return a TIFF of 16x16 grey pixels in one tile of `side` by `side`."""
    packed = zlib.compress(bytes(256))
    numbers = {256: 16, 257: 16, 258: 8, 259: 8, 262: 1, 277: 1, 322: side, 323: side, 325: len(packed)}
    place = 8 + 2 + 12 * (len(numbers) + 1) + 4
    entries = sorted((numbers | {324: place}).items())
    table = b"".join(struct.pack("<HHII", tag, 4, 1, number) for tag, number in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + table + bytes(4) + packed


def distance_bits(one: bytes, other: bytes) -> int:
    """Count the bits in which two hashes differ."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()

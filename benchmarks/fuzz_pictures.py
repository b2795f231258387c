"""Alter drawn pictures of each format at random, and report all that is neither a result nor a named refusal.

Usage: benchmarks/fuzz_pictures.py --minutes 10 [--seed 0] [--keep FOLDER] [--json]
Each file is tried in a child process, which may take so much memory and so much processor time and no more. A fault is
an exception of another kind, a warning, a process that dies, memory over what is stated, or a file that takes too long.
The file of each fault is kept in FOLDER, with what happened as its name.
"""

from __future__ import annotations

import io
import random
import warnings
import zlib
from functools import partial
from typing import Any

from fuzzing import Subject, main
from PIL import Image

from leeward.engines import hashing
from leeward.engines.hashing.tests import drawn

LIMITS = hashing.Limits(size_bytes=1_000_000, pixels=4_000_000)
WAYS = (hashing.variants, hashing.variants, hashing.banked, partial(hashing.thumbnail, at_least=48))


def originals() -> dict[str, bytes]:
    """Return the files that are altered, by format and kind."""
    found = {f"{name}.plain": drawn.small_file(name) for name in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")}
    found["HEIF.small"], found["HEIF.large"] = drawn.small_file("HEIF"), drawn.file_of_picture_5("HEIF")
    large, small = drawn.picture(3, width=1100, height=1060), drawn.picture(4, width=120, height=90)
    found["JPEG.large"] = drawn.encoded(large, "JPEG", quality=40)
    found["PNG.large"] = drawn.encoded(large)
    for name in ("GIF", "PNG", "WEBP", "TIFF", "AVIF"):
        found[f"{name}.moving"] = drawn.animated(4, file_format=name)
    for name, mode in (("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "P"), ("PNG", "RGBA"), ("PNG", "LA"), ("PNG", "1")):
        found[f"{name}.{mode}"] = drawn.encoded(
            small.convert("L").convert(mode) if mode == "LA" else small.convert(mode), name
        )
    for mode in ("1", "P", "CMYK", "LAB", "YCbCr", "F", "I"):
        found[f"TIFF.{mode}"] = drawn.encoded(
            small.convert("L").convert(mode) if mode in "FI" else small.convert(mode), "TIFF"
        )
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        ("JPEG", "progressive", {"progressive": True}),
        ("JPEG", "444", {"subsampling": "4:4:4", "icc_profile": bytes(300), "exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"}),
        ("WEBP", "lossless", {"lossless": True}),
        ("TIFF", "group4", {"compression": "group4"}),
    ]
    kinds += [("TIFF", kind, {"compression": kind}) for kind in ("tiff_lzw", "tiff_deflate", "jpeg", "packbits")]
    for name, kind, how in kinds:
        file = io.BytesIO()
        (small.convert("1") if kind == "group4" else small).save(file, name, **how)
        found[f"{name}.{kind}"] = file.getvalue()
    found["TIFF.tile"] = drawn.tiff_with_a_tile(16)
    mpo = io.BytesIO()
    small.save(mpo, "MPO", save_all=True, append_images=[small.transpose(Image.Transpose.ROTATE_180)])
    found["JPEG.mpo"] = mpo.getvalue()
    return found


def sealed(data: bytes) -> bytes:
    """Return a PNG with the sums of its chunks put right, so that what was altered is read and not only refused."""
    out, place = bytearray(data[:8]), 8
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        chunk = data[place + 4 : place + 8 + length]
        out += data[place : place + 4] + chunk + zlib.crc32(chunk).to_bytes(4, "big")
        place += 12 + length
    return bytes(out)


def mended(chance: random.Random, name: str, data: bytes) -> bytes:
    """Return a PNG mostly with its sums put right, and any other file as it is."""
    return sealed(data) if name.startswith("PNG") and chance.random() < 0.7 else data


def tried(chance: random.Random, _name: str, data: bytes) -> str:
    """Return how a file was answered: `result` or the reason of the refusal. Any other exception leaves."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            chance.choice(WAYS)(data, limits=LIMITS)
        except hashing.PictureRefused as refused:
            return str(refused.reason)
    return "result"


PICTURES = Subject(
    name="fuzz_pictures",
    originals=originals,
    mended=mended,
    answer=tried,
    memory_bytes=LIMITS.memory_bytes,
    files_a_child=1_000,
)

if __name__ == "__main__":
    main(PICTURES, __doc__)

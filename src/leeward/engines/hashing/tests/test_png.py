"""The fast reading of a PNG sees the pixels that Pillow sees, or leaves the picture to it."""

import io
import struct
import zlib

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from leeward.engines.hashing import PictureRefused, hash_picture, variants
from leeward.engines.hashing._png import scaled_png
from leeward.engines.hashing.tests.drawn import distance_bits, encoded, picture

Pixels = npt.NDArray[np.uint8]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(pixels: Pixels, filters: list[int], *, lines: bytes | None = None, cut_every: int = 10_000) -> bytes:
    """Write a PNG whose lines are filtered as told, in turn."""
    height, width, channels = pixels.shape
    packed = zlib.compress(filtered(pixels, filters) if lines is None else lines)
    header = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[channels], 0, 0, 0)
    body = b"".join(chunk(b"IDAT", packed[at : at + cut_every]) for at in range(0, len(packed), cut_every))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


def filtered(pixels: Pixels, filters: list[int]) -> bytes:
    """Filter each line by the words of the specification."""
    padded = np.pad(pixels.astype(int), ((1, 0), (1, 0), (0, 0)))
    here, left, above, corner = padded[1:, 1:], padded[1:, :-1], padded[:-1, 1:], padded[:-1, :-1]
    estimate = left + above - corner
    off = np.abs(np.stack([estimate - left, estimate - above, estimate - corner]))
    paeth = np.take_along_axis(np.stack([left, above, corner]), off.argmin(axis=0)[None], axis=0)[0]
    guesses = [np.zeros_like(here), left, above, (left + above) // 2, paeth]
    lines = []
    for row in range(len(pixels)):
        kind = filters[row % len(filters)]
        lines.append(bytes([kind]) + ((here[row] - guesses[kind][row]) % 256).astype(np.uint8).tobytes())
    return b"".join(lines)


def read(data: bytes, *, factor: int) -> npt.NDArray[np.float32] | None:
    with Image.open(io.BytesIO(data)) as image:
        return scaled_png(data, image, factor=factor)


def averaged(pixels: Pixels, factor: int) -> npt.NDArray[np.float64]:
    luma = pixels[..., :3] @ np.array([0.299, 0.587, 0.114])
    rows = [luma[at : at + factor].mean(axis=0) for at in range(0, len(luma), factor)]
    return np.array([[row[at : at + factor].mean() for at in range(0, len(row), factor)] for row in rows])


@given(
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    channels=st.sampled_from([3, 4]),
    filters=st.lists(st.integers(0, 4), min_size=1, max_size=6),
    factor=st.integers(1, 7),
    cut_every=st.sampled_from([1, 50, 10_000]),
)
@settings(max_examples=60, deadline=None)
def test_every_filter_is_undone(
    width: int, height: int, channels: int, filters: list[int], factor: int, cut_every: int
) -> None:
    pixels = np.random.default_rng(width + height).integers(0, 256, (height, width, channels)).astype(np.uint8)
    data = png(pixels, filters, cut_every=cut_every)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), pixels)  # Pillow reads what this test wrote.

    found = read(data, factor=factor)

    assert found is not None
    assert np.allclose(found, averaged(pixels, factor), atol=0.01)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16"])
def test_other_kinds_are_left_to_pillow(mode: str) -> None:
    drawn = picture(1, width=80, height=60)
    grey = drawn.convert("L")
    wide = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    data = encoded({"I;16": wide, "LA": grey.convert("LA")}.get(mode) or drawn.convert(mode))

    assert read(data, factor=1) is None
    assert distance_bits(variants(data)[0].pdq, hash_picture(data).pdq) <= 10


def test_an_interlaced_picture_is_left_to_pillow() -> None:
    sound = bytearray(png(np.zeros((8, 8, 3), dtype=np.uint8), [0]))
    sound[28] = 1
    sound[29:33] = struct.pack(">I", zlib.crc32(sound[12:29]))

    assert read(bytes(sound), factor=1) is None


@pytest.mark.parametrize("lines", [b"", bytes(24 * 31 - 1), bytes(24 * 31 + 1), bytes([5]) + bytes(24 * 31 - 1)])
def test_lines_that_are_too_few_too_many_or_of_no_known_filter_are_left_to_pillow(lines: bytes) -> None:
    data = png(np.zeros((24, 10, 3), dtype=np.uint8), [0], lines=lines)

    assert read(data, factor=1) is None


def test_a_stream_that_unpacks_to_very_much_is_not_unpacked() -> None:
    data = png(np.zeros((24, 10, 3), dtype=np.uint8), [0], lines=bytes(20_000_000))

    assert read(data, factor=1) is None


def test_a_picture_that_neither_reads_is_refused() -> None:
    data = png(np.zeros((24, 10, 3), dtype=np.uint8), [0], lines=bytes([9]) * (24 * 31))

    with pytest.raises(PictureRefused):
        variants(data)

"""What stands behind the first frame is looked at as well."""

import io
import struct

import pytest
from PIL import Image

from leeward.engines.hashing import Limits, Orientation, PictureRefused, RefusalReason, hash_picture, variants
from leeward.engines.hashing.tests.drawn import distance_bits, encoded, picture, tiff_with_a_tile

WITHIN_BITS = 31


def frames(*images: Image.Image, file_format: str) -> bytes:
    file = io.BytesIO()
    images[0].save(file, file_format, save_all=True, append_images=images[1:], duration=100)
    return file.getvalue()


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_picture_behind_a_blank_first_frame_is_found(file_format: str) -> None:
    hidden = picture(3)
    data = frames(Image.new("RGB", hidden.size, "white"), hidden, file_format=file_format)

    found = variants(data)

    assert found[0].quality < 50
    best = min(distance_bits(variant.pdq, hash_picture(encoded(hidden)).pdq) for variant in found[8:])
    assert best <= WITHIN_BITS


def test_frames_that_are_alike_are_asked_once() -> None:
    image = picture(3)

    found = variants(frames(image, image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), image, file_format="TIFF"))

    assert len([variant for variant in found if variant.orientation is Orientation.ORIGINAL]) == 2


def test_all_frames_together_have_a_limit_too() -> None:
    image = picture(3)
    data = frames(*[image.rotate(number) for number in range(6)], file_format="TIFF")

    with pytest.raises(PictureRefused) as refused:
        variants(data, limits=Limits(pixels=image.width * image.height))

    assert refused.value.reason is RefusalReason.TOO_MANY_PIXELS


def test_what_stands_behind_a_jpeg_is_neither_asked_nor_missed() -> None:
    file = io.BytesIO()
    picture(4).save(file, "MPO", save_all=True, append_images=[picture(5)])
    whole = file.getvalue()
    stripped = whole[: whole.rindex(b"\xff\xd8\xff")]  # as many services do with what a phone made

    assert variants(stripped) == variants(whole)
    assert len(variants(whole)) == 8


def test_a_later_page_with_a_tile_beyond_the_limit_is_refused() -> None:
    first, second = tiff_with_a_tile(16), tiff_with_a_tile(40_000)
    # The second file is put behind the first: its table is the next one, and the place of its tile moves along.
    moved = bytearray(second[8:])
    at = moved.index(struct.pack("<HHI", 324, 4, 1)) + 8
    moved[at : at + 4] = struct.pack("<I", struct.unpack_from("<I", moved, at)[0] - 8 + len(first))
    next_table = 8 + 2 + 12 * struct.unpack_from("<H", first, 8)[0]
    data = first[:next_table] + struct.pack("<I", len(first)) + first[next_table + 4 :] + bytes(moved)

    with pytest.raises(PictureRefused) as refused:
        variants(data)

    assert hash_picture(data) == hash_picture(first)
    assert refused.value.reason is RefusalReason.TOO_MANY_PIXELS

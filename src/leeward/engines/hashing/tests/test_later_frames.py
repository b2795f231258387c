"""What stands behind the first frame is looked at as well."""

import io

import pytest
from PIL import Image

from leeward.engines.hashing import Limits, Orientation, PictureRefused, RefusalReason, hash_picture, variants
from leeward.engines.hashing.tests.drawn import distance_bits, encoded, picture

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

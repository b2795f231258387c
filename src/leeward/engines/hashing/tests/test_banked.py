"""A confirmed picture is kept whole and in four centred crops, so that a copy cut a little is found."""

import pytest
from PIL import Image

from leeward.engines.hashing import Banked, Crop, banked, hash_picture, variants
from leeward.engines.hashing.tests.drawn import distance_bits, encoded, file_of_picture_5, picture

WITHIN_BITS = 31


def cropped(image: Image.Image, share: float) -> Image.Image:
    across, down = round(image.width * share), round(image.height * share)
    return image.crop((across, down, image.width - across, image.height - down))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_the_whole_picture_comes_first_and_has_the_hash_of_the_reference_route(file_format: str) -> None:
    data = file_of_picture_5(file_format)

    kept = banked(data)

    assert [one.crop for one in kept] == list(Crop)
    assert (kept[0].pdq, kept[0].quality) == (hash_picture(data).pdq, hash_picture(data).quality)


@pytest.mark.parametrize("size", [(640, 480), (1203, 401), (333, 1024)])
@pytest.mark.parametrize("crop", [Crop.CENTRE_1, Crop.CENTRE_2, Crop.CENTRE_3, Crop.CENTRE_4])
def test_a_crop_has_the_hash_of_its_own_pixels(size: tuple[int, int], crop: Crop) -> None:
    drawn = picture(1, width=size[0], height=size[1])

    kept = banked(encoded(drawn))[crop]

    alone = hash_picture(encoded(cropped(drawn, crop.cut)))
    assert (kept.pdq, kept.quality, kept.crop) == (alone.pdq, alone.quality, crop)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [0.025, 0.05, 0.075, 0.1])
def test_a_copy_that_was_cut_at_a_step_is_found(seed: int, share: float) -> None:
    drawn = picture(seed)
    asked = variants(encoded(cropped(drawn, share), "JPEG", quality=70))[0]

    assert min(distance_bits(asked.pdq, kept.pdq) for kept in banked(encoded(drawn, "JPEG"))) <= WITHIN_BITS


def test_the_steps_are_a_fortieth_of_a_side() -> None:
    assert [crop.cut for crop in Crop] == pytest.approx([0, 0.025, 0.05, 0.075, 0.1])


@pytest.mark.parametrize(("width", "height"), [(1, 1), (4, 400)])
def test_a_picture_too_small_to_hash_is_kept_whole_with_the_hash_zero(width: int, height: int) -> None:
    assert banked(encoded(Image.new("RGB", (width, height), "teal"))) == (Banked(bytes(32), 0, Crop.WHOLE),)


def test_crops_too_small_to_hash_are_left_out() -> None:
    kept = banked(encoded(picture(4, width=6, height=60)))

    assert [one.crop for one in kept] == [Crop.WHOLE, Crop.CENTRE_1, Crop.CENTRE_2, Crop.CENTRE_3]

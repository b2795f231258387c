"""A picture keeps its hash when it is copied, and every kind of picture has one."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from leeward.engines.hashing import Orientation, PictureHash, dihedral, hash_picture
from leeward.engines.hashing._decode import FORMATS
from leeward.engines.hashing.tests.drawn import animated, distance_bits, encoded, file_of_picture_5, picture

WITHIN_BITS = 31  # the distance at which the matching engine calls two pictures the same


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("file_format", "quality"), [("JPEG", 40), ("WEBP", 50), ("PNG", 90)])
def test_a_resized_and_re_encoded_copy_stays_near(seed: int, file_format: str, quality: int) -> None:
    original = picture(seed)
    copy = original.resize((417, 301))

    distance = distance_bits(
        hash_picture(encoded(original)).pdq, hash_picture(encoded(copy, file_format, quality=quality)).pdq
    )

    assert distance <= WITHIN_BITS


def test_different_pictures_are_far_apart() -> None:
    hashes = [hash_picture(encoded(picture(seed))).pdq for seed in range(10)]

    nearest = min(distance_bits(one, other) for place, one in enumerate(hashes) for other in hashes[:place])

    assert nearest > 2 * WITHIN_BITS


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_format_gives_nearly_the_same_hash(file_format: str) -> None:
    drawn = file_of_picture_5("PNG")

    distance = distance_bits(hash_picture(drawn).pdq, hash_picture(file_of_picture_5(file_format)).pdq)

    assert distance <= WITHIN_BITS


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "I;16", "F"])
def test_every_pixel_mode_gives_nearly_the_same_hash(mode: str) -> None:
    drawn = picture(6)
    if mode == "I;16":
        copy = Image.fromarray(np.asarray(drawn.convert("L")).astype(np.uint16) * 257)
    else:
        copy = drawn.convert("L").convert(mode) if mode in ("LA", "I", "F") else drawn.convert(mode)

    found = hash_picture(encoded(copy, "TIFF"))

    assert distance_bits(found.pdq, hash_picture(encoded(drawn)).pdq) <= WITHIN_BITS
    assert found.quality > 50


def test_a_16_bit_picture_is_as_bright_as_its_8_bit_copy() -> None:
    grey = picture(7).convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)

    assert hash_picture(encoded(deep)) == hash_picture(encoded(grey))


def test_values_that_are_no_numbers_do_not_spoil_the_hash() -> None:
    grey = np.asarray(picture(8).convert("F")).copy()
    sound = hash_picture(encoded(Image.fromarray(grey), "TIFF"))
    grey[0, :6] = [np.nan, np.inf, -np.inf, np.nan, np.inf, -np.inf]
    grey.view(np.uint32)[0, 6:9] = 0x7FA00000  # the kind that signals

    assert distance_bits(hash_picture(encoded(Image.fromarray(grey), "TIFF")).pdq, sound.pdq) <= WITHIN_BITS


def test_values_that_hardly_differ_are_spread_without_a_remark() -> None:
    tiny = (np.asarray(picture(8).convert("L")) > 100).astype(np.float32) * np.float32(1e-45)

    assert hash_picture(encoded(Image.fromarray(tiny), "TIFF")).quality > 50


@pytest.mark.parametrize("colour", [0, 128, 255])
def test_a_flat_picture_has_no_quality(colour: int) -> None:
    assert hash_picture(encoded(Image.new("L", (300, 200), colour))).quality == 0


def test_a_picture_with_a_side_below_five_pixels_has_the_hash_zero() -> None:
    thin = encoded(picture(9, width=400, height=4))

    assert hash_picture(thin) == PictureHash(pdq=bytes(32), quality=0)
    assert set(dihedral(thin).values()) == {PictureHash(pdq=bytes(32), quality=0)}


def test_a_palette_with_transparency_is_hashed_by_its_colours() -> None:
    palette = picture(10).quantize(32)
    opaque = hash_picture(encoded(palette))
    palette.info["transparency"] = bytes(range(0, 256, 8))

    assert hash_picture(encoded(palette)) == opaque


def test_an_orientation_note_does_not_change_the_hash() -> None:
    drawn = picture(11)
    note = Image.Exif()
    note[0x0112] = 6  # turn by a quarter before showing
    noted, plain = io.BytesIO(), io.BytesIO()
    drawn.save(noted, "JPEG", exif=note)
    drawn.save(plain, "JPEG")

    assert noted.getvalue() != plain.getvalue()
    assert hash_picture(noted.getvalue()) == hash_picture(plain.getvalue())


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_an_animation_is_judged_by_its_first_frame(file_format: str) -> None:
    still = hash_picture(animated(1, file_format=file_format))

    assert distance_bits(hash_picture(animated(3, file_format=file_format)).pdq, still.pdq) <= WITHIN_BITS


def test_the_eight_orientations_are_those_of_the_turned_picture() -> None:
    drawn = picture(12)
    turned = {
        Orientation.ORIGINAL: drawn,
        Orientation.ROTATED_90: drawn.transpose(Image.Transpose.ROTATE_90),
        Orientation.ROTATED_180: drawn.transpose(Image.Transpose.ROTATE_180),
        Orientation.ROTATED_270: drawn.transpose(Image.Transpose.ROTATE_270),
        Orientation.FLIPPED_X: ImageOps.flip(drawn),
        Orientation.FLIPPED_Y: ImageOps.mirror(drawn),
        Orientation.FLIPPED_PLUS_1: drawn.transpose(Image.Transpose.TRANSPOSE),
        Orientation.FLIPPED_MINUS_1: drawn.transpose(Image.Transpose.TRANSVERSE),
    }

    found = dihedral(encoded(drawn))

    assert list(found) == list(Orientation)
    assert found[Orientation.ORIGINAL] == hash_picture(encoded(drawn))
    for orientation, image in turned.items():
        assert distance_bits(found[orientation].pdq, hash_picture(encoded(image)).pdq) <= WITHIN_BITS, orientation


def test_a_hash_is_shown_as_64_hexadecimal_digits() -> None:
    assert PictureHash(pdq=bytes([0xF8]) + bytes(31), quality=80).hex == "f8" + "0" * 62


@pytest.mark.parametrize(("length", "quality"), [(31, 50), (33, 50), (32, -1), (32, 101)])
def test_a_hash_of_another_shape_cannot_be_made(length: int, quality: int) -> None:
    with pytest.raises(ValueError, match="PDQ hash"):
        PictureHash(pdq=bytes(length), quality=quality)

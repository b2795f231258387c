"""An upload is asked turned, mirrored and without its border, near to what the reference route gives."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from leeward.engines.hashing import (
    Orientation,
    PictureRefused,
    RefusalReason,
    Variant,
    dihedral,
    hash_picture,
    variants,
)
from leeward.engines.hashing._decode import FORMATS
from leeward.engines.hashing.tests.drawn import animated, distance_bits, encoded, file_of_picture_5, picture

WITHIN_BITS = 31  # the distance at which the matching engine calls two pictures the same
NEAR_BITS = 10  # "hashes within 10 bits for quality 80 and more", pdq/README.md, between two routes over one file

TURNS = {
    Orientation.ORIGINAL: None,
    Orientation.ROTATED_90: Image.Transpose.ROTATE_90,
    Orientation.ROTATED_180: Image.Transpose.ROTATE_180,
    Orientation.ROTATED_270: Image.Transpose.ROTATE_270,
    Orientation.FLIPPED_X: Image.Transpose.FLIP_TOP_BOTTOM,
    Orientation.FLIPPED_Y: Image.Transpose.FLIP_LEFT_RIGHT,
    Orientation.FLIPPED_PLUS_1: Image.Transpose.TRANSPOSE,
    Orientation.FLIPPED_MINUS_1: Image.Transpose.TRANSVERSE,
}


def nearest(asked: bytes, known: Image.Image) -> tuple[int, Variant]:
    """Return the variant of a file that comes nearest to a picture, and how near."""
    reference = hash_picture(encoded(known)).pdq
    return min(((distance_bits(one.pdq, reference), one) for one in variants(asked)), key=lambda found: found[0])


def framed(image: Image.Image, *, across: int, down: int, colour: str) -> Image.Image:
    return ImageOps.expand(image, border=(across, down), fill=colour)


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_first_variant_is_near_the_reference_route_in_every_format(file_format: str) -> None:
    data = file_of_picture_5(file_format)

    first = variants(data)[0]

    assert (first.orientation, first.is_trimmed) == (Orientation.ORIGINAL, False)
    assert distance_bits(first.pdq, hash_picture(data).pdq) <= NEAR_BITS
    assert abs(first.quality - hash_picture(data).quality) <= 2


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("width", "height"), [(2600, 1730), (1733, 1155), (1025, 4099), (517, 1031), (300, 200)])
def test_a_picture_that_is_scaled_while_it_is_decoded_keeps_its_hash(file_format: str, width: int, height: int) -> None:
    data = encoded(picture(width, width=width, height=height), file_format)

    assert distance_bits(variants(data)[0].pdq, hash_picture(data).pdq) <= NEAR_BITS


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "I;16", "F"])
def test_every_pixel_mode_is_near_the_reference_route(mode: str) -> None:
    drawn = picture(6, width=1200, height=1100)
    if mode == "I;16":
        copy = Image.fromarray(np.asarray(drawn.convert("L")).astype(np.uint16) * 257)
    else:
        copy = drawn.convert("L").convert(mode) if mode in ("LA", "I", "F") else drawn.convert(mode)
    data = encoded(copy, "TIFF")

    assert distance_bits(variants(data)[0].pdq, hash_picture(data).pdq) <= NEAR_BITS


@pytest.mark.parametrize(
    "kind",
    [
        {"progressive": True},
        {"subsampling": "4:4:4"},
        {"subsampling": "4:2:2"},
        {"subsampling": "4:1:1"},
        {"keep_rgb": True},
    ],
)
def test_every_kind_of_jpeg_is_near_the_reference_route(kind: dict[str, object]) -> None:
    file = io.BytesIO()
    picture(7, width=1100, height=1040).save(file, "JPEG", **kind)

    assert distance_bits(variants(file.getvalue())[0].pdq, hash_picture(file.getvalue()).pdq) <= NEAR_BITS


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_grey_and_an_ink_jpeg_are_near_the_reference_route(mode: str) -> None:
    data = encoded(picture(8).convert(mode), "JPEG")

    assert distance_bits(variants(data)[0].pdq, hash_picture(data).pdq) <= NEAR_BITS


def test_a_jpeg_that_only_the_slow_decoder_reads_is_still_asked() -> None:
    # Bytes before a marker are allowed and harmless; the fast decoder is told to stop at any remark.
    sound = encoded(picture(9), "JPEG")
    odd = sound[:-2] + b"\x12\x34" + sound[-2:]

    assert distance_bits(variants(odd)[0].pdq, hash_picture(sound).pdq) <= NEAR_BITS


@pytest.mark.parametrize("orientation", Orientation)
def test_a_turned_or_mirrored_copy_is_asked_as_the_original(orientation: Orientation) -> None:
    drawn = picture(12, width=643, height=481)
    turn = TURNS[orientation]
    # The copy is turned by the inverse: only the two quarter turns are not their own.
    quarters = {Orientation.ROTATED_90: Image.Transpose.ROTATE_270, Orientation.ROTATED_270: Image.Transpose.ROTATE_90}
    turn = quarters.get(orientation, turn)
    copy = drawn if turn is None else drawn.transpose(turn)

    distance, variant = nearest(encoded(copy, "JPEG", quality=80), drawn)

    assert distance <= NEAR_BITS
    assert variant.orientation is orientation


def test_the_orientations_come_in_the_order_of_the_reference() -> None:
    data = encoded(picture(13))

    found = variants(data)

    assert [variant.orientation for variant in found] == list(Orientation)
    for variant, estimated in zip(found, dihedral(data).values(), strict=True):
        assert distance_bits(variant.pdq, estimated.pdq) <= WITHIN_BITS


@pytest.mark.parametrize("note", range(1, 9))
def test_a_copy_that_is_only_noted_to_be_turned_matches_the_upright_one(note: int) -> None:
    upright = picture(14)
    exif = Image.Exif()
    exif[0x0112] = note
    lying, file = ImageOps.exif_transpose(_noted(upright, note)), io.BytesIO()
    assert lying is not None
    lying.save(file, "JPEG", exif=exif)

    assert nearest(file.getvalue(), upright)[0] <= WITHIN_BITS


def _noted(image: Image.Image, note: int) -> Image.Image:
    exif = Image.Exif()
    exif[0x0112] = note
    file = io.BytesIO()
    image.save(file, "PNG", exif=exif)
    return Image.open(file)


@pytest.mark.parametrize(
    ("across", "down", "colour"),
    [(20, 20, "white"), (60, 60, "black"), (80, 40, "#346"), (0, 90, "black"), (120, 0, "black"), (0, 30, "white")],
)
@pytest.mark.parametrize("quality", [30, 85])
def test_a_framed_or_letterboxed_copy_is_asked_without_its_border(
    across: int, down: int, colour: str, quality: int
) -> None:
    drawn = picture(15)
    copy = encoded(framed(drawn, across=across, down=down, colour=colour), "JPEG", quality=quality)

    distance, variant = nearest(copy, drawn)

    assert distance <= WITHIN_BITS
    assert len(variants(copy)) == 16
    assert [one.is_trimmed for one in variants(copy)] == [False] * 8 + [True] * 8
    # A narrow border hides a picture less; a wide one hides it wholly from plain PDQ.
    assert variant.is_trimmed or distance <= distance_bits(variants(copy)[0].pdq, hash_picture(encoded(drawn)).pdq)


def test_a_framed_and_mirrored_copy_is_asked_both_ways() -> None:
    drawn = picture(16)
    copy = framed(ImageOps.mirror(drawn), across=50, down=50, colour="white")

    distance, variant = nearest(encoded(copy, "JPEG"), drawn)

    assert distance <= WITHIN_BITS
    assert (variant.orientation, variant.is_trimmed) == (Orientation.FLIPPED_Y, True)


def test_the_sky_of_a_framed_picture_stays_in_the_picture() -> None:
    drawn = picture(17)
    drawn.paste((120, 170, 220), (0, 0, 640, 100))

    distance, variant = nearest(encoded(framed(drawn, across=40, down=40, colour="white"), "JPEG"), drawn)

    assert distance <= WITHIN_BITS
    assert variant.is_trimmed


@pytest.mark.parametrize("colour", ["black", "white", "#777"])
def test_a_flat_picture_is_not_trimmed_to_nothing(colour: str) -> None:
    found = variants(encoded(Image.new("RGB", (300, 200), colour)))

    assert {(variant.quality, variant.is_trimmed) for variant in found} == {(0, False)}


def test_a_dot_on_a_sheet_is_not_taken_for_a_picture_in_a_frame() -> None:
    sheet = Image.new("RGB", (900, 900), "white")
    sheet.paste(picture(18, width=90, height=90), (400, 400))

    assert len(variants(encoded(sheet))) == 8


def test_a_picture_without_a_border_is_asked_eight_times() -> None:
    assert len(variants(encoded(picture(19)))) == 8


@pytest.mark.parametrize(("width", "height"), [(1, 1), (4, 300), (300, 4)])
def test_a_picture_too_small_to_hash_has_the_hash_zero(width: int, height: int) -> None:
    found = variants(encoded(Image.new("RGB", (width, height), "teal")))

    assert {(variant.pdq, variant.quality) for variant in found} == {(bytes(32), 0)}
    assert len(found) == 8


@given(width=st.integers(5, 1100), height=st.integers(5, 1100), across=st.integers(0, 400), colour=st.integers(0, 255))
@settings(max_examples=25, deadline=None)
def test_a_picture_of_any_size_in_any_frame_is_asked_eight_or_sixteen_times(
    width: int, height: int, across: int, colour: int
) -> None:
    inner = picture(width, width=width, height=height).convert("L")

    found = variants(encoded(ImageOps.expand(inner, border=across, fill=colour), "JPEG"))

    assert len(found) in (8, 16)
    assert all(len(variant.pdq) == 32 and 0 <= variant.quality <= 100 for variant in found)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_cut_anywhere_is_refused_and_not_filled_up(progressive: bool) -> None:
    file = io.BytesIO()
    picture(21, width=320, height=240).save(file, "JPEG", quality=60, progressive=progressive)
    data = file.getvalue()

    for end in range(len(data) // 10, len(data) - 1, len(data) // 23):
        with pytest.raises(PictureRefused) as refused:
            variants(data[:end])
        assert refused.value.reason in (RefusalReason.TRUNCATED, RefusalReason.UNREADABLE)


def test_what_follows_a_picture_does_not_change_it() -> None:
    data = encoded(picture(22), "JPEG")

    assert variants(data + b"PK\x03\x04" + bytes(300) + b"PK\x05\x06" + bytes(18)) == variants(data)


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_an_animation_the_first_frame_is_asked_first(file_format: str) -> None:
    still, moving = variants(animated(1, file_format=file_format)), variants(animated(3, file_format=file_format))

    assert distance_bits(still[0].pdq, moving[0].pdq) <= WITHIN_BITS


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_broken_colour_profile_does_not_matter(file_format: str) -> None:
    drawn, file = picture(23), io.BytesIO()
    drawn.save(file, file_format, icc_profile=b"this is no profile", quality=90)

    assert distance_bits(variants(file.getvalue())[0].pdq, hash_picture(encoded(drawn)).pdq) <= WITHIN_BITS

"""What a reporter adds is looked at before it is taken, and drawn anew before anybody sees it."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

from leeward.engines import hashing
from leeward.reports import pictures
from leeward.reports.tests.ana import drawn_picture

WIDTH, HEIGHT = 160, 120
SECRET = "Harbour street 7"
# Made of drawn shapes with another program, because what is installed here reads HEIC only.
HEIC = Path(hashing.__file__).parent / "tests" / "drawn_small.heic"
UPRIGHT, TURNED_RIGHT = 1, 6
FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"]


def corners() -> Image.Image:
    """Draw four quarters: red, green, blue, white, beginning at the top left."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    half, middle = WIDTH // 2, HEIGHT // 2
    for colour, place in (("red", (0, 0)), ("lime", (half, 0)), ("blue", (0, middle))):
        image.paste(colour, (*place, place[0] + half, place[1] + middle))
    return image


def colour_at(image: Image.Image, x: float, y: float) -> str:
    """Return the name of the drawn colour at a place, given as shares of the width and the height."""
    seen = image.convert("RGB").getpixel((int(x * image.width), int(y * image.height)))
    assert isinstance(seen, tuple)
    named = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}
    return min(named, key=lambda name: sum(abs(a - b) for a, b in zip(named[name], seen, strict=True)))


def notes(*, orientation: int = UPRIGHT) -> Image.Exif:
    """Return what a camera writes: who made it, how it was held, and where on earth."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = SECRET
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.DateTime] = "2026:11:21 10:00:00"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (47.0, 55.0, 12.0)
    place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "E", (106.0, 55.0, 2.0)
    return exif


def file_of(image: Image.Image, file_format: str = "PNG", **more: object) -> bytes:
    file = io.BytesIO()
    image.save(file, file_format, **more)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def png_with_notes() -> bytes:
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", SECRET)
    words.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{SECRET}</x:xmpmeta>")
    return file_of(corners(), "PNG", exif=notes(), pnginfo=words, icc_profile=SECRET.encode())


def jpeg_with_notes() -> bytes:
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{SECRET}</x:xmpmeta>".encode()
    return file_of(corners(), "JPEG", exif=notes(), xmp=xmp, icc_profile=SECRET.encode(), comment=SECRET.encode())


def webp_with_notes() -> bytes:
    return file_of(corners(), "WEBP", exif=notes(), xmp=SECRET.encode(), icc_profile=SECRET.encode())


def avif_with_notes() -> bytes:
    return file_of(corners(), "AVIF", exif=notes(), xmp=SECRET.encode())


def tiff_with_notes() -> bytes:
    return file_of(corners(), "TIFF", exif=notes())


def gif_with_notes() -> bytes:
    return file_of(corners(), "GIF", comment=SECRET.encode())


def behind_its_end() -> bytes:
    return drawn_picture() + SECRET.encode()


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_picture_is_taken_by_its_header_and_named_by_what_it_is(file_format: str) -> None:
    assert pictures.check(file_of(corners(), file_format)) == f"image/{file_format.lower()}"


def test_a_picture_of_an_iphone_is_taken() -> None:
    assert pictures.check(HEIC.read_bytes()) == "image/heic"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 these are words", "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_picture"),
        (b"PK\x03\x04" + bytes(200), "not_a_picture"),
        (b"GIF89a", "unreadable"),
        (drawn_picture()[:900], "truncated"),
        (drawn_picture() + bytes(pictures.SIZE_BYTES), "too_large"),
    ],
    ids=["empty", "document", "svg", "archive", "magic", "truncated", "large"],
)
def test_what_is_no_picture_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(pictures.NotAPicture) as caught:
        pictures.check(data)

    assert caught.value.reason == reason


def test_a_picture_that_claims_to_be_huge_is_refused_before_it_is_decoded() -> None:
    small = file_of(Image.new("L", (1, 1)))
    header = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + small[24:29]
    claims = small[:12] + header + zlib.crc32(header).to_bytes(4, "big") + small[33:]

    for look in (pictures.check, pictures.redrawn):
        with pytest.raises(pictures.NotAPicture) as caught:
            look(claims)
        assert caught.value.reason == "too_many_pixels"


@given(st.binary(max_size=400))
def test_any_other_bytes_are_refused_by_name(data: bytes) -> None:
    for look in (pictures.check, pictures.redrawn):
        with pytest.raises(pictures.NotAPicture):
            look(data)


@pytest.mark.parametrize(
    "make",
    [
        jpeg_with_notes,
        png_with_notes,
        webp_with_notes,
        avif_with_notes,
        tiff_with_notes,
        gif_with_notes,
        behind_its_end,
    ],
)
def test_the_copy_tells_nothing_of_place_device_or_time(make: object) -> None:
    assert callable(make)
    data = make()
    assert SECRET.encode() in data  # So there is something to be left out.

    copy = pictures.redrawn(data)

    seen = opened(copy)
    assert SECRET.encode() not in copy
    assert not dict(seen.getexif())
    assert not seen.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    assert not {"exif", "xmp", "icc_profile", "comment", "photoshop"} & seen.info.keys()
    assert not getattr(seen, "text", {})


def test_the_place_that_the_test_plants_can_be_read_from_the_original() -> None:
    place = opened(jpeg_with_notes()).getexif().get_ifd(ExifTags.IFD.GPSInfo)

    assert tuple(place[ExifTags.GPS.GPSLatitude]) == (47.0, 55.0, 12.0)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_a_picture_that_was_taken_sideways_is_upright_in_the_copy(file_format: str) -> None:
    # The camera was turned: what it stored must be turned to the right to be seen as it was.
    stored = corners().transpose(Image.Transpose.ROTATE_90)
    data = file_of(stored, file_format, exif=notes(orientation=TURNED_RIGHT))

    seen = opened(pictures.redrawn(data))

    assert seen.size == (WIDTH, HEIGHT)
    places = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]
    assert [colour_at(seen, *place) for place in places] == ["red", "lime", "blue", "white"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_way_of_holding_a_camera_is_put_right_as_pillow_does_it(orientation: int) -> None:
    from PIL import ImageOps  # The judge, which only this test needs.

    data = file_of(corners(), "PNG", exif=notes(orientation=orientation))

    seen, judged = opened(pictures.redrawn(data)), ImageOps.exif_transpose(opened(data))

    places = [(x, y) for x in (0.25, 0.75) for y in (0.25, 0.75)]
    assert seen.size == judged.size
    assert [colour_at(seen, *place) for place in places] == [colour_at(judged, *place) for place in places]


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_copy_shows_what_the_original_shows(file_format: str) -> None:
    seen = opened(pictures.redrawn(file_of(corners(), file_format)))

    assert (seen.format, seen.size) == ("JPEG", (WIDTH, HEIGHT))
    assert colour_at(seen, 0.75, 0.25) == "lime"


def test_a_picture_of_an_iphone_becomes_one_that_every_browser_shows() -> None:
    seen = opened(pictures.redrawn(HEIC.read_bytes()))

    assert (seen.format, seen.size) == ("JPEG", (90, 70))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_a_large_picture_becomes_smaller_and_keeps_its_shape(file_format: str) -> None:
    data = file_of(corners().resize((5000, 2500)), file_format)

    seen = opened(pictures.redrawn(data))

    assert seen.size == (2000, 1000)
    assert colour_at(seen, 0.25, 0.75) == "blue"


def test_a_small_picture_does_not_grow() -> None:
    assert opened(pictures.redrawn(drawn_picture())).size == (160, 120)


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "GIF"])
def test_what_is_transparent_stays_so(file_format: str) -> None:
    image = corners().convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 40, 40))

    seen = opened(pictures.redrawn(file_of(image, file_format)))

    assert (seen.format, seen.mode) == ("PNG", "RGBA")
    assert [seen.getchannel("A").getpixel(place) for place in ((5, 5), (100, 100))] == [0, 255]


def test_what_could_be_transparent_and_is_not_becomes_a_jpeg() -> None:
    assert opened(pictures.redrawn(file_of(corners().convert("RGBA")))).format == "JPEG"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16", "I", "F", "YCbCr", "LAB"])
def test_a_picture_of_any_depth_is_drawn(mode: str) -> None:
    if mode in {"I;16", "I", "F"}:
        slope = np.linspace(0, 65_535, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH)
        kind = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
        image = Image.fromarray(slope.astype(kind))
    elif mode == "LAB":
        image = Image.new("LAB", (WIDTH, HEIGHT))
    else:
        image = corners().convert(mode)
    file_format = {"LA": "PNG"}.get(mode, "TIFF")

    seen = opened(pictures.redrawn(file_of(image, file_format)))

    assert seen.size == (WIDTH, HEIGHT)


def test_sixteen_bits_are_not_cut_to_white() -> None:
    slope = np.linspace(0, 65_535, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH).astype(np.uint16)

    seen = np.asarray(opened(pictures.redrawn(file_of(Image.fromarray(slope)))).convert("L"))

    assert 100 < seen[HEIGHT // 2].mean() < 155


def test_of_an_animation_the_first_picture_is_drawn() -> None:
    data = file_of(corners(), "GIF", save_all=True, append_images=[Image.new("RGB", (WIDTH, HEIGHT), "red")])

    seen = opened(pictures.redrawn(data))

    assert colour_at(seen, 0.75, 0.75) == "white"
    assert getattr(seen, "n_frames", 1) == 1


def test_a_picture_that_breaks_off_cannot_be_drawn() -> None:
    whole = file_of(Image.effect_noise((WIDTH, HEIGHT), 90), "JPEG")

    with pytest.raises(pictures.NotAPicture) as caught:
        pictures.redrawn(whole[: len(whole) // 2])

    assert caught.value.reason == "truncated"

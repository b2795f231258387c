"""A covered copy shows next to nothing, a clear one holds what one must see and nothing of what the file said beside it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import ExifTags, Image

from leeward.cases import evidence_copies
from leeward.engines.hashing.tests import clips, drawn

SECRET = b"Harbour street 7"
PICTURE = drawn.encoded(drawn.picture(1))


def image_of(copy: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(copy))
    image.load()
    return image


def stripes() -> bytes:
    """Draw lines as thin as those of a face or a letter in a photograph, in colours."""
    lines = np.zeros((600, 800, 3), np.uint8)
    lines[:, ::16] = lines[:, 1::16] = (255, 40, 40)
    out = io.BytesIO()
    Image.fromarray(lines).save(out, "PNG")
    return out.getvalue()


def test_a_covered_picture_is_small_and_grey() -> None:
    image = image_of(evidence_copies.covered(PICTURE, media_type="image/png"))

    assert (image.format, image.mode) == ("JPEG", "L")
    assert max(image.size) <= evidence_copies.COVERED_SIDE


def test_what_is_thin_in_a_picture_is_gone_from_the_bytes_of_the_covered_copy() -> None:
    covered = np.asarray(image_of(evidence_copies.covered(stripes(), media_type="image/png")), np.int16)
    clear = np.asarray(image_of(evidence_copies.clear(stripes(), media_type="image/png")).convert("L"), np.int16)

    assert np.ptp(clear) > 60
    assert np.ptp(covered[8:-8, 8:-8]) <= 4


def test_what_is_transparent_is_covered_as_well() -> None:
    image = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 150, 200))
    out = io.BytesIO()
    image.save(out, "PNG")

    covered = image_of(evidence_copies.covered(out.getvalue(), media_type="image/png"))
    clear = evidence_copies.clear(out.getvalue(), media_type="image/png")

    assert covered.mode == "L"
    assert evidence_copies.media_type_of(clear) == "image/png"


@pytest.mark.parametrize("copied", [evidence_copies.covered, evidence_copies.clear])
def test_no_copy_holds_what_the_camera_noted(copied: object) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = SECRET.decode()
    out = io.BytesIO()
    drawn.picture(1).save(out, "JPEG", exif=exif, comment=SECRET)
    assert SECRET in out.getvalue()

    copy = copied(out.getvalue(), media_type="image/jpeg")  # type: ignore[operator]  # both have one shape

    assert SECRET not in copy
    assert not dict(image_of(copy).getexif())


def test_a_clear_copy_keeps_size_and_colours() -> None:
    image = image_of(evidence_copies.clear(stripes(), media_type="image/png"))

    assert image.size == (800, 600)
    assert image.mode == "RGB"


def test_a_video_is_covered_by_its_first_key_frame_and_clear_as_a_few_stills() -> None:
    clip = clips.clip(seconds=6)

    covered = image_of(evidence_copies.covered(clip, media_type="video/mp4"))
    clear = image_of(evidence_copies.clear(clip, media_type="video/mp4"))

    assert covered.mode == "L"
    assert max(covered.size) <= evidence_copies.COVERED_SIDE
    assert clear.mode == "RGB"
    assert clear.width > covered.width


def test_a_text_is_covered_letter_by_letter_and_clear_up_to_its_start() -> None:
    text = ("Meet me at the pier. " * 300).encode()

    covered = evidence_copies.covered(text, media_type="text/plain").decode()
    clear = evidence_copies.clear(text, media_type="text/plain").decode()

    assert set(covered) == {"▒", " "}
    assert clear == text.decode()[: evidence_copies.EXCERPT]
    assert evidence_copies.media_type_of(clear.encode()).startswith("text/plain")


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"neither a picture nor a text", "image/png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "image/svg+xml"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\xff\xfe\x00", "text/plain"),
        (PICTURE[:300], "image/png"),
        (b"\x00\x00\x00\x20ftypisom" + bytes(100), "video/mp4"),
        (b"", "image/png"),
    ],
)
def test_what_is_neither_picture_nor_video_nor_text_is_not_shown(data: bytes, media_type: str) -> None:
    for copied in (evidence_copies.covered, evidence_copies.clear):
        with pytest.raises(evidence_copies.CannotBeShown):
            copied(data, media_type=media_type)


def test_a_page_that_calls_itself_a_text_stays_a_text() -> None:
    """A browser is told that it is plain text, so no script of it runs."""
    page = b"<script>alert(1)</script>"

    clear = evidence_copies.clear(page, media_type="text/html")

    assert clear == page
    assert evidence_copies.media_type_of(clear) == "text/plain; charset=utf-8"


def test_a_text_that_begins_like_a_picture_is_still_a_text() -> None:
    clear = evidence_copies.clear("ÿØÿ".encode(), media_type="text/plain")

    assert evidence_copies.media_type_of(clear).startswith("text/plain")

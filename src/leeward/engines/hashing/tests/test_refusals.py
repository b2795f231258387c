"""What is not a sound picture within the limits is refused with its reason, and nothing else is raised."""

import contextlib
import io
import struct
import time
import tracemalloc
import warnings
import zlib
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.engines.hashing import (
    DEFAULT_LIMITS,
    Limits,
    PictureRefused,
    RefusalReason,
    banked,
    hash_picture,
    thumbnail,
    variants,
)
from leeward.engines.hashing._decode import FORMATS
from leeward.engines.hashing.tests.drawn import (
    animated,
    encoded,
    file_of_picture_5,
    picture,
    png_that_claims,
    small_file,
    tiff_with_a_tile,
)

SMALL = {file_format: small_file(file_format) for file_format in FORMATS}


def refusal(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> RefusalReason:
    """Return the reason that all four ways in give."""
    reasons = set()
    for way in (hash_picture, variants, banked, partial(thumbnail, at_least=32)):
        with pytest.raises(PictureRefused) as refused:
            way(data, limits=limits)
        reasons.add(refused.value.reason)
    assert len(reasons) == 1, reasons
    return reasons.pop()


def test_no_bytes_are_empty() -> None:
    assert refusal(b"") is RefusalReason.EMPTY


def test_a_file_of_one_byte_too_many_is_too_large() -> None:
    data = SMALL["PNG"]

    assert hash_picture(data, limits=Limits(size_bytes=len(data)))
    assert refusal(data, limits=Limits(size_bytes=len(data) - 1)) is RefusalReason.TOO_LARGE


def test_a_picture_of_one_pixel_too_many_is_refused() -> None:
    data = SMALL["JPEG"]

    assert hash_picture(data, limits=Limits(pixels=90 * 70))
    assert refusal(data, limits=Limits(pixels=90 * 70 - 1)) is RefusalReason.TOO_MANY_PIXELS


@pytest.mark.parametrize(("width", "height"), [(9_000, 9_000), (70_000, 10), (12_000, 12_000), (2**31 - 1, 2**31 - 1)])
def test_a_huge_declared_size_is_refused_before_memory_is_taken(width: int, height: int) -> None:
    tracemalloc.start()

    reason = refusal(png_that_claims(width, height))

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reason is RefusalReason.TOO_MANY_PIXELS
    assert most < 5_000_000


def with_size_30000(file_format: str) -> bytes:
    """Return a small file whose header states 30,000 by 30,000 pixels."""
    data = bytearray(SMALL[file_format])
    if file_format == "PNG":
        return png_that_claims(30_000, 30_000)
    if file_format == "JPEG":
        place = data.index(b"\xff\xc0")
        data[place + 5 : place + 9] = struct.pack(">HH", 30_000, 30_000)
    elif file_format == "TIFF":
        for tag in (256, 257):
            place = data.index(struct.pack("<HHI", tag, 4, 1)) if struct.pack("<HHI", tag, 4, 1) in data else -1
            place = place if place >= 0 else data.index(struct.pack("<HHI", tag, 3, 1))
            data[place + 2 : place + 12] = struct.pack("<HII", 4, 1, 30_000)
    elif file_format == "BMP":
        data[18:26] = struct.pack("<ii", 30_000, 30_000)
    else:
        data[6:10] = struct.pack("<HH", 30_000, 30_000)
    return bytes(data)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "BMP", "GIF"])
def test_thirty_thousand_by_thirty_thousand_pixels_are_refused_in_every_format(file_format: str) -> None:
    tracemalloc.start()

    reason = refusal(with_size_30000(file_format))

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reason is RefusalReason.TOO_MANY_PIXELS
    assert most < 5_000_000


def test_an_avif_that_states_less_than_it_decodes_to_is_refused() -> None:
    data = bytearray(file_of_picture_5("AVIF"))
    place = data.index(b"ispe") + 8
    data[place : place + 8] = struct.pack(">II", 100, 100)

    assert hash_picture(bytes(data), limits=Limits(pixels=640 * 480))
    assert refusal(bytes(data), limits=Limits(pixels=640 * 480 - 1)) is RefusalReason.TOO_MANY_PIXELS


def test_a_moving_avif_is_asked_for_the_size_of_its_first_frame() -> None:
    data = animated(3, file_format="AVIF")

    assert hash_picture(data, limits=Limits(pixels=64 * 48))
    assert refusal(data, limits=Limits(pixels=64 * 48 - 1)) is RefusalReason.TOO_MANY_PIXELS


@pytest.mark.parametrize("hidden", [b"iloc", b"iinf", b"av01"])
def test_an_avif_whose_pictures_cannot_be_followed_is_refused(hidden: bytes) -> None:
    assert refusal(SMALL["AVIF"].replace(hidden, b"free")) is RefusalReason.UNREADABLE


def test_a_tiff_with_a_tile_beyond_the_limit_is_refused() -> None:
    assert hash_picture(tiff_with_a_tile(16))
    assert refusal(tiff_with_a_tile(46_000)) is RefusalReason.TOO_MANY_PIXELS


def moving(file_format: str, *, frames: int) -> bytes:
    """Return an animation of very many equal frames."""
    data = animated(2, file_format=file_format)
    if file_format == "PNG":
        place = data.index(b"acTL")
        return (
            data[: place + 4] + (stated := struct.pack(">II", frames, 0)) + _crc(b"acTL" + stated) + data[place + 16 :]
        )
    if file_format == "GIF":
        return data[:-1] + b",\0\0\0\0\x01\0\x01\0\0\x02\0" * frames + b";"
    place = data.rindex(b"ANMF")
    chunks = data[:place] + data[place:] * frames
    return b"RIFF" + struct.pack("<I", len(chunks) - 8) + chunks[8:]


def _crc(data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(data))


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP"])
def test_ten_thousand_frames_are_refused(file_format: str) -> None:
    data = moving(file_format, frames=10_000)

    assert refusal(data, limits=Limits(size_bytes=len(data))) is RefusalReason.TOO_MANY_FRAMES


def test_a_jpeg_that_is_painted_a_hundred_and_one_times_is_refused() -> None:
    file = io.BytesIO()
    picture(3, width=64, height=64).save(file, "JPEG", progressive=True)
    sound = file.getvalue()
    last = sound[sound.rindex(b"\xff\xda") : -2]
    scans = sound.count(b"\xff\xda")

    assert hash_picture(sound)
    assert refusal(sound[:-2] + last * (101 - scans) + sound[-2:]) is RefusalReason.TOO_MANY_SCANS


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_a_frame_too_many_is_refused(file_format: str) -> None:
    data = animated(4, file_format=file_format)

    assert hash_picture(data, limits=Limits(frames=4))
    assert refusal(data, limits=Limits(frames=3)) is RefusalReason.TOO_MANY_FRAMES


def test_a_million_empty_frames_are_not_walked() -> None:
    head, frame = b"GIF89a\x05\0\x05\0\0\0\0", b",\0\0\0\0\x01\0\x01\0\0\x02\0"
    started = time.perf_counter()

    reason = refusal(head + frame * 1_000_000 + b";")

    assert reason is RefusalReason.TOO_MANY_FRAMES
    assert time.perf_counter() - started < 2


def test_the_name_of_a_file_is_not_asked_for_only_its_bytes() -> None:
    assert refusal(b"<html><body>photo.jpg</body></html>") is RefusalReason.NOT_A_PICTURE
    assert refusal(b"%PDF-1.7\n" + bytes(200)) is RefusalReason.NOT_A_PICTURE
    assert refusal(b"RIFF\x24\0\0\0WAVEfmt " + bytes(40)) is RefusalReason.NOT_A_PICTURE
    assert refusal(bytes(1_000)) is RefusalReason.NOT_A_PICTURE


def test_a_format_that_is_not_on_the_list_is_not_decoded() -> None:
    assert refusal(encoded(picture(2, width=64, height=64), "PPM")) is RefusalReason.NOT_A_PICTURE
    assert refusal(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n") is RefusalReason.NOT_A_PICTURE


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_file_that_ends_early_is_truncated(file_format: str, share: float) -> None:
    data = SMALL[file_format]

    assert refusal(data[: int(len(data) * share)]) is RefusalReason.TRUNCATED


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_broken_picture_never_passes_for_a_document(file_format: str) -> None:
    data = SMALL[file_format]

    assert refusal(data[: len(data) // 2]) in (RefusalReason.TRUNCATED, RefusalReason.UNREADABLE)


def test_pixels_that_do_not_fill_the_stated_size_are_refused() -> None:
    assert refusal(png_that_claims(300, 200)) in (RefusalReason.TRUNCATED, RefusalReason.UNREADABLE)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_an_altered_picture_has_a_hash_or_a_reason(data: st.DataObject) -> None:
    altered = bytearray(SMALL[data.draw(st.sampled_from(FORMATS))])
    for _ in range(data.draw(st.integers(1, 8))):
        altered[data.draw(st.integers(0, len(altered) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(altered)))

    # Anything but a refusal would leave the block and fail the test.
    with contextlib.suppress(PictureRefused):
        assert 0 <= hash_picture(bytes(altered[:end])).quality <= 100
    with contextlib.suppress(PictureRefused):
        assert 0 <= variants(bytes(altered[:end]))[0].quality <= 100


def test_no_remark_of_a_decoder_escapes() -> None:
    damaged = bytearray(SMALL["TIFF"])
    damaged[-40:-20] = bytes(range(200, 220))  # somewhere among the tags, which stand at the end
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        with contextlib.suppress(PictureRefused):
            variants(bytes(damaged))
        with contextlib.suppress(PictureRefused):
            variants(SMALL["TIFF"][:-30])

    assert remarks == []


@pytest.mark.filterwarnings("error")
def test_a_process_with_warnings_as_errors_also_refuses() -> None:
    assert refusal(SMALL["TIFF"][:2_000]) in (RefusalReason.TRUNCATED, RefusalReason.UNREADABLE)
    assert refusal(png_that_claims(10_000, 9_999)) is RefusalReason.TOO_MANY_PIXELS


def test_a_refusal_says_what_to_do_and_quotes_nothing() -> None:
    with pytest.raises(PictureRefused) as refused:
        hash_picture(b"Ana was here")

    assert "hash the file by its digests" in str(refused.value)
    assert "Ana" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_every_reason_has_a_next_step() -> None:
    assert all(str(PictureRefused(reason)) for reason in RefusalReason)


@pytest.mark.parametrize("limits", [{"size_bytes": 0}, {"pixels": 0}, {"frames": 0}])
def test_limits_below_one_cannot_be_set(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="start at 1"):
        Limits(**limits)

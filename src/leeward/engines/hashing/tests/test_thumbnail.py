"""A thumbnail is the picture in colour, scaled down by a whole number."""

import numpy as np
import pytest
from PIL import Image

from leeward.engines.hashing import PictureRefused, RefusalReason, thumbnail
from leeward.engines.hashing._decode import FORMATS
from leeward.engines.hashing.tests.drawn import encoded, picture, small_file


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "BMP"])
@pytest.mark.parametrize(("width", "height"), [(1210, 905), (450, 1700), (224, 224)])
def test_both_sides_keep_what_was_asked_for_and_no_more_than_twice(file_format: str, width: int, height: int) -> None:
    found = thumbnail(encoded(picture(1, width=width, height=height), file_format), at_least=224)

    assert found.dtype == np.uint8
    assert found.shape[2] == 3
    assert 224 <= min(found.shape[:2]) < 2 * 224
    assert found.shape[1] / found.shape[0] == pytest.approx(width / height, rel=0.02)


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_small_picture_is_not_scaled_up(file_format: str) -> None:
    assert thumbnail(small_file(file_format), at_least=224).shape == (70, 90, 3)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I", "F"])
def test_the_picture_shows_the_same_in_every_mode(mode: str) -> None:
    drawn = picture(2, width=500, height=400)
    copy = drawn.convert("L").convert(mode) if mode in ("LA", "I", "F") else drawn.convert(mode)

    found = thumbnail(encoded(copy, "TIFF"), at_least=100)

    shown = np.asarray((drawn.convert("L") if mode in ("1", "L", "LA", "I", "F") else drawn).convert("RGB").reduce(4))
    assert found.shape == shown.shape
    assert np.corrcoef(found.ravel(), shown.ravel())[0, 1] > 0.95


def test_what_is_hidden_by_transparency_is_shown() -> None:
    drawn = picture(3, width=300, height=300)
    hidden = drawn.copy()
    hidden.putalpha(Image.new("L", drawn.size, 0))

    assert np.array_equal(thumbnail(encoded(hidden), at_least=100), thumbnail(encoded(drawn), at_least=100))


def test_a_cut_picture_has_no_thumbnail() -> None:
    with pytest.raises(PictureRefused) as refused:
        thumbnail(small_file("JPEG")[:900], at_least=32)

    assert refused.value.reason is RefusalReason.TRUNCATED


def test_a_thumbnail_of_nothing_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="at least 1 pixel"):
        thumbnail(small_file("PNG"), at_least=0)

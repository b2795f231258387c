"""Our hashes are those of the reference, so lists can be exchanged."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from leeward.engines.hashing import dihedral, hash_picture, variants
from leeward.engines.hashing._shrink import shrink
from leeward.engines.hashing._spectrum import bits, quality, spectrum
from leeward.engines.hashing.tests.drawn import distance_bits

# The Python reference hashes palette numbers, inverted inks and 0/1 as if they were brightness.
RAW_MODES = ("pdq/modes/P.png", "pdq/modes/CMYK.jpg", "pdq/modes/1.png")


def _fixtures() -> Path | None:
    beside = [folder / "shared" / "data" / "matching" for folder in Path(__file__).resolve().parents]
    return next((folder for folder in beside if folder.is_dir()), None)


FIXTURES = _fixtures()
pytestmark = pytest.mark.skipif(FIXTURES is None, reason="the shared fixtures are not beside the repository")


@cache
def _reference() -> dict[str, Any]:
    if FIXTURES is None:
        return {}
    images: dict[str, Any] = json.loads((FIXTURES / "pdq" / "reference_hashes.json").read_text())["images"]
    return images


def _data(name: str) -> bytes:
    assert FIXTURES is not None
    data = (FIXTURES / name).read_bytes()
    assert hashlib.sha256(data).hexdigest() == _reference()[name]["sha256"]
    return data


@pytest.mark.parametrize("name", [name for name in _reference() if name not in RAW_MODES])
def test_hash_quality_and_all_orientations_are_the_reference_s(name: str) -> None:
    expected = _reference()[name]

    found = hash_picture(_data(name))
    orientations = dihedral(_data(name))

    assert (found.hex, found.quality) == (expected["pdq"], expected["quality"])
    assert [turned.hex for turned in orientations.values()] == expected["dihedral"]


@pytest.mark.parametrize("name", [name for name in _reference() if name not in RAW_MODES])
def test_the_fast_route_is_within_ten_bits_of_the_reference(name: str) -> None:
    expected = _reference()[name]

    found = variants(_data(name))[0]

    assert abs(found.quality - expected["quality"]) <= 2
    if expected["quality"] >= 80:  # "for quality >= 80 within 10 bits", pdq/README.md
        assert distance_bits(found.pdq, bytes.fromhex(expected["pdq"])) <= 10


@pytest.mark.parametrize("name", RAW_MODES)
def test_the_same_numbers_give_the_same_hash_in_every_mode(name: str) -> None:
    assert FIXTURES is not None
    expected = _reference()[name]
    with Image.open(FIXTURES / name) as image:
        numbers = np.atleast_3d(np.asarray(image).astype(np.float64))
    channels = numbers[..., :3] if numbers.shape[2] > 1 else np.repeat(numbers, 3, axis=2)
    luma = (channels @ np.array([0.299, 0.587, 0.114])).astype(np.float32)

    grid = shrink([luma], width=luma.shape[1], height=luma.shape[0])

    assert (bits(spectrum(grid)).hex(), quality(grid)) == (expected["pdq"], expected["quality"])


@pytest.mark.parametrize("name", RAW_MODES)
def test_a_palette_an_ink_and_a_two_tone_copy_match_the_original(name: str) -> None:
    original = bytes.fromhex(_reference()["pdq/bridge-mods/aaa-orig.jpg"]["pdq"])

    assert distance_bits(hash_picture(_data(name)).pdq, original) <= 31

"""Over the same pixels our hashes are those of `pdqhash` and `threatexchange`, bit for bit."""

import numpy as np
import pdqhash
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threatexchange.signal_type.pdq.pdq_hasher import pdq_from_bytes

from leeward.engines.hashing import dihedral, hash_picture
from leeward.engines.hashing.tests.drawn import encoded, picture

SIZES = [(640, 480), (64, 64), (128, 128), (129, 127), (1031, 517), (333, 1200), (5, 5), (90, 7), (2048, 130)]


def packed(bits: object) -> bytes:
    return np.packbits(np.asarray(bits, dtype=np.uint8)).tobytes()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_drawn_picture_has_the_hash_and_the_quality_of_the_peer(width: int, height: int) -> None:
    drawn = picture(width, width=width, height=height)

    found = hash_picture(encoded(drawn))

    bits, quality = pdqhash.compute(np.asarray(drawn))
    assert (found.pdq, found.quality) == (packed(bits), quality)


# Without the smallest: a few equal pixels give equal frequencies, and rounding decides which is above the median.
@pytest.mark.parametrize(("width", "height"), [size for size in SIZES if min(size) > 5])
def test_the_eight_orientations_are_the_peer_s(width: int, height: int) -> None:
    drawn = picture(height, width=width, height=height)

    found = dihedral(encoded(drawn))

    orientations, _ = pdqhash.compute_dihedral(np.asarray(drawn))
    assert [one.pdq for one in found.values()] == [packed(bits) for bits in orientations]


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_a_file_has_the_hash_that_the_peer_gives_to_the_file(file_format: str) -> None:
    data = encoded(picture(3), file_format)

    assert (hash_picture(data).hex, hash_picture(data).quality) == pdq_from_bytes(data)


@given(width=st.integers(64, 400), height=st.integers(64, 400), seed=st.integers(0, 1_000))
@settings(max_examples=25, deadline=None)
def test_a_picture_of_any_size_has_the_hash_of_the_peer(width: int, height: int, seed: int) -> None:
    drawn = picture(seed, width=width, height=height)

    assert hash_picture(encoded(drawn)).hex == pdq_from_bytes(encoded(drawn))[0]

"""The bands reach far enough, share no bit and keep the file small."""

import numpy as np
import pytest

from leeward.engines.matching import WITHIN_BITS, _plan
from leeward.engines.matching._compiling import compiled
from leeward.engines.matching._layout import HEADER_BYTES, Counts, places

COUNTS = [20_000, 50_000, 100_000, 300_000, 10**6, 3 * 10**6, 10**7, 10**8]


def test_few_hashes_need_no_bands() -> None:
    assert _plan.bands_for(1_000) == ()


@pytest.mark.parametrize("count", COUNTS)
def test_bands_find_everything_within_the_radius(count: int) -> None:
    bands = _plan.bands_for(count)

    used = [bit for band in bands for bit in range(band.shift, band.shift + band.width)]
    assert len(used) == len(set(used))
    assert set(used) <= set(range(256))
    assert _plan.reach(bands) == WITHIN_BITS
    assert bands[0].shift + bands[0].width == 256


@pytest.mark.parametrize("count", COUNTS)
def test_a_sign_takes_at_most_130_octets(count: int) -> None:
    counts = Counts(4, count, count, 0, _plan.bands_for(count))

    assert places(counts, start=HEADER_BYTES).end <= 130 * count


@pytest.mark.parametrize("within_bits", [0, 1, 7, 15, 30, 31])
def test_a_smaller_radius_looks_at_less_and_still_reaches(within_bits: int) -> None:
    bands = _plan.bands_for(10**6)

    radii = _plan.radii(bands, within_bits)

    assert np.maximum(radii + 1, 0).sum() == within_bits + 1
    assert (radii <= [band.radius for band in bands]).all()


def test_a_larger_radius_looks_at_everything() -> None:
    assert len(_plan.radii(_plan.bands_for(10**6), 32)) == 0


def test_a_loop_that_cannot_be_kept_on_the_disk_still_runs() -> None:
    # There is no folder for a function that has no file, as there is none where nothing is writable.
    names: dict[str, object] = {}
    exec("def double(number):\n    return 2 * number", names)

    double = compiled(names["double"])  # type: ignore[type-var]

    assert double(21) == 42  # type: ignore[operator]

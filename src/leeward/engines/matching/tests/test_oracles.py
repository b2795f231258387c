"""The field's own indexes find the same matches, every one."""

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from leeward.engines import matching
from leeward.engines.matching import Index, Match, _plan, _values, _writing
from leeward.engines.matching.tests.held import MARK, NO_EXACT, NO_KEYS, Hashes, flocks, random_hashes, segment

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # faiss is made by a tool that leaves some.
    import faiss
    from threatexchange.signal_type.pdq.pdq_index import PDQIndex

RADII = [0, 10, 30, 31, 32, 60]


def _by_faiss(values: Hashes, asked: Hashes, *, within_bits: int) -> list[list[Match]]:
    flat = faiss.IndexBinaryFlat(256)
    flat.add(values)
    limits, bits, keys = flat.range_search(asked, within_bits + 1)
    return [
        [Match(key, apart) for apart, key in sorted(zip(bits[a:b].tolist(), keys[a:b].tolist(), strict=True))]
        for a, b in zip(limits[:-1].tolist(), limits[1:].tolist(), strict=True)
    ]


def _turned(values: Hashes, *, seed: int) -> Hashes:
    """Return each hash with 0, 1, 2 ... 40 of its bits turned over, in turn."""
    chance = np.random.default_rng(seed)
    bits = np.unpackbits(values, axis=1)
    for row in range(len(bits)):
        bits[row, chance.choice(256, size=row % 41, replace=False)] ^= 1
    return np.packbits(bits, axis=1)


def _unit_vectors() -> Hashes:
    return np.vstack([np.packbits(np.eye(256, dtype=np.uint8), axis=1), np.zeros((1, 32), np.uint8)])


def _many_equal() -> Hashes:
    values = random_hashes(30_000, seed=8)
    values[5_000:7_000] = 0
    values[15_000:15_500] = values[1]
    values[16_000] = 255
    return values


SETS: dict[str, Callable[[], Hashes]] = {
    "random": lambda: random_hashes(60_000, seed=1),
    "random with one radius for all bands": lambda: random_hashes(100_000, seed=2),
    "flocks": lambda: flocks(2_000, each=15, seed=3),
    "one flock": lambda: np.vstack([flocks(1, each=3_000, seed=4), random_hashes(20_000, seed=5)]),
    "one bit set, and none": lambda: np.vstack([_unit_vectors(), random_hashes(20_000, seed=6)]),
    "half the bits always the same": lambda: np.hstack(
        [np.zeros((20_000, 16), np.uint8), random_hashes(20_000, seed=7)[:, :16]]
    ),
    "many equal": _many_equal,
    "few": lambda: _unit_vectors()[:40],
}


@pytest.mark.parametrize("name", SETS)
def test_faiss_finds_the_same(name: str, tmp_path: Path) -> None:
    values = SETS[name]()
    index = Index.open(segment(tmp_path / "segment", values))
    chosen = np.unique(np.linspace(0, len(values) - 1, 123).astype(int))
    asked = np.vstack([_turned(values[chosen], seed=9), values[:3], np.zeros((1, 32), np.uint8)])

    for within_bits in RADII:
        assert index.near_many(asked, within_bits=within_bits) == _by_faiss(values, asked, within_bits=within_bits)


def test_the_bands_of_very_large_segments_find_the_same(tmp_path: Path) -> None:
    wide = [_plan.Band(240, 16, 3), _plan.Band(0, 16, 3)]
    bands = (*wide, *(_plan.Band(16 + 12 * number, 12, 2) for number in range(8)))
    assert _plan.reach(bands) == 31
    values = np.vstack([flocks(2_000, each=10, seed=3), _unit_vectors()])
    rows = _writing.Rows(_values.mixed(values), np.arange(len(values), dtype=np.int64))
    none = _writing.Rows(_values.exact_words(NO_EXACT), NO_KEYS)
    path = tmp_path / "segment"
    _writing.write_segment(
        path, near=_writing.in_order(rows), exact=none, position=1, mark=MARK, near_bands=lambda _: bands
    )
    index = Index.open(path)
    asked = np.vstack([_turned(values[::90], seed=9), values[-3:]])

    for within_bits in RADII:
        assert index.near_many(asked, within_bits=within_bits) == _by_faiss(values, asked, within_bits=within_bits)


@pytest.mark.parametrize("name", ["random", "flocks", "one bit set, and none", "many equal"])
def test_the_reference_index_finds_the_same(name: str, tmp_path: Path) -> None:
    values = SETS[name]()
    index = Index.open(segment(tmp_path / "segment", values))
    peer = PDQIndex([(value.tobytes().hex(), key) for key, value in enumerate(values)])
    for asked in _turned(values[:: len(values) // 30], seed=10):
        theirs = peer.query(asked.tobytes().hex())

        ours = index.near(asked.tobytes())

        assert sorted((match.key, match.distance_bits) for match in ours) == sorted(
            (match.metadata, match.similarity_info.distance) for match in theirs
        )


def test_a_hundred_thousand_equal_hashes_are_looked_at_once(tmp_path: Path) -> None:
    values = np.vstack([np.zeros((100_000, 32), np.uint8), random_hashes(20_000, seed=8)])
    index = Index.open(segment(tmp_path / "segment", values))

    table = index._state.base.near
    assert (table.counts.hashes, table.counts.rows) == (20_001, 120_000)
    assert index.near(values[100_500].tobytes()) == [Match(100_500, 0)]
    assert len(index.near(bytes(32))) == 100_000


@pytest.mark.parametrize("count", [1, 10, 40_000])
def test_a_dictionary_finds_the_same_exact_values(count: int, tmp_path: Path) -> None:
    chance = np.random.default_rng(count)
    values = chance.integers(0, 256, (count, 16), dtype=np.uint8)
    values[: count // 100 + 2] = values[0]
    keys = chance.permutation(count).astype(np.int64)
    held: dict[bytes, set[int]] = {}
    for key, value in zip(keys.tolist(), values, strict=True):
        held.setdefault(value.tobytes(), set()).add(key)
    path = tmp_path / "segment"
    matching.build(
        path,
        keys=NO_KEYS,
        values=np.empty((0, 32), np.uint8),
        exact_keys=keys,
        exact_values=values,
        position=1,
        mark=MARK,
    )
    index = Index.open(path)

    asked = np.vstack([values[::7], chance.integers(0, 256, (50, 16), dtype=np.uint8)])
    assert index.exact_many(asked) == [sorted(held.get(value.tobytes(), ())) for value in asked]

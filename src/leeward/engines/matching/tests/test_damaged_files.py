"""A file that is not whole is refused by name; it never ends the process and never answers from outside of itself."""

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.engines import matching
from leeward.engines.matching import BadSegment, Index, _layout, _plan
from leeward.engines.matching.tests.held import MARK, Hashes, random_hashes, segment

HEADER = _layout.HEADER_BYTES


@pytest.fixture(scope="module")
def values() -> Hashes:
    hashes = random_hashes(20_000, seed=2)
    hashes[100:200] = hashes[0]
    return hashes


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, values: Hashes) -> bytes:
    path = segment(tmp_path_factory.mktemp("whole") / "whole", values)
    matching.verify(path)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "damaged"


@pytest.mark.parametrize("size", [0, 1, HEADER - 1, HEADER, HEADER + 64, -64, -1])
def test_a_file_that_is_cut_is_refused(path: Path, whole: bytes, size: int) -> None:
    path.write_bytes(whole[:size])

    with pytest.raises(BadSegment, match=r"damaged, header.*build the segment again"):
        Index.open(path)
    with pytest.raises(BadSegment, match="damaged, header"):
        matching.verify(path)


def test_a_file_that_goes_on_is_refused(path: Path, whole: bytes) -> None:
    path.write_bytes(whole + bytes(64))

    with pytest.raises(BadSegment, match="octets where"):
        Index.open(path)


@pytest.mark.parametrize("at", [0, 8])  # the magic number and the version
def test_a_file_of_another_kind_is_refused(path: Path, whole: bytes, at: int) -> None:
    path.write_bytes(whole[:at] + b"\x7f" + whole[at + 1 :])

    with pytest.raises(BadSegment, match="not a segment of this version"):
        Index.open(path)


@pytest.mark.parametrize("at", range(16, _layout._SEALED_BYTES, 24))
def test_a_header_that_was_changed_is_refused(path: Path, whole: bytes, at: int) -> None:
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])

    with pytest.raises(BadSegment, match="checksum"):
        Index.open(path)


def test_a_folder_is_not_a_segment(tmp_path: Path) -> None:
    with pytest.raises(BadSegment, match="cannot be read"):
        Index.open(tmp_path)


@settings(max_examples=60, deadline=None)
@given(
    near=st.tuples(*[st.integers(0, 2**64 - 1) | st.integers(0, 20)] * 3),
    bands=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40), st.integers(0, 4)), max_size=16),
    position=st.integers(-(2**63), 2**63 - 1),
)
def test_a_header_that_lies_with_a_right_checksum_is_refused(
    tmp_path_factory: pytest.TempPathFactory,
    whole: bytes,
    near: tuple[int, int, int],
    bands: list[tuple[int, int, int]],
    position: int,
) -> None:
    path = tmp_path_factory.mktemp("hostile") / "hostile"
    held = _layout.unpack(whole[:HEADER], name="", size_bytes=len(whole))
    hashes, rows, repeats = near
    counts = _layout.Counts(4, hashes, rows, repeats, tuple(_plan.Band(*band) for band in bands))
    header = _layout.Header(position, MARK, held.digest, counts, held.exact)
    path.write_bytes(_layout.pack(header, size_bytes=len(whole)) + whole[HEADER:])

    with pytest.raises(BadSegment):
        Index.open(path)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_damaged_array_never_leads_outside_and_is_found_by_the_checksum(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, values: Hashes, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("array") / "array"
    octets = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        at = HEADER + 4 * data.draw(st.integers(0, (len(whole) - HEADER) // 4 - 500))
        run = data.draw(st.sampled_from([1, 8, 500]))
        word = struct.pack("=I", data.draw(st.sampled_from([0xFFFFFFFF, 0x80000000, 20_001, 0x7FFFFFFF])))
        octets[at : at + 4 * run] = word * run
    path.write_bytes(octets)

    with pytest.raises(BadSegment, match="array: the checksum"):
        matching.verify(path)
    _used(path, values)


@pytest.mark.parametrize("place", ["by_key", "repeats", "extra", "offsets", "rows"])
@pytest.mark.parametrize("word", [0xFFFFFFFF, 0x7FFFFFFF, 20_001])
def test_an_array_that_leads_outside_is_named(path: Path, whole: bytes, values: Hashes, place: str, word: int) -> None:
    near = _layout.unpack(whole[:HEADER], name="", size_bytes=len(whole)).near
    places = _layout.places(near, start=HEADER)
    starts = {
        "by_key": (places.by_key, near.rows),
        "repeats": (places.repeats, near.repeats),
        "extra": (places.extra, near.repeats + 1),
        "offsets": (places.bands[0][0], 2 ** near.bands[0].width + 1),
        "rows": (places.bands[1][1], near.hashes),
    }
    start, count = starts[place]
    path.write_bytes(whole[:start] + struct.pack("=I", word) * count + whole[start + 4 * count :])

    assert _used(path, values) == "damaged: an array leads outside of its table"


def _used(path: Path, values: Hashes) -> str:
    """Ask the index everything there is to ask, and return what it complained of."""
    said = ""
    index = Index.open(path)
    for use in (
        lambda: index.near_many(values[:300]),
        lambda: index.near_many(values[:20], within_bits=40),
        lambda: [index.withdraw(key, position=2) for key in range(0, 20_000, 97)],
        index.figures,
        lambda: index.write(path.with_name("next"), mark=MARK),
    ):
        try:
            use()
        except BadSegment as error:
            said = str(error).partition(";")[0]
    return said

"""The hashes of a video go out and come in as lines of vPDQ."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines.hashing import video

HASH = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
FRAMES = st.lists(
    st.tuples(st.binary(min_size=32, max_size=32), st.integers(0, 100), st.integers(0, 10**7)), max_size=5
)


@given(frames=FRAMES)
def test_what_goes_out_comes_in_again(frames: list[tuple[bytes, int, int]]) -> None:
    before = video.Frames.of((pdq, quality, thousandths / 1_000) for pdq, quality, thousandths in frames)

    after = video.from_lines(video.to_lines(before))

    assert (after.hashes == before.hashes).all()
    assert (after.quality == before.quality).all()
    assert np.allclose(after.at_s, before.at_s)


def test_a_line_is_as_vpdq_writes_it() -> None:
    frames = video.Frames.of([(bytes.fromhex(HASH), 100, 1.0 / 30)])

    assert list(video.to_lines(frames)) == [f"0,100,{HASH},0.033"]


def test_upper_case_line_ends_and_empty_lines_are_read() -> None:
    frames = video.from_lines([f"0,100,{HASH.upper()},0.000\r\n", "\n", f"60,51,{HASH},2\n"])

    assert [row.tobytes().hex() for row in frames.hashes] == [HASH, HASH]
    assert frames.quality.tolist() == [100, 51]
    assert frames.at_s.tolist() == [0.0, 2.0]


@pytest.mark.parametrize(
    "line",
    [f"0,101,{HASH},0.0", f"0,100,{HASH[:-1]},0.0", f"0,100,{HASH}", f"-1,100,{HASH},0", f"0,100,{HASH},nan", "Ana"],
)
def test_a_bad_line_is_named_by_its_place_and_not_quoted(line: str) -> None:
    with pytest.raises(video.BadVpdqLine, match=r"line 2: .*; repair") as refused:
        video.from_lines([f"0,100,{HASH},0.0", line])

    assert "Ana" not in str(refused.value)

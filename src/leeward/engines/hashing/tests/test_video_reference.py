"""Our hashes of frames are those of vPDQ, so lists can be exchanged."""

from pathlib import Path

import numpy as np
import pytest

from leeward.engines.hashing import video
from leeward.engines.hashing._video_decode import Pass, Spent, Wanted


def _fixtures() -> Path | None:
    beside = [folder / "shared" / "data" / "matching" / "vpdq" for folder in Path(__file__).resolve().parents]
    return next((folder for folder in beside if folder.is_dir()), None)


FIXTURES = _fixtures()
CLIPS = sorted(FIXTURES.glob("*.mp4")) if FIXTURES else []
pytestmark = pytest.mark.skipif(FIXTURES is None, reason="the shared fixtures are not beside the repository")


@pytest.mark.parametrize("path", CLIPS, ids=lambda path: path.stem)
def test_every_frame_is_hashed_as_vpdq_hashes_it(path: Path) -> None:
    with path.with_suffix(".txt").open() as lines:
        theirs = video.from_lines(lines)
    ours = Pass(wanted=Wanted.EVERY_FRAME, spent=Spent(video.DEFAULT_VIDEO_LIMITS))

    ours.read(path.read_bytes(), stream=0)

    good = theirs.quality >= video.LEAST_QUALITY
    assert ours.frames == len(theirs)
    assert abs(len(ours.hashed) - good.sum()) <= 0.02 * len(theirs)
    by_time = {round(at_s * 30): number for number, at_s in enumerate(theirs.at_s)}
    pairs = [(frame, by_time[round(frame.at_s * 30)]) for frame in ours.hashed]
    apart = [
        int(np.bitwise_count(np.frombuffer(frame.pdq, dtype=np.uint8) ^ theirs.hashes[number]).sum())
        for frame, number in pairs
    ]
    assert np.median(apart) <= 2
    assert np.percentile(apart, 95) <= 9
    assert max(apart) <= 12
    assert max(abs(frame.quality - int(theirs.quality[number])) for frame, number in pairs) <= 2

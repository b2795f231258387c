"""A hostile video cannot take more memory than is stated."""

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from leeward.engines.hashing import video
from leeward.engines.hashing.tests import boxes, clips

LIMITS = video.VideoLimits(pixels=1_280 * 720, packets=1_000_000)
CHILD = f"""
import sys
from leeward.engines.hashing import video
limits = video.VideoLimits(pixels={LIMITS.pixels}, packets={LIMITS.packets})
def status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))
with open("/proc/self/clear_refs", "w") as peak:
    peak.write("5")
before, addresses = status("VmRSS"), status("VmPeak")
for question in (video.ask, video.bank):
    with open(sys.argv[1], "rb") as source:
        try:
            question(source, limits=limits)
        except video.VideoRefused as refused:
            print(refused.reason, file=sys.stderr)
print(status("VmHWM") - before, status("VmPeak") - addresses)
"""


def largest_frames() -> bytes:
    """Return frames of the most pixels and the most bytes for each, all of which lean on sixteen others."""
    pictures = clips.frames(1, 24, width=1_280, height=720)
    options = {"preset": "ultrafast", "x264-params": "ref=16:bframes=0:scenecut=0"}
    return clips.encoded(pictures, key_every=250, crf=30, options=options, pixels="yuv444p10le")


def growing_frames() -> bytes:
    """Return a video whose last key frame says that it has 256 million pixels."""
    data = clips.clip("webm")
    size = data.rindex(b"\x9d\x01\x2a") + 3
    return data[:size] + struct.pack("<HH", 16_000, 16_000) + data[size + 4 :]


def longest_index() -> bytes:
    """Return a file whose samples are as many as the limit, all in one place."""
    most = LIMITS.packets

    def equal_sizes(body: bytes) -> bytes:
        return body[:4] + struct.pack(">II", 1, most)

    def one_chunk(body: bytes) -> bytes:
        return body[:4] + struct.pack(">IIII", 1, 1, most, 1)

    data = boxes.changed(clips.clip("mov"), b"stsz", equal_sizes)
    return boxes.changed(data, b"stsc", one_chunk)


def longest_avi_index() -> bytes:
    """Return an AVI whose index has as many entries as the limit, all at different places."""
    data = clips.clip("avi")
    place = data.index(b"idx1")
    entries = np.tile(np.frombuffer(data[place + 8 : place + 24], dtype="<u4"), (LIMITS.packets, 1))
    entries[:, 2] += np.arange(LIMITS.packets, dtype="<u4") * 4
    body = data[8:place] + b"idx1" + entries.nbytes.to_bytes(4, "little") + entries.tobytes()
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def largest_header() -> bytes:
    """Return a file whose header is as large as the limit, and full of what the demuxer keeps."""
    filler = boxes.box(b"co64", struct.pack(">II", 0, 7_500_000) + bytes(60_000_000))
    return boxes.changed(clips.clip("mov"), b"stbl", lambda body: filler + body)


HOSTILE = [largest_frames, growing_frames, longest_index, longest_avi_index, largest_header]


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is read from /proc")
@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_memory_stays_below_what_is_stated(make: object, tmp_path: Path) -> None:
    assert callable(make)
    path = tmp_path / "hostile"
    path.write_bytes(make())

    done = subprocess.run([sys.executable, "-c", CHILD, path], capture_output=True, text=True, check=True)

    memory, addresses = (int(number) for number in done.stdout.split())
    assert memory < LIMITS.memory_bytes
    assert addresses < LIMITS.memory_bytes  # also what was only asked for

"""Alter drawn videos and archives at random, and report all that is neither a result nor a named refusal.

Usage: benchmarks/fuzz_files.py --minutes 10 [--seed 0] [--keep FOLDER] [--json]
Each file is tried in a child process, which may take so much memory and so much processor time and no more. A fault is
an exception of another kind, a process that dies, memory over what is stated, or a file that takes too long. The file of
each fault is kept in FOLDER, with what happened as its name.
"""

from __future__ import annotations

import random

from fuzzing import Subject, main

from leeward.engines import unpacking
from leeward.engines.hashing import video
from leeward.engines.hashing.tests import clips
from leeward.engines.unpacking.tests import packed

VIDEO_LIMITS = video.VideoLimits(pixels=640 * 480, packets=100_000, frames=3_000, decoded_pixels=500_000_000)
ARCHIVE_LIMITS = unpacking.ArchiveLimits(member_bytes=5_000_000, unpacked_bytes=50_000_000, members=2_000)
ARCHIVE_BYTES = 100_000_000  # three members of 5 MB, and 80 MB for the largest dictionary of xz
QUIET = {"x265-params": "log-level=none"}


def originals() -> dict[str, bytes]:
    """Return the files that are altered, by name."""
    found = {f"video.{container}": clips.clip(container, seconds=1) for container in clips.CONTAINERS}
    found["video.mp4-fragmented"] = clips.encoded(clips.frames(2, 12), options={"movflags": "frag_keyframe"})
    found["video.avi-mjpeg"] = clips.encoded(clips.frames(2, 6), container="avi", codec="mjpeg", pixels="yuvj420p")
    found["video.ts-h264"] = clips.encoded(clips.frames(3, 12), container="ts", codec="libx264")
    found["video.mkv-hevc"] = clips.encoded(clips.frames(3, 8), container="mkv", codec="libx265", options=QUIET)
    found["video.webm-vp9"] = clips.encoded(clips.frames(3, 8), container="webm", codec="libvpx-vp9")
    found["video.mp4-av1"] = clips.encoded(clips.frames(3, 8), codec="libsvtav1")
    found["archive.zip"] = packed.zipped()
    found["archive.zip-bzip2"] = packed.zipped(method=12)
    found["archive.zip-nested"] = packed.nested(3)
    for mode in ("w", "w:gz", "w:bz2", "w:xz"):
        found[f"archive.tar-{mode}"] = packed.tarred(mode=mode)
    found["archive.tar-special"] = packed.with_special_files()
    return found


def tried(_chance: random.Random, name: str, data: bytes) -> str:
    """Return how a file was answered: `result` or the reason of the refusal. Any other exception leaves."""
    try:
        if name.startswith("video"):
            video.ask(data, limits=VIDEO_LIMITS)
            if len(data) % 4 == 0:  # Every frame takes longer, so only some files are banked.
                video.bank(data, limits=VIDEO_LIMITS)
        else:
            for _ in unpacking.members(data, limits=ARCHIVE_LIMITS):
                pass
    except (video.VideoRefused, unpacking.ArchiveRefused) as refused:
        return str(refused.reason)
    return "result"


FILES = Subject(
    name="fuzz_files",
    originals=originals,
    mended=lambda _chance, _name, data: data,
    answer=tried,
    memory_bytes=max(VIDEO_LIMITS.memory_bytes, ARCHIVE_BYTES),
    files_a_child=400,
    refused_unaltered=frozenset({"archive.zip-nested"}),
)

if __name__ == "__main__":
    main(FILES, __doc__)

"""Turn a video into the hashes of its frames, compatible with vPDQ, and say how much of it is known.

What is confirmed is banked **densely**: every frame, pruned. What is asked is asked **sparsely**: its key frames. A copy
that is cut at another place, made smaller or coded anew has other key frames than the original, but each of them is
near to some frame of it. One frame a second on both sides, the usual way, misses such copies.

FFmpeg (through PyAV) is loaded only by who imports this module.
Sources: vpdq/README.md, facebook/ThreatExchange; the measurements are in benchmarks/video.py.
"""

import itertools
from collections import Counter
from collections.abc import Collection, Sequence
from typing import BinaryIO

from leeward.engines.hashing._video_decode import LEAST_QUALITY, Hashed, Pass, Spent, Wanted
from leeward.engines.hashing._video_frames import PRUNED_BITS, Frames, pruned
from leeward.engines.hashing._video_limits import (
    DEFAULT_VIDEO_LIMITS,
    VideoLimits,
    VideoRefusalReason,
    VideoRefused,
)
from leeward.engines.hashing._video_lines import BadVpdqLine, from_lines, to_lines
from leeward.engines.hashing._video_open import CODECS, count_streams
from leeward.engines.hashing._video_source import HEAD_BYTES, container_of

__all__ = [
    "CODECS",
    "DEFAULT_VIDEO_LIMITS",
    "HEAD_BYTES",
    "LEAST_QUALITY",
    "PRUNED_BITS",
    "BadVpdqLine",
    "Frames",
    "VideoLimits",
    "VideoRefusalReason",
    "VideoRefused",
    "ask",
    "bank",
    "from_lines",
    "is_video",
    "shares",
    "to_lines",
]

# Encoders set a key frame every ten seconds where none falls due earlier (x264: 250 frames). A longer stretch without
# one is unusual or meant to hide something, and is looked at second by second.
_WIDEST_GAP_S = 20.0
_WIDEST_GAP_PACKETS = 1_200  # 20 s at 60 frames a second


def is_video(data: bytes) -> bool:
    """Say by its first bytes whether a file is a video that `ask` can try: MP4, QuickTime, Matroska, WebM, AVI, FLV, TS.

    `HEAD_BYTES` bytes are enough. A GIF is a picture here, although `ask` and `bank` also take an animated one.
    """
    return container_of(data[:HEAD_BYTES]) not in (None, "gif")


def bank(source: bytes | BinaryIO, *, limits: VideoLimits = DEFAULT_VIDEO_LIMITS) -> Frames:
    """Return what a confirmed video is kept as: all its frames of quality 50 or more, but none 8 bits from an earlier.

    `source` is read from its start and must be seekable. No frame may be left: a plain screen has nothing to know it by.
    Raises VideoRefused, and whatever reading the source raises.
    """
    spent = Spent(limits)
    passes = [
        _pass(source, Wanted.EVERY_FRAME, stream=stream, spent=spent)
        for stream in range(count_streams(source, limits=limits))
    ]
    hashed = _hashed(passes)
    return _frames([hashed[place] for place in pruned(frame.pdq for frame in hashed)])


def ask(source: bytes | BinaryIO, *, limits: VideoLimits = DEFAULT_VIDEO_LIMITS) -> Frames:
    """Return what an unknown video is asked as: its key frames of quality 50 or more, at most two for each second.

    Where such key frames are missing for 20 seconds, or there is only one, one frame of each second takes their place.
    `source`, an empty answer and what is raised: as for `bank`.
    """
    spent = Spent(limits)
    passes = []
    for stream in range(count_streams(source, limits=limits)):
        found = _pass(source, Wanted.KEY_FRAMES, stream=stream, spent=spent)
        if _has_gap(found):
            found = _pass(source, Wanted.EVERY_SECOND, stream=stream, spent=spent)
        passes.append(found)
    return _frames(_hashed(passes))


def shares(matches: Sequence[Collection[int]]) -> dict[int, float]:
    """Return for each key the share (0..1) of the asked frames that it matched, the largest first.

    `matches` holds, for each asked frame, the keys that it matched.
    """
    counted = Counter(key for keys in matches for key in set(keys))
    return {key: count / len(matches) for key, count in sorted(counted.items(), key=lambda one: (-one[1], one[0]))}


def _pass(source: bytes | BinaryIO, wanted: Wanted, *, stream: int, spent: Spent) -> Pass:
    found = Pass(wanted=wanted, spent=spent)
    found.read(source, stream=stream)
    return found


def _has_gap(found: Pass) -> bool:
    """Say whether the key frames leave a stretch of the stream unlooked at."""
    if found.frames < 2 or not found.hashed:
        return found.packets > found.frames
    times = [0.0, *(frame.at_s for frame in found.hashed), found.until_s]
    gap_s = max(later - earlier for earlier, later in itertools.pairwise(times))
    return gap_s > _WIDEST_GAP_S or found.gap_packets > _WIDEST_GAP_PACKETS or found.frames < found.tried // 2


def _hashed(passes: Sequence[Pass]) -> list[Hashed]:
    if not any(one.frames for one in passes):
        raise VideoRefused(VideoRefusalReason.NO_FRAMES)
    return [frame for one in passes for frame in one.hashed]


def _frames(hashed: Sequence[Hashed]) -> Frames:
    return Frames.of((frame.pdq, frame.quality, frame.at_s) for frame in hashed)

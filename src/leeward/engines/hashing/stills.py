"""A few still pictures of a video, so that a person can judge it without playing it.

FFmpeg (through PyAV) is loaded only by who imports this module.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from leeward.engines.hashing._video_decode import Pass, Spent, Wanted
from leeward.engines.hashing._video_limits import DEFAULT_VIDEO_LIMITS, VideoLimits, VideoRefusalReason, VideoRefused

type Rgb = npt.NDArray[np.uint8]


class _Enough(Exception):
    """The picture that was wanted is there; what follows need not be decoded."""


@dataclass
class _Stills(Pass):
    """Keep key frames as pictures: at most twice `most`, of which every other is dropped when one more comes."""

    most: int = 1
    longest_side: int = 1
    stills: list[Rgb] = field(default_factory=list)
    _seen: int = 0
    _every: int = 1

    def _keep(self, frame: VideoFrame, *, at_s: float) -> None:
        self._seen += 1
        if (self._seen - 1) % self._every:
            return
        if len(self.stills) == 2 * self.most:
            self.stills = self.stills[::2]
            self._every *= 2
        self.stills.append(_small(frame, longest_side=self.longest_side))
        if self.most == 1:
            raise _Enough


def stills(
    source: bytes | BinaryIO, *, most: int, longest_side: int, limits: VideoLimits = DEFAULT_VIDEO_LIMITS
) -> list[Rgb]:
    """Return up to `most` key frames of the first stream, in order and spread over it: (height, width, 3), RGB, 0..255.

    No side is longer than `longest_side` pixels. With `most=1` only the first one is decoded. Raises VideoRefused.
    """
    found = _Stills(wanted=Wanted.KEY_FRAMES, spent=Spent(limits), most=most, longest_side=longest_side)
    try:
        found.read(source, stream=0)
    except _Enough:
        return found.stills
    if not found.stills:
        raise VideoRefused(VideoRefusalReason.NO_FRAMES)
    return found.stills[:: -(-len(found.stills) // most)]


def _small(frame: VideoFrame, *, longest_side: int) -> Rgb:
    scale = max(1.0, max(frame.width, frame.height) / longest_side)
    width, height = (max(1, round(side / scale)) for side in (frame.width, frame.height))
    return np.asarray(frame.reformat(width=width, height=height, format="rgb24").to_ndarray(), np.uint8)

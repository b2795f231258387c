"""Harmless clips: a window that glides over soft drawn patches, so that neighbouring frames differ a little and far ones much."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from PIL import Image

RATE = 12  # frames a second
_WIDE, _HIGH = 320, 240


@dataclass(frozen=True)
class Scene:
    """A piece of a drawn clip: which one, from which second, for how many."""

    number: int
    start_s: float = 0.0
    seconds: float = 4.0


def clip(*scenes: Scene, width: int = _WIDE, crf: int = 24, key_every_s: int = 1) -> bytes:
    """Return an MP4 of some scenes, one after the other."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream(
            "libx264", rate=RATE, options={"crf": str(crf), "g": str(RATE * key_every_s), "sc_threshold": "0"}
        )
        stream.width, stream.height, stream.pix_fmt = width, width * _HIGH // _WIDE, "yuv420p"
        stream.codec_context.time_base = Fraction(1, RATE)
        for place, image in enumerate(image for scene in scenes for image in _images(scene)):
            frame = av.VideoFrame.from_ndarray(np.asarray(image.resize((stream.width, stream.height))), "rgb24")
            frame.pts, frame.time_base = place, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


def _images(scene: Scene) -> list[Image.Image]:
    coarse = np.random.default_rng(scene.number).integers(0, 255, (12, 64, 3), dtype=np.uint8)
    ground = Image.fromarray(coarse).resize((1600, _HIGH + 60), Image.Resampling.BICUBIC)
    first = round(scene.start_s * RATE)
    steps = range(first, first + round(scene.seconds * RATE))
    return [ground.crop((x := step * 8 % (1600 - _WIDE), step % 60, x + _WIDE, step % 60 + _HIGH)) for step in steps]

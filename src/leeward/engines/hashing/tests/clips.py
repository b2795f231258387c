"""Harmless clips for the tests: discs and bars that drift over a textured ground."""

import io
from collections.abc import Iterator
from functools import cache

import av
import numpy as np
import numpy.typing as npt
from av.video.stream import VideoStream
from PIL import Image, ImageDraw

RATE = 12  # frames a second
Picture = npt.NDArray[np.uint8]

# One way of coding for each container that is opened: format, encoder, pixels.
CONTAINERS = {
    "mp4": ("mp4", "libx264", "yuv420p"),
    "mov": ("mov", "mpeg4", "yuv420p"),
    "mkv": ("matroska", "libx264", "yuv420p"),
    "webm": ("webm", "libvpx", "yuv420p"),
    "avi": ("avi", "mpeg4", "yuv420p"),
    "ts": ("mpegts", "mpeg2video", "yuv420p"),
    "flv": ("flv", "flv", "yuv420p"),
    "gif": ("gif", "gif", "rgb8"),
}


def frames(seed: int, count: int, *, width: int = 192, height: int = 144) -> Iterator[Picture]:
    """Yield the pictures of a scene: the shapes move by a few pixels from one to the next."""
    random = np.random.default_rng(seed)
    coarse = random.integers(40, 216, size=(9, 12, 3), dtype=np.uint8)
    ground = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    places = random.uniform(0, 1, size=(14, 2)) * (width, height)
    speeds = random.uniform(-0.012, 0.012, size=(14, 2)) * (width, height)
    sizes = random.uniform(0.08, 0.25, size=14) * width
    colours = random.integers(0, 256, size=(14, 3))
    for _ in range(count):
        image = ground.copy()
        pen = ImageDraw.Draw(image)
        for number, (place, size, colour) in enumerate(zip(places, sizes, colours, strict=True)):
            draw = pen.ellipse if number % 2 else pen.rectangle
            draw((*place, *(place + size)), fill=tuple(int(part) for part in colour))
        yield np.asarray(image)
        places = places + speeds


def encoded(
    pictures: Iterator[Picture] | list[Picture],
    *,
    container: str = "mp4",
    codec: str | None = None,
    key_every: int = 24,
    crf: int = 20,
    size: tuple[int, int] | None = None,
    pixels: str | None = None,
    options: dict[str, str] | None = None,
) -> bytes:
    """Return pictures as a video file with a key frame in every `key_every` frames."""
    name, usual, usual_pixels = CONTAINERS[container]
    codec = codec or usual
    given = {"crf": str(crf), "sc_threshold": "0", "preset": "veryfast"} if codec == "libx264" else {}
    out = io.BytesIO()
    with av.open(out, "w", format=name) as file:
        stream = file.add_stream(codec, rate=RATE, options=given | (options or {}))
        assert isinstance(stream, VideoStream)
        stream.pix_fmt = pixels or usual_pixels
        stream.codec_context.gop_size = key_every
        stream.bit_rate = 0 if given else 1_500_000
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if not number:
                stream.width, stream.height = size or (frame.width, frame.height)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return out.getvalue()


@cache
def clip(container: str = "mp4", *, seed: int = 1, seconds: int = 4) -> bytes:
    """Return a drawn scene in a container."""
    return encoded(frames(seed, seconds * RATE), container=container)


@cache
def sound(container: str = "mp4") -> bytes:
    """Return a file with a hum and no picture."""
    out = io.BytesIO()
    with av.open(out, "w", format=CONTAINERS[container][0]) as file:
        stream = file.add_stream("aac", rate=16_000)
        hum = (np.sin(np.arange(16_000) / 12) * 9_000).astype(np.int16)[None, :]
        frame = av.AudioFrame.from_ndarray(hum, format="s16", layout="mono")
        frame.rate = 16_000
        file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return out.getvalue()


def nearest_bits(one: Picture, others: Picture) -> npt.NDArray[np.int64]:
    """Return for each hash (n, 32) how many bits it is from the nearest of the others (m, 32)."""
    apart = np.bitwise_count(one[:, None, :] ^ others[None, :, :]).sum(axis=2, dtype=np.int64)
    return apart.min(axis=1)

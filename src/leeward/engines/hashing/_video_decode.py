"""Decode the wanted frames of one stream of a video, and hash each of them as it comes."""

from __future__ import annotations  # Packet[VideoStream] exists for type checkers only.

import math
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import BinaryIO, SupportsFloat

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from leeward.engines.hashing._shrink import Floats, shrink
from leeward.engines.hashing._spectrum import bits, quality, spectrum
from leeward.engines.hashing._video_limits import VideoLimits, VideoRefusalReason, VideoRefused
from leeward.engines.hashing._video_open import chosen_stream, opened

LEAST_QUALITY = 50  # "quality tolerance 50", vpdq/README.md, facebook/ThreatExchange
SHORTEST_SIDE = 5  # pixels; a smaller frame has no hash, as with a picture
_WORST_SHARE_OF_FAULTS = 0.25  # a video of which more cannot be decoded has not been judged
_PACKET_BYTES_PER_BYTE = 2  # An honest index names each byte once; compressed headers are added to some packets.
_ENOUGH_TO_TELL = 500  # packets; what is broken so far is not read to its end

# Plane 0 of these is brightness. RGB, palettes and rare depths are converted first.
_HAS_LUMA = re.compile(r"(?:yuvj?a?4\d\dp|nv12|nv21|gray)(?:(?P<depth>9|10|12|14|16)le)?")
_FULL_RANGE = 2  # AVCOL_RANGE_JPEG, libavutil/pixfmt.h
_BLACK, _WHITE = 16, 235  # of 8 bits, in limited range. ITU-R BT.601 and BT.709


class Wanted(Enum):
    """Say which frames to hash: at most one in so many seconds, but at least one in so many packets or frames.

    The second number stands for the times that a file states: they may all be the same.
    """

    EVERY_FRAME = (0.0, 1)
    EVERY_SECOND = (1.0, 60)
    KEY_FRAMES = (0.5, 30)  # Where every frame is a key frame, as a webcam has it, two in a second say as much.


@dataclass(frozen=True, slots=True)
class Hashed:
    """Hold the hash of a frame, its quality and its time since the start."""

    pdq: bytes
    quality: int
    at_s: float


@dataclass
class Spent:
    """Count what one question has cost so far, over all its streams and passes."""

    limits: VideoLimits
    tries: int = 0
    frames: int = 0
    pixels: int = 0

    def tried(self) -> None:
        """Count a packet that goes to the decoder, also if no frame comes back. Raises VideoRefused at one too many."""
        self.tries += 1
        if self.tries > self.limits.frames:
            raise VideoRefused(VideoRefusalReason.TOO_MANY_FRAMES)

    def frame(self, pixels: int) -> None:
        """Count a decoded frame. Raises VideoRefused at one too many, or for one that is too large."""
        self.frames += 1
        self.pixels += pixels
        if pixels > self.limits.pixels:
            raise VideoRefused(VideoRefusalReason.TOO_MANY_PIXELS)
        if self.frames > self.limits.frames:
            raise VideoRefused(VideoRefusalReason.TOO_MANY_FRAMES)
        if self.pixels > self.limits.decoded_pixels:
            raise VideoRefused(VideoRefusalReason.TOO_MUCH_EFFORT)


@dataclass
class Pass:
    """Go once through one stream and keep the hashes of the wanted frames whose quality is enough."""

    wanted: Wanted
    spent: Spent
    hashed: list[Hashed] = field(default_factory=list)
    packets: int = 0
    tried: int = 0
    frames: int = 0
    until_s: float = 0.0
    _gap_packets: int = 0
    _faults: int = 0
    _start_s: float = 0.0
    _last: tuple[float, int] | None = None

    def read(self, source: bytes | BinaryIO, *, stream: int) -> None:
        """Decode and hash. Raises VideoRefused, also where too much of the stream cannot be decoded."""
        limits = self.spent.limits
        with opened(source, limits=limits) as (file, reader):
            chosen = chosen_stream(file, stream, limits=limits)
            self._start_s = _seconds(chosen.start_time, chosen.time_base) or 0.0
            if self.wanted is Wanted.KEY_FRAMES:
                chosen.codec_context.skip_frame = "NONKEY"
            left_bytes = _PACKET_BYTES_PER_BYTE * reader.size_bytes
            for packet in file.demux(chosen):
                reader.check()
                left_bytes -= packet.size
                if left_bytes < 0:
                    raise VideoRefused(VideoRefusalReason.TOO_MUCH_EFFORT)
                if self._is_worth_decoding(packet):
                    self._hash(self._decoded(packet, stream=chosen))
                    self._check_faults(of_at_least=_ENOUGH_TO_TELL)
        reader.check()
        self._check_faults(of_at_least=self.tried)

    def _check_faults(self, *, of_at_least: int) -> None:
        if self._faults > _WORST_SHARE_OF_FAULTS * max(self.tried, of_at_least):
            raise VideoRefused(VideoRefusalReason.UNREADABLE)

    def _is_worth_decoding(self, packet: Packet[VideoStream]) -> bool:
        if not packet.size:
            return True  # The last one, which makes the decoder give what it holds back.
        self.packets += 1
        if self.packets > self.spent.limits.packets:
            raise VideoRefused(VideoRefusalReason.TOO_MUCH_EFFORT)
        if self.wanted is not Wanted.KEY_FRAMES:
            return True
        at_s = self._since_start(_seconds(packet.pts, packet.time_base))
        self.until_s = max(self.until_s, at_s)
        gap = self.gap_packets
        is_due = packet.is_keyframe and self._is_due(at_s, self.packets)
        self._gap_packets = max(self._gap_packets, gap) if is_due else self._gap_packets
        return is_due

    @property
    def gap_packets(self) -> int:
        """Return the longest run of packets of which none was decoded."""
        return max(self._gap_packets, self.packets - (self._last[1] if self._last else 0))

    def _since_start(self, at_s: float | None) -> float:
        """Return the time since the start; what states none comes with what went before it."""
        return self.until_s if at_s is None else max(0.0, at_s - self._start_s)

    def _is_due(self, at_s: float, number: int) -> bool:
        seconds, numbers = self.wanted.value
        if self._last is not None:
            last_s, last_number = self._last
            if number - last_number < numbers and last_s <= at_s < last_s + seconds:
                return False
        self._last = (at_s, number)
        return True

    def _decoded(self, packet: Packet[VideoStream], *, stream: VideoStream) -> list[VideoFrame]:
        if packet.size:
            self.tried += 1
            self.spent.tried()
        context = stream.codec_context
        had_size = context.width > 0
        frames: list[VideoFrame] = []
        try:
            frames = context.decode(packet if packet.size else None)
        except (av.FFmpegError, ValueError):
            # PyAV says ValueError for each packet after the one at which the decoder could not be started.
            self._faults += 1
        # A decoder that meets a size over `max_pixels` leaves it in its context, or takes away the one before.
        if context.width * context.height > self.spent.limits.pixels or (had_size and not context.width):
            raise VideoRefused(VideoRefusalReason.TOO_MANY_PIXELS)
        return frames

    def _hash(self, frames: list[VideoFrame]) -> None:
        for frame in frames:
            self.spent.frame(frame.width * frame.height)
            self.frames += 1
            at_s = self._since_start(_seconds(frame.pts, frame.time_base))
            if at_s > self.spent.limits.seconds:
                raise VideoRefused(VideoRefusalReason.TOO_LONG)
            self.until_s = max(self.until_s, at_s)
            if self.wanted is Wanted.KEY_FRAMES or self._is_due(at_s, self.frames):
                self._keep(frame, at_s=at_s)

    def _keep(self, frame: VideoFrame, *, at_s: float) -> None:
        if min(frame.width, frame.height) < SHORTEST_SIDE:
            return
        brightness = _brightness(frame)
        enough = quality(brightness)
        if enough >= LEAST_QUALITY:
            pdq = bits(spectrum(brightness))
            self.hashed.append(Hashed(pdq=pdq, quality=enough, at_s=at_s))


def _seconds(ticks: int | None, tick: SupportsFloat) -> float | None:
    seconds = math.nan if ticks is None else ticks * float(tick)
    return seconds if math.isfinite(seconds) else None


def _brightness(frame: VideoFrame) -> Floats:
    """Return the 64x64 brightness of a frame, 0..255.

    Shrinking is linear, so limited range and depths over 8 bits are evened out on the small grid.
    """
    format_found = _HAS_LUMA.fullmatch(frame.format.name)
    if format_found is None:
        frame = frame.reformat(format="gray")  # FFmpeg's `gray` is full range
    depth = int((format_found and format_found["depth"]) or 8)
    grid = shrink([_luma(frame, depth=depth)], width=frame.width, height=frame.height) / (1 << depth - 8)
    if format_found is None or "j" in frame.format.name or frame.color_range == _FULL_RANGE:
        return grid
    return np.clip((grid - _BLACK) * (255 / (_WHITE - _BLACK)), 0, 255)


def _luma(frame: VideoFrame, *, depth: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    plane = frame.planes[0]
    kind = np.dtype("<u2") if depth > 8 else np.dtype("u1")
    lines = np.frombuffer(plane, dtype=kind).reshape(plane.height, abs(plane.line_size) // kind.itemsize)
    return np.ascontiguousarray(lines[: frame.height, : frame.width], dtype=np.float32)

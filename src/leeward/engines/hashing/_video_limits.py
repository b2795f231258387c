"""What one video may cost, and the reasons for which it is refused."""

from dataclasses import dataclass, fields
from enum import StrEnum


class VideoRefusalReason(StrEnum):
    """Say why a video has no hashes."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    TOO_MANY_FRAMES = "too_many_frames"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_STREAMS = "too_many_streams"
    TOO_MUCH_EFFORT = "too_much_effort"
    NOT_A_VIDEO = "not_a_video"
    NAMES_OTHER_FILES = "names_other_files"
    UNSUPPORTED = "unsupported"
    NO_VIDEO = "no_video"
    NO_FRAMES = "no_frames"
    TRUNCATED = "truncated"
    UNREADABLE = "unreadable"


_NEXT_STEP = {
    VideoRefusalReason.EMPTY: "there are no bytes; send the file again",
    VideoRefusalReason.TOO_LARGE: "the file or its header has more bytes than the limit; send a smaller copy",
    VideoRefusalReason.TOO_LONG: "it plays longer than the limit; send it in parts or raise VideoLimits.seconds",
    VideoRefusalReason.TOO_MANY_FRAMES: "it has more frames than the limit; send it in parts",
    VideoRefusalReason.TOO_MANY_PIXELS: "a frame has more pixels than the limit; send a smaller copy",
    VideoRefusalReason.TOO_MANY_STREAMS: "it holds more streams than the limit; send each on its own",
    VideoRefusalReason.TOO_MUCH_EFFORT: "judging it takes more work than the limit; hold it for a person",
    VideoRefusalReason.NOT_A_VIDEO: "the bytes are none of the known video formats; hash the file by its digests",
    VideoRefusalReason.NAMES_OTHER_FILES: "its pictures lie in another file, which is not opened; send that file",
    VideoRefusalReason.UNSUPPORTED: "its way of coding is not on the list; send it as H.264, HEVC, VP9 or AV1",
    VideoRefusalReason.NO_VIDEO: "it holds no moving picture, only other streams; hash the file by its digests",
    VideoRefusalReason.NO_FRAMES: "no frame comes out of it; hold it for a person",
    VideoRefusalReason.TRUNCATED: "the file ends before the video does; send it again, and hold it until then",
    VideoRefusalReason.UNREADABLE: "the video cannot be decoded; hold it for a person",
}


class VideoRefused(Exception):
    """Tell that a video has no hashes, and why. Treat it as unjudged: hold it, do not pass it."""

    def __init__(self, reason: VideoRefusalReason) -> None:
        super().__init__(f"video refused ({reason}): {_NEXT_STEP[reason]}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """Bound what one video may cost. All but `size_bytes` is counted while reading, not believed from a header.

    `pixels` is for one frame. `frames` and `decoded_pixels` count what is decoded, which is what takes the time: one
    core decodes about 200 million pixels a second. `packets` counts the pieces in the container, most of which are not
    decoded when a video is asked. `streams` counts pictures, sound, subtitles and all else.

    Memory: see `memory_bytes`.
    """

    size_bytes: int = 1_000_000_000
    seconds: int = 4 * 3_600
    frames: int = 108_000
    pixels: int = 4_096 * 2_304
    decoded_pixels: int = 100_000_000_000
    packets: int = 2_000_000
    streams: int = 16

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) < 1:
                raise ValueError(f"VideoLimits.{field.name} starts at 1; raise it")

    @property
    def memory_bytes(self) -> int:
        """Return what a process may take at most for one video, above what it holds before.

        A hostile video makes the decoder keep 17 frames at six bytes a pixel, and the demuxer an entry of its index for
        each packet, beside a header of 64 MB. An ordinary one takes a tenth of that. Measured by test_video_memory.py.
        """
        return 150_000_000 + 130 * self.pixels + 50 * self.packets


DEFAULT_VIDEO_LIMITS = VideoLimits()

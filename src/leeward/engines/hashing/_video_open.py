"""Open a stranger's video so that nothing else is opened with it, and choose the streams that hold moving pictures."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import av
from av.container import InputContainer
from av.stream import Discard, Disposition
from av.video.stream import VideoStream

from leeward.engines.hashing._video_limits import VideoLimits, VideoRefusalReason, VideoRefused
from leeward.engines.hashing._video_source import BoundedReader, container_of
from leeward.engines.hashing._video_structure import check_structure

# What browsers, phones, cameras and the editors of the last twenty years write. No other decoder is started.
CODECS = frozenset(
    (
        *("av1", "libdav1d", "h263", "h264", "hevc", "vp8", "vp9", "libvpx-vp9"),
        *("mpeg1video", "mpeg2video", "mpeg4", "msmpeg4", "msmpeg4v1", "msmpeg4v2"),
        *("dvvideo", "mjpeg", "prores", "theora", "vc1", "wmv1", "wmv2", "wmv3"),
        *("flv", "gif", "vp6", "vp6a", "vp6f"),
    )
)
_THREADS = 1  # A process that judges many uploads gives each of them one core.
_NO_MOVING_PICTURE = Disposition.attached_pic | Disposition.timed_thumbnails
_WAIT_FOR_TIMES = 0x0001  # AVFMT_FLAG_GENPTS, libavformat/avformat.h; PyAV sets it
_OPTIONS = {
    "protocol_whitelist": "",
    "codec_whitelist": "none",  # The demuxer starts no decoder of its own, which would know no limits.
    "ignore_editlist": "1",  # Every frame counts, also one that an edit list hides.
}


def _open_nothing(*_: object) -> object:
    raise VideoRefused(VideoRefusalReason.NAMES_OTHER_FILES)


@contextmanager
def opened(source: bytes | BinaryIO, *, limits: VideoLimits) -> Iterator[tuple[InputContainer, BoundedReader]]:
    """Open a video and close it again. What FFmpeg raises meanwhile leaves as VideoRefused."""
    reader = BoundedReader(source, limits=limits)
    container = container_of(reader.head())
    if container is None:
        raise VideoRefused(VideoRefusalReason.NOT_A_VIDEO)
    check_structure(reader, container=container, limits=limits)
    reader.seek(0)
    try:
        with av.open(reader, mode="r", format=container, container_options=_OPTIONS, io_open=_open_nothing) as file:
            # Frames without times would wait in memory for one with a time.
            file.flags &= ~_WAIT_FOR_TIMES
            yield file, reader
    except av.FFmpegError:
        # The cause is dropped on purpose: it may quote the file.
        reader.check()
        raise VideoRefused(VideoRefusalReason.UNREADABLE) from None


def count_streams(source: bytes | BinaryIO, *, limits: VideoLimits) -> int:
    """Return how many streams of moving pictures a video has, at least one. Raises VideoRefused."""
    with opened(source, limits=limits) as (file, _):
        if len(file.streams) > limits.streams:
            raise VideoRefused(VideoRefusalReason.TOO_MANY_STREAMS)
        streams = _moving_pictures(file)
        for stream in streams:
            _check_decoder(stream, limits=limits)
        return len(streams)


def chosen_stream(file: InputContainer, number: int, *, limits: VideoLimits) -> VideoStream:
    """Return the `number`th stream of moving pictures, ready to decode. The demuxer passes over all others."""
    streams = _moving_pictures(file)
    if number >= len(streams):
        # A file that changes between two readings.
        raise VideoRefused(VideoRefusalReason.UNREADABLE)
    _check_decoder(streams[number], limits=limits)
    for other in file.streams:
        if other.index != streams[number].index:
            other.discard = Discard.all
    context = streams[number].codec_context
    context.thread_count = _THREADS
    context.options = {"max_pixels": str(limits.pixels)}  # A decoder allocates at once when the size changes midway.
    return streams[number]


def _moving_pictures(file: InputContainer) -> list[VideoStream]:
    streams = [stream for stream in file.streams.video if not stream.disposition & _NO_MOVING_PICTURE]
    if not streams:
        raise VideoRefused(VideoRefusalReason.NO_VIDEO)
    return streams


def _check_decoder(stream: VideoStream, *, limits: VideoLimits) -> None:
    context = stream.codec_context
    if context is None or context.codec.name not in CODECS:
        raise VideoRefused(VideoRefusalReason.UNSUPPORTED)
    if context.width * context.height > limits.pixels:
        raise VideoRefused(VideoRefusalReason.TOO_MANY_PIXELS)

"""What is no sound video within the limits is refused with its reason, and nothing else is raised."""

import contextlib
import io
import struct

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.engines.hashing import video
from leeward.engines.hashing.tests import boxes, clips
from leeward.engines.hashing.video import VideoLimits, VideoRefusalReason, VideoRefused


def refusal(data: bytes, *, limits: VideoLimits = video.DEFAULT_VIDEO_LIMITS) -> VideoRefusalReason:
    reasons = []
    for question in (video.ask, video.bank):
        with pytest.raises(VideoRefused) as refused:
            question(data, limits=limits)
        reasons.append(refused.value.reason)
    assert reasons[0] is reasons[1]
    return reasons[0]


def test_no_bytes_are_empty() -> None:
    assert refusal(b"") is VideoRefusalReason.EMPTY


@pytest.mark.parametrize(
    "data",
    [
        b"plain words",
        bytes(2_000),
        b"\x89PNG\r\n\x1a\n" + bytes(600),
        b"\0\0\0\x1cftypheic" + bytes(600),
        b"\0\0\0\x1cftypavif" + bytes(600),
        b"RIFF\x24\0\0\0WAVEfmt " + bytes(600),
        b"PK\x03\x04" + bytes(600),
        b"OggS" + bytes(600),
        b"\0\0\x01\xba" + bytes(600),
    ],
)
def test_other_files_are_no_videos(data: bytes) -> None:
    assert refusal(data) is VideoRefusalReason.NOT_A_VIDEO
    assert not video.is_video(data)


def test_a_byte_too_many_is_too_large() -> None:
    data = clips.clip()

    assert len(video.ask(data, limits=VideoLimits(size_bytes=len(data))))
    assert refusal(data, limits=VideoLimits(size_bytes=len(data) - 1)) is VideoRefusalReason.TOO_LARGE


@pytest.mark.parametrize("container", ["mp4", "ts"])
def test_a_pixel_too_many_is_refused(container: str) -> None:
    data = clips.clip(container)

    assert len(video.ask(data, limits=VideoLimits(pixels=192 * 144)))
    assert refusal(data, limits=VideoLimits(pixels=192 * 144 - 1)) is VideoRefusalReason.TOO_MANY_PIXELS


@pytest.mark.parametrize("codec", ["mpeg2video", "libx264"])
def test_a_size_that_grows_over_the_limit_midway_is_refused(codec: str) -> None:
    first = clips.encoded(clips.frames(1, 36), container="ts", codec=codec)
    second = clips.encoded(clips.frames(2, 36, width=640, height=480), container="ts", codec=codec)

    assert refusal(first + second, limits=VideoLimits(pixels=192 * 144)) is VideoRefusalReason.TOO_MANY_PIXELS


def test_a_frame_too_many_is_refused() -> None:
    data = clips.encoded(clips.frames(1, 30), key_every=10)

    assert len(video.bank(data, limits=VideoLimits(frames=30)))
    assert len(video.ask(data, limits=VideoLimits(frames=3)))
    with pytest.raises(VideoRefused, match="too_many_frames"):
        video.bank(data, limits=VideoLimits(frames=29))
    assert refusal(data, limits=VideoLimits(frames=2)) is VideoRefusalReason.TOO_MANY_FRAMES


def test_too_many_pixels_in_all_are_too_much_effort() -> None:
    assert refusal(clips.clip(), limits=VideoLimits(decoded_pixels=192 * 144)) is VideoRefusalReason.TOO_MUCH_EFFORT


def test_too_many_packets_are_refused_by_the_header_or_while_reading() -> None:
    limits = VideoLimits(packets=20)

    assert refusal(clips.clip("mp4"), limits=limits) is VideoRefusalReason.TOO_MANY_FRAMES
    assert refusal(clips.clip("mkv"), limits=limits) is VideoRefusalReason.TOO_MUCH_EFFORT


def test_a_video_that_plays_too_long_is_refused_by_the_times_of_its_frames() -> None:
    data = clips.encoded(clips.frames(1, 60), key_every=6)

    assert len(video.ask(data, limits=VideoLimits(seconds=5)))
    assert refusal(data, limits=VideoLimits(seconds=3)) is VideoRefusalReason.TOO_LONG


@pytest.mark.parametrize("duration", [0, 1, 2**32 - 2])
def test_a_stated_duration_is_not_believed(duration: int) -> None:
    def lie(body: bytes) -> bytes:
        return body[:16] + struct.pack(">I", duration) + body[20:]

    data = boxes.changed(boxes.changed(clips.clip(), b"mvhd", lie), b"mdhd", lie)

    assert data != clips.clip()
    assert (video.ask(data).hashes == video.ask(clips.clip()).hashes).all()


def test_too_many_streams_are_refused() -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as file:
        streams = [file.add_stream("mpeg4", rate=clips.RATE) for _ in range(3)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 192, 144, "yuv420p"
        for stream in streams:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(next(clips.frames(1, 1)), format="rgb24")))
            file.mux(stream.encode())

    assert len(video.ask(out.getvalue(), limits=VideoLimits(streams=3)))
    assert refusal(out.getvalue(), limits=VideoLimits(streams=2)) is VideoRefusalReason.TOO_MANY_STREAMS


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts"])
def test_sound_alone_is_no_video(container: str) -> None:
    assert refusal(clips.sound(container)) is VideoRefusalReason.NO_VIDEO


def test_a_way_of_coding_that_is_not_on_the_list_is_not_decoded() -> None:
    data = clips.encoded(clips.frames(1, 5), container="mkv", codec="ffv1")

    assert refusal(data) is VideoRefusalReason.UNSUPPORTED


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv", "webm", "avi"])
@pytest.mark.parametrize("share", [0.2, 0.95])
def test_a_file_that_ends_early_is_truncated(container: str, share: float) -> None:
    data = clips.clip(container)

    assert refusal(data[: int(len(data) * share)]) is VideoRefusalReason.TRUNCATED


@pytest.mark.parametrize("container", ["ts", "flv", "gif"])
def test_a_file_that_states_no_length_is_judged_by_what_is_there(container: str) -> None:
    data = clips.clip(container)

    assert len(video.bank(data[: len(data) // 2])) < len(video.bank(data))
    with contextlib.suppress(VideoRefused):
        assert len(video.bank(data[:600])) <= 1


def test_a_video_without_frames_is_refused() -> None:
    def none(body: bytes) -> bytes:
        return body[:8] + bytes(4)

    assert refusal(boxes.changed(clips.clip(), b"stsz", none)) is VideoRefusalReason.NO_FRAMES


def test_a_video_that_cannot_be_decoded_is_unreadable() -> None:
    data = clips.clip()
    start = data.index(b"mdat") + 4
    noise = np.random.default_rng(1).bytes(len(data))

    assert refusal(data[:start] + noise[start : data.index(b"moov") - 4] + data[data.index(b"moov") - 4 :]) in (
        VideoRefusalReason.UNREADABLE,
        VideoRefusalReason.NO_FRAMES,
    )


def test_a_decoder_that_cannot_be_started_makes_a_video_unreadable() -> None:
    def spoilt(body: bytes) -> bytes:
        start = body.index(b"hvcC") + 34
        return body[:start] + b"\xff" * (len(body) - start)

    data = clips.encoded(clips.frames(3, 8), codec="libx265", options={"x265-params": "log-level=none"})

    assert len(video.bank(data))
    assert refusal(boxes.changed(data, b"stsd", spoilt)) is VideoRefusalReason.UNREADABLE


@pytest.mark.parametrize("samples", [b"\xff" * 4, b"\x10\0\0\0", b"\0\x40\0\0"])
def test_an_index_that_would_fill_memory_is_refused_before_it_is_made(samples: bytes) -> None:
    def equal_sizes(body: bytes) -> bytes:
        return body[:4] + b"\0\0\0\x01" + samples

    assert refusal(boxes.changed(clips.clip(), b"stsz", equal_sizes)) is VideoRefusalReason.TOO_MANY_FRAMES


@pytest.mark.parametrize("around", [b"udta", b"wave", b"traf", b"edts"])
def test_an_index_is_counted_wherever_the_demuxer_would_find_it(around: bytes) -> None:
    hidden = boxes.box(around, boxes.box(b"stsz", bytes(4) + b"\0\0\0\x01" + b"\xff" * 4))
    run = boxes.box(b"moof", boxes.box(around, boxes.box(b"trun", bytes(4) + b"\xff" * 4)))

    assert (
        refusal(boxes.changed(clips.clip(), b"udta", lambda body: body + hidden)) is VideoRefusalReason.TOO_MANY_FRAMES
    )
    assert refusal(clips.clip() + run) is VideoRefusalReason.TOO_MANY_FRAMES


def test_uncompressed_sound_has_many_samples_and_a_short_index() -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="mov") as file:
        stream = file.add_stream("libx264", rate=clips.RATE)
        stream.width, stream.height, stream.pix_fmt = 192, 144, "yuv420p"
        hum = file.add_stream("pcm_s16le", rate=48_000)
        for picture in clips.frames(1, 24):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 4_000), dtype=np.int16), format="s16", layout="mono")
            frame.rate = 48_000
            file.mux(hum.encode(frame))
        file.mux([*stream.encode(), *hum.encode()])

    assert len(video.ask(out.getvalue(), limits=VideoLimits(packets=200)))


def test_a_compressed_header_is_refused() -> None:
    hidden = boxes.box(b"moov", boxes.box(b"cmov", bytes(40)))

    assert refusal(boxes.box(b"ftyp", b"qt  " + bytes(4)) + hidden) is VideoRefusalReason.UNSUPPORTED


def test_packets_that_hold_more_than_the_file_are_too_much_effort() -> None:
    count, size = 48, 15_000
    data = boxes.changed(clips.clip(), b"stsz", lambda body: body[:4] + struct.pack(">II", size, count))
    data = boxes.changed(data, b"stsc", lambda body: body[:4] + struct.pack(">IIII", 1, 1, 1, 1))
    data = boxes.changed(data, b"stco", lambda body: body[:4] + struct.pack(">I", count) + body[8:12] * count)

    assert count * size > 4 * len(data)
    assert refusal(data) is VideoRefusalReason.TOO_MUCH_EFFORT


def test_boxes_without_end_are_too_much_effort() -> None:
    data = boxes.box(b"ftyp", b"isom" + bytes(4)) + boxes.box(b"free", b"") * 600_000

    assert refusal(data) is VideoRefusalReason.TOO_MUCH_EFFORT


class Failing(io.BytesIO):
    """A source that breaks after some bytes, as a disk or a store would."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 20_000:
            raise OSError("the store is gone")
        return super().read(size)


@pytest.mark.parametrize("container", ["mkv", "ts"])
def test_a_source_that_fails_is_not_taken_for_the_end_of_the_video(container: str) -> None:
    assert len(clips.clip(container)) > 40_000

    with pytest.raises(OSError, match="the store is gone"):
        video.ask(Failing(clips.clip(container)))


class Restless(io.BytesIO):
    """A source that counts what is read from it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def test_reading_is_bounded() -> None:
    from leeward.engines.hashing._video_source import BoundedReader

    source = Restless(bytes(1_000_000))
    reader = BoundedReader(source, limits=VideoLimits())

    with pytest.raises(VideoRefused, match="too_much_effort"):
        while True:
            reader.at(0, 1_000_000)
    assert reader.read(10) == b""
    assert source.taken < 80_000_000


@given(data=st.data())
@settings(max_examples=80)
def test_an_altered_video_has_frames_or_a_reason(data: st.DataObject) -> None:
    altered = bytearray(clips.clip(data.draw(st.sampled_from(list(clips.CONTAINERS))), seconds=1))
    for _ in range(data.draw(st.integers(1, 8))):
        altered[data.draw(st.integers(0, min(len(altered), 4_000) - 1))] = data.draw(st.integers(0, 255))

    # Anything but a refusal would leave the block and fail the test.
    with contextlib.suppress(VideoRefused):
        assert video.ask(bytes(altered)).hashes.shape[1] == 32


def test_a_refusal_says_what_to_do_and_quotes_nothing() -> None:
    with pytest.raises(VideoRefused) as refused:
        video.ask(b"Ana was here")

    assert "hash the file by its digests" in str(refused.value)
    assert "Ana" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_every_reason_has_a_next_step() -> None:
    assert all(str(VideoRefused(reason)) for reason in VideoRefusalReason)


@pytest.mark.parametrize("name", ["size_bytes", "seconds", "frames", "pixels", "decoded_pixels", "packets", "streams"])
def test_limits_below_one_cannot_be_set(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        VideoLimits(**{name: 0})

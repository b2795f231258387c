"""A confirmed video is kept densely, an unknown one is asked sparsely, and a changed copy is found."""

import io

import av
import numpy as np
import pytest

from leeward.engines.hashing import video
from leeward.engines.hashing.tests import clips

WITHIN_BITS = 31  # the radius in which pictures match


def share_known(copy: bytes, kept: video.Frames) -> float:
    return float((clips.nearest_bits(video.ask(copy).hashes, kept.hashes) <= WITHIN_BITS).mean())


@pytest.mark.parametrize("container", clips.CONTAINERS)
def test_every_container_on_the_list_is_read(container: str) -> None:
    data = clips.clip(container)

    asked, kept = video.ask(data), video.bank(data)

    assert len(asked) >= 2
    assert len(kept) >= len(asked)
    assert asked.at_s[0] == 0
    assert 1.9 < asked.at_s[-1] < 4.2
    assert (clips.nearest_bits(asked.hashes, kept.hashes) <= video.PRUNED_BITS).all()


@pytest.mark.parametrize("container", clips.CONTAINERS)
def test_a_video_is_known_by_its_first_bytes_and_a_gif_is_a_picture(container: str) -> None:
    assert video.is_video(clips.clip(container)[: video.HEAD_BYTES]) is (container != "gif")


@pytest.mark.parametrize("container", ["mkv", "webm", "avi", "ts", "flv", "gif", "mov"])
def test_a_copy_in_another_container_and_coding_is_the_same_video(container: str) -> None:
    assert share_known(clips.clip(container), video.bank(clips.clip("mp4"))) == 1.0


def grey(picture: clips.Picture) -> clips.Picture:
    luma = picture @ np.array([0.299, 0.587, 0.114])
    return np.stack([luma] * 3, axis=-1).astype(np.uint8)


def changed_copies() -> dict[str, bytes]:
    pictures = list(clips.frames(1, 6 * clips.RATE))
    return {
        "cut": clips.encoded(pictures[27:], key_every=30),
        "smaller": clips.encoded(pictures, size=(96, 72), key_every=50),
        "coded badly": clips.encoded(pictures, crf=36, key_every=17),
        "all three": clips.encoded(pictures[31:], size=(128, 96), crf=33, key_every=29),
        "half the frames": clips.encoded(pictures[5::2], key_every=13),
        "grey": clips.encoded([grey(picture) for picture in pictures], container="webm"),
    }


def test_cut_smaller_and_newly_coded_copies_are_found() -> None:
    kept = video.bank(clips.clip(seconds=6))

    missed = {name for name, copy in changed_copies().items() if share_known(copy, kept) < 1}

    assert missed == set()


def test_other_videos_are_not_found() -> None:
    kept = video.bank(clips.clip(seed=1))

    assert [share_known(clips.clip(seed=seed), kept) for seed in range(2, 8)] == [0.0] * 6


def test_key_frames_are_asked_and_all_frames_are_banked() -> None:
    data = clips.encoded(clips.frames(3, 60), key_every=15)

    assert video.ask(data).at_s == pytest.approx([0, 15 / 12, 30 / 12, 45 / 12], abs=0.01)
    assert len(video.bank(data)) > 20


@pytest.mark.parametrize("key_every", [1_000, 40])
def test_a_video_with_one_key_frame_is_asked_once_a_second(key_every: int) -> None:
    data = clips.encoded(clips.frames(3, 40), key_every=key_every)

    assert video.ask(data).at_s == pytest.approx([0, 1, 2, 3], abs=0.2)


def test_a_long_stretch_without_key_frames_is_asked_once_a_second() -> None:
    pictures = list(clips.frames(4, 25 * clips.RATE))
    two_keys = clips.encoded(pictures, key_every=24 * clips.RATE)

    times = video.ask(two_keys).at_s

    assert len(times) > 15
    assert np.diff(times).max() < 2.1


def test_key_frames_that_show_nothing_do_not_stand_for_the_scene() -> None:
    black = np.zeros((144, 192, 3), dtype=np.uint8)
    pictures = [black if number % 12 == 0 else picture for number, picture in enumerate(clips.frames(5, 48))]

    asked = video.ask(clips.encoded(pictures, key_every=12))

    assert len(asked) >= 3
    assert (clips.nearest_bits(asked.hashes, video.bank(clips.encoded(iter(pictures))).hashes) <= WITHIN_BITS).all()


def test_where_every_frame_is_a_key_frame_two_a_second_are_asked() -> None:
    data = clips.encoded(clips.frames(6, 48), container="avi", codec="mjpeg", pixels="yuvj420p")

    assert len(video.ask(data)) == 8


def test_a_plain_screen_has_no_frames_to_know_it_by() -> None:
    plain = [np.full((144, 192, 3), 90, dtype=np.uint8)] * 24

    asked = video.ask(clips.encoded(plain))

    assert (len(asked), asked.hashes.shape, asked.at_s.shape) == (0, (0, 32), (0,))


def test_a_file_object_is_read_from_its_start_and_again() -> None:
    file = io.BytesIO(clips.clip())
    file.seek(1_000)

    first, second = video.ask(file), video.ask(file)

    assert (first.hashes == second.hashes).all()
    assert (first.hashes == video.ask(clips.clip()).hashes).all()


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv444p", "yuv420p10le", "nv12"])
def test_depth_range_and_colours_do_not_change_what_is_seen(pixels: str) -> None:
    # Pale, because the quality of a rich picture is at its most with and without the range put right.
    pictures = [(picture // 2 + 60).astype(np.uint8) for picture in clips.frames(7, 12)]
    lossless = {"qp": "0"} if pixels != "yuv420p10le" else {"crf": "1"}

    plain = video.bank(clips.encoded(pictures, options={"qp": "0"}, key_every=1))
    other = video.bank(clips.encoded(pictures, options=lossless, pixels=pixels, key_every=1))

    assert video.LEAST_QUALITY < plain.quality[0] < 100
    assert abs(int(other.quality[0]) - int(plain.quality[0])) <= 3
    assert (clips.nearest_bits(other.hashes, plain.hashes) <= 10).all()


def test_two_streams_of_pictures_are_both_looked_at() -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as file:
        streams = [file.add_stream("libx264", rate=clips.RATE) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 192, 144, "yuv420p"
        for pictures in zip(clips.frames(1, 48), clips.frames(2, 48), strict=True):
            for stream, picture in zip(streams, pictures, strict=True):
                file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        for stream in streams:
            file.mux(stream.encode())

    asked = video.ask(out.getvalue())

    near = [
        clips.nearest_bits(asked.hashes, video.bank(clips.clip(seed=seed)).hashes) <= WITHIN_BITS for seed in (1, 2)
    ]
    assert (near[0] ^ near[1]).all()
    assert near[0].any()
    assert near[1].any()


def test_a_size_that_changes_midway_is_followed() -> None:
    first = clips.encoded(clips.frames(1, 36), container="ts")
    second = clips.encoded(clips.frames(2, 36, width=320, height=240), container="ts")

    asked = video.ask(first + second)

    for seed in (1, 2):
        kept = video.bank(clips.clip(seed=seed))
        assert (clips.nearest_bits(asked.hashes, kept.hashes) <= WITHIN_BITS).any()


def test_the_share_of_asked_frames_is_told_for_each_key() -> None:
    assert video.shares([{7}, {7, 9}, (), [7, 7]]) == {7: 0.75, 9: 0.25}
    assert list(video.shares([{1, 2}, {2}])) == [2, 1]
    assert video.shares([]) == {}
    assert video.shares([(), ()]) == {}


def test_frames_that_do_not_belong_together_are_refused() -> None:
    asked = video.ask(clips.clip())

    with pytest.raises(ValueError, match="belong together"):
        video.Frames(asked.hashes, asked.quality[:-1], asked.at_s)

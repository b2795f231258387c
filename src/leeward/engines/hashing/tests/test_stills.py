"""A video is judged by a few of its key frames, in order and spread over it."""

import pytest

from leeward.engines.hashing import stills, video
from leeward.engines.hashing.tests import clips


def test_the_first_key_frame_comes_alone_and_scaled() -> None:
    [first] = stills.stills(clips.clip(), most=1, longest_side=96)

    assert first.shape == (72, 96, 3)
    # Coding changes a picture by little; another scene is far away.
    drawn = next(iter(clips.frames(1, 1)))[::2, ::2].astype(int)
    other = next(iter(clips.frames(2, 1)))[::2, ::2].astype(int)
    assert abs(first - drawn).mean() < abs(first - other).mean() / 2


def test_a_long_video_gives_no_more_than_was_asked_for_and_both_its_ends() -> None:
    clip = clips.encoded(clips.frames(1, 40 * clips.RATE, width=64, height=48), key_every=clips.RATE)

    few = stills.stills(clip, most=5, longest_side=64)
    many = stills.stills(clip, most=100, longest_side=64)

    assert 3 <= len(few) <= 5
    assert len(many) == 40
    assert (few[0] == many[0]).all()
    assert any((few[-1] == one).all() for one in many[-len(many) // 3 :])


def test_small_pictures_are_not_made_larger() -> None:
    assert stills.stills(clips.clip(), most=1, longest_side=4000)[0].shape == (144, 192, 3)


@pytest.mark.parametrize("data", [b"no video at all", clips.sound(), clips.clip()[:2000]])
def test_what_has_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(video.VideoRefused):
        stills.stills(data, most=1, longest_side=96)

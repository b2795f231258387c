"""Copies of a text are found by their fingerprint, which is that of the field's own library."""

import random

import pytest
import tlsh
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines.hashing import text

WORDS = "tide harbour lantern seagull rope anchor signal pilot mist shore quay current beacon sail deck wave".split()  # noqa: SIM905
TEXTS = st.text(min_size=0, max_size=400) | st.text("abcdefgh ", min_size=40, max_size=2_000)


def story(seed: int, *, words: int = 120) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choice(WORDS) for _ in range(words))


def theirs(words: str) -> str | None:
    found = tlsh.hash(words.encode("utf-8", "surrogatepass"))
    return None if found in ("", "TNULL") else found


@given(words=TEXTS)
def test_any_text_has_the_fingerprint_that_the_library_gives_it(words: str) -> None:
    assert text.fingerprint(words) == theirs(words)


@pytest.mark.parametrize("length", [49, 50, 51, 655, 656, 657, 3_198, 3_199, 3_200, 20_000, 1_000_003])
def test_every_scale_of_length_is_the_librarys(length: int) -> None:
    words = story(1, words=length // 4)[:length]

    assert len(words) == length
    assert text.fingerprint(words) == theirs(words)


@pytest.mark.parametrize(
    "words",
    [
        story(2),
        "Wir treffen uns am Hafen, äöüß " * 9,
        "港の灯台と船の話です。潮は静かで、霧の中に錨の音が聞こえ、帆は白い。" * 4,
        "\ud800" + story(3),
    ],
)
def test_text_of_any_script_is_taken_as_it_stands(words: str) -> None:
    assert text.fingerprint(words) == theirs(words) is not None


@pytest.mark.parametrize("words", ["", "short", "x" * 49, "a" * 5_000, "ab" * 2_000])
def test_too_little_text_has_no_fingerprint(words: str) -> None:
    assert text.fingerprint(words) is None


@given(one=st.integers(0, 10**6), other=st.integers(0, 10**6), words=st.integers(20, 300))
def test_distances_are_the_librarys(one: int, other: int, words: int) -> None:
    digests = [text.fingerprint(story(seed, words=count)) for seed, count in ((one, words), (other, 200))]

    assert digests[0] is not None
    assert digests[1] is not None
    assert text.distance(digests[0], digests[1]) == tlsh.diffxlen(digests[0], digests[1])
    assert text.distance(digests[0], "T1" + digests[0][2:].lower()) == 0


@given(one=st.binary(min_size=35, max_size=35), other=st.binary(min_size=35, max_size=35))
def test_distances_of_any_two_digests_are_the_librarys(one: bytes, other: bytes) -> None:
    digests = ["T1" + digest.hex().upper() for digest in (one, other)]

    assert text.distance(*digests) == tlsh.diffxlen(*digests)


def test_a_copy_with_small_changes_is_near_and_another_text_is_not() -> None:
    original = text.fingerprint(story(4, words=300))
    copy = text.fingerprint(story(4, words=300).replace("seagull", "cormorant", 2) + " and so on")
    other = text.fingerprint(" ".join(reversed(story(5, words=300))))

    assert original is not None
    assert copy is not None
    assert other is not None
    assert 0 < text.distance(original, copy) <= text.WITHIN
    assert text.distance(original, other) > text.WITHIN


@pytest.mark.parametrize("digest", ["", "T1", "T1" + "0" * 69, "T2" + "0" * 70, "T1" + "G" * 70, "0" * 70])
def test_what_is_no_digest_is_refused(digest: str) -> None:
    sound = "T1" + "0" * 70

    for call in (lambda: text.distance(digest, sound), lambda: text.TextIndex().near(digest)):
        with pytest.raises(text.BadTextDigest, match="hexadecimal"):
            call()
    with pytest.raises(text.BadTextDigest, match="hexadecimal"):
        text.TextIndex().add(1, digest)

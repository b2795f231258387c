"""An upload is clear, known or held; what cannot be judged is held."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from PIL import Image, ImageOps

from leeward.core.models import Organisation
from leeward.engines import hashing
from leeward.engines.hashing import text
from leeward.engines.matching import WITHIN_BITS
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind
from leeward.screening import services as screening
from leeward.screening.models import Answer, Hold
from leeward.screening.services import Screened
from leeward.screening.tests.uploads import (
    AT,
    DOCUMENT,
    archive,
    digest_of,
    encoded,
    look_of,
    published,
    taken_back,
    waves,
    with_crops,
)

pytestmark = pytest.mark.django_db
ORIGINAL = encoded(waves(1))
WORDS = " ".join(f"Made up sentence {number} about the harbour and its {number * 7} boats." for number in range(20))


@pytest.fixture
def screen(harbour: Organisation) -> Callable[[bytes], Screened]:
    return lambda data: screening.screen(data, asked_by=harbour, item_id="upload-1", at=AT)


def test_a_picture_that_nobody_published_is_clear(screen: Callable[[bytes], Screened]) -> None:
    published(look_of(ORIGINAL))

    screened = screen(encoded(waves(2)))

    assert (screened.answer, screened.signs, screened.reason) == (Answer.CLEAR, (), "")
    assert screened.quality is not None
    assert screened.quality >= screening.PDQ_QUALITY


COPIES: dict[str, Callable[[Image.Image], bytes]] = {
    "the same file": encoded,
    "JPEG": lambda image: encoded(image, "JPEG", quality=60),
    "half the size": lambda image: encoded(image.resize((256, 192))),
    "larger and WebP": lambda image: encoded(image.resize((900, 675)), "WEBP", quality=70),
    "smaller and JPEG": lambda image: encoded(image.resize((300, 225)), "JPEG", quality=70),
    "grey": lambda image: encoded(image.convert("L"), "JPEG"),
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES.keys())
def test_a_changed_copy_of_a_published_picture_is_known(
    screen: Callable[[bytes], Screened], copy: Callable[[Image.Image], bytes]
) -> None:
    assert hashing.hash_picture(ORIGINAL).quality >= screening.PDQ_QUALITY
    [row] = published(look_of(ORIGINAL))

    screened = screen(copy(waves(1)))

    assert screened.answer == Answer.KNOWN
    [sign] = screened.signs
    assert (sign.indicator, sign.kind, sign.category, sign.source) == (str(row.uid), "pdq", "sextortion", "decision")
    assert sign.distance <= WITHIN_BITS


CHANGED: dict[str, Callable[[Image.Image], Image.Image]] = {
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "a quarter turn": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "upside down": lambda image: image.transpose(Image.Transpose.ROTATE_180),
    "a white border": lambda image: ImageOps.expand(image, 30, "white"),
    "letterbox": lambda image: ImageOps.expand(image, (0, 50), "black"),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED.keys())
def test_a_turned_or_framed_copy_is_known(
    screen: Callable[[bytes], Screened], change: Callable[[Image.Image], Image.Image]
) -> None:
    published(look_of(ORIGINAL))

    screened = screen(encoded(change(waves(1)), "JPEG"))

    assert screened.answer == Answer.KNOWN
    [sign] = screened.signs
    assert sign.is_trimmed or sign.orientation != "original"


def test_an_inner_part_of_a_confirmed_picture_is_known(screen: Callable[[bytes], Screened]) -> None:
    published(with_crops(ORIGINAL))
    width, height = waves(1).size

    screened = screen(encoded(waves(1).crop((width // 10, height // 10, width - width // 10, height - height // 10))))

    assert screened.answer == Answer.KNOWN
    assert screened.signs[0].part > 0


def test_a_known_picture_inside_an_archive_makes_the_archive_known(screen: Callable[[bytes], Screened]) -> None:
    published(look_of(ORIGINAL))

    assert screen(archive(ORIGINAL)).answer == Answer.KNOWN
    assert screen(archive(encoded(waves(2)))).answer == Answer.CLEAR


def test_a_sign_whose_source_is_not_sure_only_points(screen: Callable[[bytes], Screened]) -> None:
    published(dataclasses.replace(look_of(ORIGINAL), confidence=20))

    screened = screen(ORIGINAL)

    assert (screened.answer, screened.reason) == (Answer.SUSPECT, "pdq")
    assert Hold.objects.get().state == Hold.State.HELD


def test_a_copy_of_a_known_text_is_suspect(harbour: Organisation) -> None:
    published(indicators.Sign(Kind.TLSH, text.fingerprint(WORDS) or "", Category.BULLYING))

    def asked(words: str) -> Answer:
        return screening.screen(words.encode(), asked_by=harbour, media_type="text/plain", at=AT).answer

    assert asked(WORDS.replace("sentence 3 ", "sentence three ")) == Answer.SUSPECT
    assert (
        asked("Quite other words about cooking soup, with carrots and onions and a little salt. " * 8) == Answer.CLEAR
    )


@pytest.mark.parametrize("kind", [Kind.MD5, Kind.SHA1, Kind.SHA256])
def test_a_file_that_is_no_picture_is_known_by_its_bytes(screen: Callable[[bytes], Screened], kind: Kind) -> None:
    published(digest_of(DOCUMENT, kind))

    screened = screen(DOCUMENT)

    assert screened.answer == Answer.KNOWN
    assert [(sign.kind, sign.distance) for sign in screened.signs] == [(kind.value, 0)]


def test_every_sign_that_matches_is_named_exact_ones_first(screen: Callable[[bytes], Screened]) -> None:
    published(look_of(ORIGINAL), source="decision:1")
    published(digest_of(ORIGINAL), look_of(encoded(waves(1), "JPEG")), source="partner:beacon")

    screened = screen(ORIGINAL)

    assert sorted(sign.kind for sign in screened.signs) == ["md5", "pdq", "pdq"]
    assert {sign.source for sign in screened.signs} == {"decision", "partner"}
    assert [sign.distance for sign in screened.signs] == sorted(sign.distance for sign in screened.signs)


def test_a_picture_with_too_little_in_it_is_never_matched_by_its_look(screen: Callable[[bytes], Screened]) -> None:
    plain = encoded(Image.new("RGB", (256, 256), (90, 120, 200)))
    published(look_of(plain))

    screened = screen(plain)

    assert screened.answer == Answer.CLEAR
    assert screened.quality is not None
    assert screened.quality < screening.PDQ_QUALITY


HELD = {
    "empty": (b"", "empty"),
    "truncated": (ORIGINAL[: len(ORIGINAL) // 2], "truncated"),
    "zip with a broken picture": (archive(encoded(waves(1))[:900]), "inside_truncated"),
    "document": (DOCUMENT, "not_a_picture"),
    "broken header": (b"\x89PNG\r\n\x1a\n" + bytes(40), "unreadable"),
}


@pytest.mark.parametrize(("data", "reason"), HELD.values(), ids=HELD.keys())
def test_what_cannot_be_judged_is_held_with_the_reason(
    screen: Callable[[bytes], Screened], data: bytes, reason: str
) -> None:
    screened = screen(data)

    assert (screened.answer, screened.reason, screened.signs) == (Answer.HELD, reason, ())


def test_what_could_not_be_judged_by_its_look_is_still_known_by_its_bytes(screen: Callable[[bytes], Screened]) -> None:
    cut = ORIGINAL[: len(ORIGINAL) // 2]
    published(digest_of(cut))

    assert screen(cut).answer == Answer.KNOWN


def test_a_sign_counts_from_the_next_question_after_it_was_stamped(screen: Callable[[bytes], Screened]) -> None:
    before = screen(ORIGINAL)
    published(look_of(ORIGINAL))

    assert before.answer == Answer.CLEAR
    assert screen(ORIGINAL).answer == Answer.KNOWN


def test_a_withdrawn_sign_never_matches_again(screen: Callable[[bytes], Screened]) -> None:
    published(look_of(ORIGINAL), digest_of(ORIGINAL), digest_of(DOCUMENT))
    assert screen(ORIGINAL).answer == Answer.KNOWN

    taken_back()

    assert screen(ORIGINAL).answer == Answer.CLEAR
    assert screen(DOCUMENT).answer == Answer.HELD


def test_a_sign_that_two_sources_published_stays_until_both_took_it_back(
    screen: Callable[[bytes], Screened],
) -> None:
    published(look_of(ORIGINAL), source="decision:1")
    published(look_of(ORIGINAL), source="decision:2")

    taken_back("decision:1")
    after_one = screen(ORIGINAL)
    taken_back("decision:2")

    assert after_one.answer == Answer.KNOWN
    assert screen(ORIGINAL).answer == Answer.CLEAR

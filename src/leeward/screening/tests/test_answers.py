"""An upload is clear, known or held; what cannot be judged is held."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image

from leeward.core.models import Organisation
from leeward.engines import hashing
from leeward.engines.matching import WITHIN_BITS
from leeward.indicators.models import Kind
from leeward.screening import services as screening
from leeward.screening.services import Answer, Screened
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
)

pytestmark = pytest.mark.django_db
ORIGINAL = encoded(waves(1))


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
    assert sign.distance_bits <= WITHIN_BITS


@pytest.mark.parametrize("kind", [Kind.MD5, Kind.SHA1, Kind.SHA256])
def test_a_file_that_is_no_picture_is_known_by_its_bytes(screen: Callable[[bytes], Screened], kind: Kind) -> None:
    published(digest_of(DOCUMENT, kind))

    screened = screen(DOCUMENT)

    assert screened.answer == Answer.KNOWN
    assert [(sign.kind, sign.distance_bits) for sign in screened.signs] == [(kind.value, 0)]


def test_every_sign_that_matches_is_named_exact_ones_first(screen: Callable[[bytes], Screened]) -> None:
    published(look_of(ORIGINAL), source="decision:1")
    published(digest_of(ORIGINAL), look_of(encoded(waves(1), "JPEG")), source="partner:beacon")

    screened = screen(ORIGINAL)

    assert [sign.kind for sign in screened.signs] == ["md5", "pdq", "pdq"]
    assert {sign.source for sign in screened.signs} == {"decision", "partner"}
    assert [sign.distance_bits for sign in screened.signs] == sorted(sign.distance_bits for sign in screened.signs)


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
    "zip": (archive(), "archive"),
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

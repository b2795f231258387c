"""A picture that the operator tries is answered like an upload, and nothing of it is kept."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageOps

from leeward.core import config
from leeward.core.models import Organisation, User
from leeward.engines import hashing
from leeward.screening import forms, index, tallies
from leeward.screening import services as screening
from leeward.screening.models import Answer
from leeward.screening.tests.people import Answered, everything, signed_in, text_of
from leeward.screening.tests.uploads import AT, DOCUMENT, archive, digest_of, encoded, look_of, published, waves

pytestmark = pytest.mark.django_db
PICTURE = encoded(waves(1))
CUT = PICTURE[: len(PICTURE) // 2]


@pytest.fixture
def browser(olga: User) -> Client:
    """The operator's browser."""
    return signed_in(olga)


def tried(browser: Client, data: bytes, *, media_type: str = "image/png") -> Answered:
    file = SimpleUploadedFile("waves.png", data, content_type=media_type)
    return browser.post("/screening/try/", {"picture": file})


def test_a_picture_that_nobody_published_is_clear_and_shown_with_all_ways_in_which_it_was_asked(
    browser: Client,
) -> None:
    answer = tried(browser, PICTURE)

    trial = answer.context["trial"]
    assert trial.answer == Answer.CLEAR
    assert [one.variant.orientation for one in trial.asked] == list(hashing.Orientation)
    assert trial.look.variants[0].pdq.hex() in text_of(answer)
    assert "This upload would be let through." in text_of(answer)


def test_a_mirrored_copy_with_a_border_is_known_in_the_way_that_shows_it(browser: Client) -> None:
    published(look_of(PICTURE), source="partner:beacon")
    copy = ImageOps.expand(ImageOps.mirror(waves(1)), border=80, fill="white")

    answer = tried(browser, encoded(copy))

    trial = answer.context["trial"]
    near = {(one.variant.orientation, one.variant.is_trimmed) for one in trial.asked if one.nearest is not None}
    assert trial.answer == Answer.KNOWN
    assert (hashing.Orientation.FLIPPED_Y, True) in near
    assert (hashing.Orientation.ORIGINAL, False) not in near
    assert "the partner beacon" in text_of(answer)


SAME = {
    "picture": PICTURE,
    "copy": encoded(waves(1), "JPEG", quality=60),
    "other picture": encoded(waves(2)),
    "known by its bytes": DOCUMENT,
    "truncated": CUT,
    "no picture": b"nothing that can be judged",
    "archive": archive(PICTURE),
    "plain": encoded(Image.new("RGB", (256, 256), (90, 120, 200))),
}


@pytest.mark.parametrize("data", SAME.values(), ids=SAME.keys())
def test_the_answer_is_the_one_that_an_upload_gets(browser: Client, harbour: Organisation, data: bytes) -> None:
    published(look_of(PICTURE), digest_of(DOCUMENT))

    trial = tried(browser, data).context["trial"]

    screened = screening.screen(data, asked_by=harbour, media_type="image/png", at=AT)
    assert (trial.answer, trial.reason) == (screened.answer, screened.reason)


@pytest.mark.parametrize("data", SAME.values(), ids=SAME.keys())
def test_nothing_of_it_is_stored_or_counted(browser: Client, data: bytes) -> None:
    published(look_of(PICTURE), digest_of(DOCUMENT))
    before = everything()

    assert tried(browser, data).status_code == 200
    tallies.flush(AT)

    assert everything() == before


def test_a_picture_with_too_little_in_it_is_not_asked_by_its_look(browser: Client) -> None:
    published(look_of(SAME["plain"]))

    answer = tried(browser, SAME["plain"])

    assert [one.nearest for one in answer.context["trial"].asked] == [None] * 8
    assert "Too little is in it" in text_of(answer)


def test_an_index_that_cannot_follow_holds(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    published(look_of(PICTURE), digest_of(PICTURE))
    monkeypatch.setattr(index, "MOST_BEHIND", 1)

    trial = tried(browser, PICTURE).context["trial"]

    assert (trial.answer, trial.reason) == (Answer.HELD, screening.NOT_READY)


def test_a_held_file_is_explained_in_words(browser: Client) -> None:
    assert "The file ends before the picture does." in text_of(tried(browser, CUT))


def test_no_file_an_empty_one_and_a_large_one_are_answered_kindly(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "FILE_BYTES", 1000)

    answers = [browser.post("/screening/try/"), tried(browser, b""), tried(browser, PICTURE)]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    for answer, sentence in zip(answers, ["Choose a file first.", "nothing in this file", "up to 25 MB"], strict=True):
        assert sentence in " ".join(answer.context["form"].errors["picture"])


def test_a_body_that_is_too_large_is_refused_in_words_for_this_page(browser: Client) -> None:
    too_large = str(config.current().server.max_body_bytes + 1)

    answer = browser.generic("POST", "/screening/try/", b"", headers={"content-length": too_large})

    page = text_of(answer)
    assert answer.status_code == 413
    assert "Go back and choose a smaller file." in page
    assert "send it without one" not in page
    assert "Sign in" not in page, "nobody has looked yet who asks"

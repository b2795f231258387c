"""Every language says everything to a child that looks for help, in words that a child of its age can read."""

from __future__ import annotations

import pytest

from leeward.core import texts
from leeward.engines import reading
from leeward.engines.reading import Band
from leeward.helplines import child_pages

# What we promise, and where the promise ends: tables, and single keys.
PROMISES = (
    "before.",
    "door.kept",
    "write.kept",
    "write.no_mail",
    "code.lost",
    "answers.erase_why",
    "answers.erased_why",
)
PROMISES_OF_SAFETY = ("sealed", "only_you", "no_name", "our_page", "no_script", "code_found", "device", "network")
OTHERS = [band for band in child_pages.BANDS if band != Band.MIDDLE]


def promises(language: str, *, band: Band) -> dict[str, str]:
    safety = tuple(f"safety.{name}" for name in PROMISES_OF_SAFETY)
    found = texts.read("helplines", language=language, band=band)
    return {key: words for key, words in found.items() if key.startswith(PROMISES) or key in safety}


@pytest.mark.parametrize("band", child_pages.BANDS)
@pytest.mark.parametrize("language", texts.languages())
def test_what_is_said_to_an_age_alone_is_not_too_hard(language: str, band: Band) -> None:
    words = texts.own("helplines", language=language, band=band)

    assert words
    assert list(reading.too_hard(words, language=language, band=band)) == []


def test_no_language_leaves_anything_out() -> None:
    assert [gap for gap in texts.missing() if gap.app == "helplines"] == []


@pytest.mark.parametrize("language", texts.languages())
def test_what_is_filled_in_stands_in_every_language(language: str) -> None:
    words = texts.own("helplines", language=language, band=Band.MIDDLE)

    assert "{country}" in words["call.numbers"]
    assert "{ages}" in words["call.ages"]
    assert "{day}" in words["call.checked"]


@pytest.mark.parametrize("band", OTHERS)
@pytest.mark.parametrize("language", texts.languages())
def test_every_age_is_promised_the_same_in_the_same_words(language: str, band: Band) -> None:
    to_all = promises(language, band=Band.MIDDLE)

    assert len(to_all) == len(promises(texts.ENGLISH, band=Band.MIDDLE)) > len(PROMISES_OF_SAFETY) + len(PROMISES)
    assert promises(language, band=band) == to_all


@pytest.mark.parametrize("language", texts.languages())
def test_the_smallest_can_read_what_is_promised(language: str) -> None:
    assert list(reading.too_hard(promises(language, band=Band.SMALL), language=language, band=Band.SMALL)) == []


@pytest.mark.parametrize("language", texts.languages())
def test_each_age_reads_some_words_of_its_own(language: str) -> None:
    small, middle, teen = (texts.read("helplines", language=language, band=band) for band in child_pages.BANDS)

    assert small["code.this_opens"] != middle["code.this_opens"]
    assert teen["answers.somebody"] != middle["answers.somebody"]

"""Every language says everything to a child that looks for help, in words that a child can read."""

from __future__ import annotations

import pytest

from leeward.core import texts
from leeward.engines import reading
from leeward.engines.reading import Band


@pytest.mark.parametrize("language", texts.languages())
def test_no_sentence_is_too_hard(language: str) -> None:
    words = texts.own("helplines", language=language, band=Band.MIDDLE)

    assert list(reading.too_hard(words, language=language, band=Band.MIDDLE)) == []


def test_no_language_leaves_anything_out() -> None:
    assert [gap for gap in texts.missing() if gap.app == "helplines"] == []


@pytest.mark.parametrize("language", texts.languages())
def test_what_is_filled_in_stands_in_every_language(language: str) -> None:
    words = texts.own("helplines", language=language, band=Band.MIDDLE)

    assert "{country}" in words["call.numbers"]
    assert "{ages}" in words["call.ages"]
    assert "{day}" in words["call.checked"]

"""Every language says everything to a child who shows an age, in words that a child can read."""

from __future__ import annotations

import pytest

from leeward.core import texts
from leeward.engines import reading
from leeward.engines.reading import Band


@pytest.mark.parametrize("language", texts.languages())
def test_no_sentence_is_too_hard(language: str) -> None:
    words = texts.own("age", language=language, band=Band.MIDDLE)

    assert list(reading.too_hard(words, language=language, band=Band.MIDDLE)) == []


def test_no_language_leaves_anything_out_for_10_to_12() -> None:
    assert [gap for gap in texts.missing() if gap.app == "age" and gap.band == Band.MIDDLE] == []

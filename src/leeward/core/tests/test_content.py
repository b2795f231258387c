"""Every content file that we ship can be read by whom it was written for."""

from __future__ import annotations

import re

import pytest

from leeward.core import texts
from leeward.engines import reading
from leeward.engines.reading import Band

HEAD = "# Translated by the team; a native speaker must check it before a release.\n"
# What a frightened child must find in its own language, whatever else is still to be translated.
ALWAYS = ("reason.", "danger.", "sent.", "picture.never", "guide.never", "guide.not_your_fault")
EVERY_FILE = [(app, language, band) for app in texts.apps() for language in texts.languages() for band in Band]
TRANSLATED = [place for place in EVERY_FILE if place[1] != texts.ENGLISH]
_PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)s")


def known(app: str) -> dict[str, str]:
    """Return every key of the capability with its plainest English words."""
    found: dict[str, str] = {}
    for band in (Band.ADULT, Band.TEEN, Band.SMALL, Band.MIDDLE):
        found |= texts.own(app, language=texts.ENGLISH, band=band)
    return found


@pytest.mark.parametrize(("app", "language", "band"), EVERY_FILE)
def test_nothing_is_too_hard_for_its_reader(app: str, language: str, band: Band) -> None:
    found = texts.read(app, language=language, band=band)
    # What is not translated yet is English, and is measured there.
    own = {key: found[key] for key in found if _is_said(app, key, language=language, band=band)}

    assert not list(reading.too_hard(own, language=language, band=band))


def _is_said(app: str, key: str, *, language: str, band: Band) -> bool:
    return any(key in texts.own(app, language=language, band=reader) for reader in (band, Band.MIDDLE))


@pytest.mark.parametrize("language", texts.languages())
def test_small_children_read_easier_words_than_grown_ups(language: str) -> None:
    small, adult = (
        reading.measure(texts.read("reports", language=language, band=band).values(), language=language).lix
        for band in (Band.SMALL, Band.ADULT)
    )

    assert small < adult


@pytest.mark.parametrize(("app", "language", "band"), TRANSLATED)
def test_a_translation_has_no_key_that_english_has_not(app: str, language: str, band: Band) -> None:
    assert not texts.own(app, language=language, band=band).keys() - known(app).keys()


@pytest.mark.parametrize(("app", "language", "band"), TRANSLATED)
def test_a_translation_keeps_what_is_filled_in(app: str, language: str, band: Band) -> None:
    english = known(app)

    for key, text in texts.own(app, language=language, band=band).items():
        assert sorted(_PLACEHOLDER.findall(text)) == sorted(_PLACEHOLDER.findall(english[key])), key


@pytest.mark.parametrize(("app", "language", "band"), TRANSLATED)
def test_a_translation_says_that_a_native_speaker_must_check_it(app: str, language: str, band: Band) -> None:
    path = texts.ROOT / app / "texts" / language / f"{band}.toml"

    assert not path.exists() or path.read_text(encoding="utf-8").startswith(HEAD)


@pytest.mark.parametrize(("app", "language", "band"), TRANSLATED)
def test_what_protects_a_child_is_said_in_its_language(app: str, language: str, band: Band) -> None:
    keys = [key for key in texts.read(app, language=texts.ENGLISH, band=Band.MIDDLE) if key.startswith(ALWAYS)]

    assert [key for key in keys if not _is_said(app, key, language=language, band=band)] == []


@pytest.mark.parametrize("band", [band for band in Band if band != Band.MIDDLE])
def test_a_band_of_english_holds_only_what_it_says_differently(band: Band) -> None:
    for app in texts.apps():
        plain = texts.own(app, language=texts.ENGLISH, band=Band.MIDDLE)
        own = texts.own(app, language=texts.ENGLISH, band=band)

        assert [key for key in own if plain.get(key) == own[key]] == []

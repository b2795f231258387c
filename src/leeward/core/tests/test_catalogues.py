"""The pages' catalogues: what a translator wrote is what a page says, in every language that the site speaks."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import gettext as translated
from django.utils.translation import override, to_locale

from leeward.core import catalogues

LANGUAGES = [to_locale(code) for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
# Whoever is in danger reads these; nothing on them may be in another language.
HELP = {"site/templates/site/help.html", "core/templates/core/_quick_exit.html"}
_PLACEHOLDER = re.compile(r"%\(\w+\)s|%[ds]|\{\w*\}")

SMALL = r"""
msgid ""
msgstr ""
"Language: mn\n"

# A translator's own note.
#: harbour/templates/port.html harbour/forms.py
msgctxt "at sea"
msgid "A boat"
msgstr "Завь"

#: harbour/forms.py
#, python-format
msgid "%(count)s boat"
msgid_plural "%(count)s boats"
msgstr[0] "%(count)s завь"
msgstr[1] ""

#: harbour/forms.py
#, fuzzy
msgid "A sail"
msgstr "Завь"

#: harbour/forms.py
msgid ""
"A long sentence, "
"with a \"word\"\n"
"and a second line"
msgstr ""
"Урт өгүүлбэр, "
"хоёр мөртэй"

#~ msgid "A mast"
#~ msgstr "Шураг"
"""


def shipped(language: str) -> gettext.GNUTranslations:
    with catalogues.catalogue(language, kind="mo").open("rb") as file:
        return gettext.GNUTranslations(file)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue of four sentences and one that is no longer said; returns its path."""
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path)
    path = catalogues.catalogue("mn")
    path.parent.mkdir(parents=True)
    path.write_text(SMALL.lstrip(), encoding="utf-8")
    return path


@pytest.mark.usefixtures("small")
def test_each_sentence_is_read_with_its_places_and_translations() -> None:
    boat, boats, sail, long = catalogues.entries("mn")

    assert boat == catalogues.Entry(
        context="at sea",
        sentence="A boat",
        plural="",
        translations=("Завь",),
        places=("harbour/templates/port.html", "harbour/forms.py"),
        is_fuzzy=False,
    )
    assert (boats.plural, boats.translations) == ("%(count)s boats", ("%(count)s завь", ""))
    assert (sail.sentence, sail.is_fuzzy) == ("A sail", True)
    assert long.sentence == 'A long sentence, with a "word"\nand a second line'
    assert long.translations == ("Урт өгүүлбэр, хоёр мөртэй",)


@pytest.mark.usefixtures("small")
def test_half_a_plural_and_a_guess_of_the_tools_are_not_translated() -> None:
    assert [entry.is_translated for entry in catalogues.entries("mn")] == [True, False, False, True]


@pytest.mark.parametrize("line", ["msgstr Завь", 'msgstr "Завь', "msgstr 3", "nonsense"])
def test_a_line_that_cannot_be_read_is_named(small: Path, line: str) -> None:
    small.write_text(f'msgid ""\nmsgstr ""\n\nmsgid "A boat"\n{line}\n', encoding="utf-8")

    with pytest.raises(catalogues.BrokenCatalogue, match=r"^mn/django\.po, line 5: "):
        catalogues.entries("mn")


def test_every_language_of_the_site_but_english_has_a_catalogue() -> None:
    assert sorted(LANGUAGES) == list(catalogues.languages())


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_say_what_the_translator_wrote(language: str) -> None:
    compiled = shipped(language)

    for entry in catalogues.entries(language):
        if not entry.is_translated:
            continue
        key = f"{entry.context}\x04{entry.sentence}" if entry.context else entry.sentence
        forms = [compiled._catalog.get((key, number)) for number in range(len(entry.translations))]  # type: ignore[attr-defined]
        said = forms if entry.plural else [compiled._catalog.get(key)]  # type: ignore[attr-defined]
        assert tuple(said) == entry.translations, (
            f"compile the catalogue again, as docs/operator/languages.md says: {key!r}"
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_say_nothing_that_the_translator_took_out(language: str) -> None:
    kept = {entry.sentence for entry in catalogues.entries(language) if entry.is_translated}
    compiled = {key[0] if isinstance(key, tuple) else key for key in shipped(language)._catalog}  # type: ignore[attr-defined]

    assert {key.rpartition("\x04")[2] for key in compiled} - {""} == kept


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_what_a_page_fills_in(language: str) -> None:
    for entry in catalogues.entries(language):
        if entry.is_translated:
            for words in entry.translations:
                assert sorted(_PLACEHOLDER.findall(words)) == sorted(_PLACEHOLDER.findall(entry.sentence)), (
                    entry.sentence
                )


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_needs_help_reads_every_word_in_one_language(language: str) -> None:
    said = [entry for entry in catalogues.entries(language) if HELP.intersection(entry.places)]

    assert said
    assert [entry.sentence for entry in said if not entry.is_translated] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_says_that_a_native_speaker_must_check_it(language: str) -> None:
    first = catalogues.catalogue(language).read_text(encoding="utf-8").partition("\n")[0]

    assert "a native speaker must check" in first


def test_what_is_not_translated_is_read_in_english() -> None:
    with override("mn"):
        assert translated("Report") == "Мэдэгдэх"
        assert translated("A sentence that nobody wrote") == "A sentence that nobody wrote"

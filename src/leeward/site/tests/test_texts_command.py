"""`leeward texts missing` names what readers get in English, and is no failure."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from leeward.core import catalogues, texts


@pytest.fixture
def harbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One capability with a gap in its Mongolian, and a catalogue with two."""
    monkeypatch.setattr(texts, "ROOT", tmp_path)
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path / "locale")
    write(tmp_path / "harbour/texts/en/10-12.toml", '[boat]\nname = "A boat"\nsail = "A sail"\n')
    for language in ("fr", "es", "ar", "ru", "zh"):
        write(tmp_path / f"harbour/texts/{language}/10-12.toml", '[boat]\nname = "1"\nsail = "2"\n')
    write(tmp_path / "harbour/texts/mn/10-12.toml", '[boat]\nname = "Завь"\n')
    entries = [
        '#: harbour/forms.py lighthouse/forms.py\nmsgid "Port"\nmsgstr ""\n',
        '#: lighthouse/forms.py\n#, fuzzy\nmsgid "Lamp"\nmsgstr "Порт"\n',
        '#: lighthouse/forms.py\nmsgid "Sea"\nmsgstr "Далай"\n',
    ]
    write(tmp_path / "locale/mn/LC_MESSAGES/django.po", "\n".join(['msgid ""\nmsgstr ""\n', *entries]))


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def said(*, verbosity: int = 1) -> list[str]:
    out = io.StringIO()
    call_command("texts", "missing", stdout=out, verbosity=verbosity)
    return [line.strip() for line in out.getvalue().splitlines()]


@pytest.mark.usefixtures("harbour")
def test_it_names_the_keys_of_a_gap_and_counts_the_sentences_of_each_capability() -> None:
    lines = said()

    assert "mn harbour 10-12: 1 missing: boat.sail" in lines
    assert any(line.startswith("Pages in mn") and line.endswith("django.po: 2 of 3 missing") for line in lines)
    assert "harbour: 1" in lines
    assert "lighthouse: 1" in lines
    assert not any("'Lamp'" in line for line in lines)


@pytest.mark.usefixtures("harbour")
def test_asked_for_more_it_names_each_sentence_with_its_places() -> None:
    lines = said(verbosity=2)

    assert "harbour/forms.py, lighthouse/forms.py: 'Port'" in lines
    assert "lighthouse/forms.py: 'Lamp'" in lines
    assert not any("'Sea'" in line for line in lines)


def test_it_says_so_where_nothing_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "ROOT", tmp_path)
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path / "locale")

    assert "nothing is missing" in said()


def test_it_reads_what_we_ship() -> None:
    assert sum(line.startswith("Pages in ") for line in said()) == len(catalogues.languages())

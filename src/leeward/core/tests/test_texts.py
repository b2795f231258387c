"""What a reader gets where a translation is there, and where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from leeward.core import texts
from leeward.engines.reading import Band


@pytest.fixture
def harbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A capability of its own with two languages; returns its folder of texts."""
    monkeypatch.setattr(texts, "ROOT", tmp_path)
    folder = tmp_path / "harbour" / "texts"
    write(folder / "en" / "10-12.toml", '[boat]\nname = "A boat"\nsail = "A sail"\nport = "A port"\nstar = "A star"\n')
    write(folder / "en" / "6-9.toml", '[boat]\nsail = "A white sail"\nport = "Home"\nstar = "A light"\n')
    write(folder / "mn" / "10-12.toml", '[boat]\nsail = "Далбаа"\nport = "Боомт"\n')
    write(folder / "mn" / "6-9.toml", '[boat]\nsail = "Цагаан далбаа"\n')
    return folder


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


@pytest.mark.usefixtures("harbour")
def test_a_reader_gets_the_words_of_its_band() -> None:
    assert texts.read("harbour", language="en", band=Band.SMALL)["boat.sail"] == "A white sail"
    assert texts.read("harbour", language="mn", band=Band.SMALL)["boat.sail"] == "Цагаан далбаа"


@pytest.mark.usefixtures("harbour")
def test_what_a_band_leaves_out_is_read_in_its_language_then_in_english_for_the_band_then_in_english() -> None:
    found = texts.read("harbour", language="mn", band=Band.SMALL)

    assert found["boat.port"] == "Боомт"
    assert found["boat.star"] == "A light"
    assert found["boat.name"] == "A boat"


@pytest.mark.usefixtures("harbour")
@pytest.mark.parametrize("tag", ["mn", "mn-MN", "mn_MN", "MN"])
def test_a_tag_with_a_country_is_its_language(tag: str) -> None:
    assert texts.read("harbour", language=tag, band=Band.MIDDLE)["boat.sail"] == "Далбаа"


@pytest.mark.usefixtures("harbour")
@pytest.mark.parametrize("tag", ["", "tlh", "../en", "fr"])
def test_a_language_that_nobody_wrote_is_read_in_english(tag: str) -> None:
    assert texts.read("harbour", language=tag, band=Band.TEEN)["boat.sail"] == "A sail"


@pytest.mark.usefixtures("harbour")
def test_nobody_can_change_what_the_next_reader_gets() -> None:
    found = texts.read("harbour", language="en", band=Band.MIDDLE)

    with pytest.raises(TypeError):
        found["boat.sail"] = "A rag"  # type: ignore[index]


@pytest.mark.usefixtures("harbour")
def test_what_a_language_does_not_say_is_listed_by_band() -> None:
    found = [gap for gap in texts.missing() if gap.language == "mn"]

    assert found == [
        texts.Missing("harbour", "mn", Band.SMALL, ("boat.port", "boat.star")),
        texts.Missing("harbour", "mn", Band.MIDDLE, ("boat.name", "boat.star")),
    ]


@pytest.mark.usefixtures("harbour")
def test_a_language_without_any_file_is_listed_whole() -> None:
    assert (
        texts.Missing("harbour", "ar", Band.MIDDLE, ("boat.name", "boat.port", "boat.sail", "boat.star"))
        in texts.missing()
    )


@pytest.mark.usefixtures("harbour")
def test_a_capability_without_texts_says_what_to_write() -> None:
    with pytest.raises(texts.NoTexts, match=r"lighthouse/texts/en/10-12\.toml is missing or empty; write it"):
        texts.read("lighthouse", language="en", band=Band.MIDDLE)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[boat\nsail = "A sail"\n', r"harbour/texts/mn/10-12\.toml is no TOML: .*line 1"),
        ('sail = "A sail"\n', "sail stands in no table"),
        ("[boat]\nsail = 3\n", r"boat\.sail is no text"),
        ('[boat]\nsail = "  "\n', r"boat\.sail is no text"),
        ('[boat.bow]\nsail = "A sail"\n', r"boat\.bow is no text"),
    ],
)
def test_a_broken_file_is_named_with_its_place(harbour: Path, content: str, words: str) -> None:
    write(harbour / "mn" / "10-12.toml", content)

    with pytest.raises(texts.BrokenTexts, match=words):
        texts.read("harbour", language="mn", band=Band.MIDDLE)


def test_english_comes_first_and_chinese_is_one_folder() -> None:
    assert texts.languages() == ("en", "mn", "fr", "es", "ar", "ru", "zh")

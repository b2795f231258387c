"""Every picture that a family can choose is drawn, is told apart from the others, and needs nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.utils.translation import override

from leeward.families.choices import Kind, Picture, Sticker

DRAWINGS = Path(__file__).parents[1] / "templates" / "families" / "pictures"
SETS = [(Picture, "children"), (Kind, "devices"), (Sticker, "stickers")]
NAMES = [pytest.param(folder, value, id=f"{folder}-{value}") for choices, folder in SETS for value in choices.values]


@pytest.mark.parametrize(("choices", "folder"), SETS)
def test_each_choice_has_one_drawing_and_no_drawing_is_left_over(
    choices: type[Picture | Kind | Sticker], folder: str
) -> None:
    drawn = {path.stem: path.read_bytes() for path in (DRAWINGS / folder).glob("*.svg")}

    assert set(drawn) == set(choices.values)
    assert len(set(drawn.values())) == len(drawn)


@pytest.mark.parametrize(("folder", "value"), NAMES)
def test_a_drawing_stands_alone(folder: str, value: str) -> None:
    text = (DRAWINGS / folder / f"{value}.svg").read_text(encoding="utf-8")

    root = ElementTree.fromstring(text)

    assert root.attrib["aria-hidden"] == "true"
    assert not any(word in text for word in ("<script", "<style", "href", "style=", "<image", "http"))


def test_the_sun_is_not_taken_for_a_short_sunday() -> None:
    # Django's own catalogues translate the word «Sun» alone as the day.
    with override("ar"):
        assert str(Sticker.SUN.label) != "أحد"

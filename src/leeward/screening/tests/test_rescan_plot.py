"""What was found is counted by its age since upload, and shown as text and as a picture that can be read aloud."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from leeward.screening.rescan import plot

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)


@dataclass
class Found:
    """What was found now, and when it had been uploaded."""

    uploaded_at: datetime | None
    at: datetime = AT


def found(*days: float) -> list[Found]:
    return [Found(AT - timedelta(days=number)) for number in days]


@pytest.mark.parametrize(
    ("days", "label"),
    [
        (0, "under a day"),
        (0.99, "under a day"),
        (1, "under a week"),
        (29, "under a month"),
        (364, "under a year"),
        (9e3, "older"),
    ],
)
def test_each_is_counted_under_its_age(days: float, label: str) -> None:
    assert {name: count for name, count in plot.found_by_age(found(days)) if count} == {label: 1}


def test_an_age_that_nobody_knows_is_not_guessed() -> None:
    assert plot.found_by_age([Found(None), Found(None)])[-1] == (plot.NOT_KNOWN, 2)


def test_every_age_has_its_bar_and_the_longest_is_the_most() -> None:
    bars = plot.found_by_age(found(*[2] * 80, 400))

    lines = plot.text_bars(bars)

    assert len(lines) == len(bars) == 8
    assert max(lines, key=lambda line: line.count("█")).endswith("█ 80")
    assert sum("█" in line for line in lines) == 2


def test_the_picture_says_its_numbers_in_words() -> None:
    picture = ElementTree.fromstring(plot.svg(plot.found_by_age(found(2, 2)), title="Found & counted"))

    names = {child.tag.rpartition("}")[2]: child.text for child in picture}
    assert names["title"] == "Found & counted"
    assert "under a week: 2" in (names["desc"] or "")
    assert "style" not in picture.attrib


def test_nothing_found_is_a_plot_of_zeros() -> None:
    bars = plot.found_by_age([])

    assert all(line.endswith(" 0") for line in plot.text_bars(bars))
    assert ElementTree.fromstring(plot.svg(bars, title="Nothing")) is not None

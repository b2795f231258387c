"""On a phone, a plot of time shows its newest columns and their numbers at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page

from leeward import core
from leeward.core.drawing import Column, Series, stacked

pytestmark = pytest.mark.browser
SHEETS = (
    Path(core.__path__[0]) / "static/core/leeward.css",
    Path(core.__path__[0]) / "static/core/plots.css",
)
PHONE = {"width": 320, "height": 640}
HOURS = 48


def drawn(*, is_of_time: bool) -> str:
    """Return a page with a plot of which only the newest, or the first, column is not empty."""
    at = HOURS - 1 if is_of_time else 0
    columns = [Column(f"hour {hour}", (7.0 if hour == at else 0.0,)) for hour in range(HOURS)]
    plot = stacked(
        "p",
        title="Uploads",
        words="One column an hour.",
        axis="Hour",
        series=[Series("known", "known")],
        columns=columns,
        is_of_time=is_of_time,
    )
    styles = "".join(f"<style>{sheet.read_text('utf-8')}</style>" for sheet in SHEETS)
    return f"<!doctype html>{styles}<main>{render_to_string('core/_plot.html', {'plot': plot})}</main>"


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("is_of_time", [True, False], ids=["time", "distances"])
def test_the_columns_that_matter_are_seen_without_scrolling(page: Page, is_of_time: bool, direction: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.set_content(drawn(is_of_time=is_of_time))
    page.evaluate("direction => { document.documentElement.dir = direction; }", direction)

    seen = page.evaluate(
        """() => [...document.querySelectorAll('rect.series, .plot__text')]
            .filter((one) => one.closest('.plot__drawing'))
            .map((one) => one.getBoundingClientRect())
            .map((box) => box.left >= 0 && box.right <= window.innerWidth)"""
    )

    assert seen
    assert all(seen), "the bar and every number of the axis are inside of the window"
    assert page.get_by_text("The newest columns are shown first.").is_visible() is is_of_time
    assert page.get_by_text("The same as a table").is_visible()

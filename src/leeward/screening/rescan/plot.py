"""How old what was found had become: the plot of a re-scan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from xml.sax.saxutils import escape

NOT_KNOWN = "not known"
_AGES = (
    ("under a day", timedelta(days=1)),
    ("under a week", timedelta(days=7)),
    ("under a month", timedelta(days=30)),
    ("under 3 months", timedelta(days=91)),
    ("under a year", timedelta(days=365)),
    ("under 3 years", timedelta(days=3 * 365)),
    ("older", timedelta.max),
)
_BAR_CHARACTERS = 40
_WIDTH, _LEFT, _ROW, _BAR, _HEAD = 640, 150, 28, 18, 34


class Found(Protocol):
    """What was found when, and when it had been uploaded; `Match` is one."""

    at: datetime
    uploaded_at: datetime | None


def found_by_age(matches: Iterable[Found]) -> list[tuple[str, int]]:
    """Return how many were found by their age since upload, the youngest first, and last those whose age nobody knows."""
    counts = Counter(_age(match) for match in matches)
    return [(label, counts[label]) for label in (*(label for label, _ in _AGES), NOT_KNOWN)]


def _age(match: Found) -> str:
    if match.uploaded_at is None:
        return NOT_KNOWN
    age = match.at - match.uploaded_at
    return next(label for label, under in _AGES if age < under)


def text_bars(bars: Sequence[tuple[str, int]]) -> list[str]:
    """Return the plot as lines of text."""
    most = max(1, *(count for _, count in bars))
    width = max(len(label) for label, _ in bars)
    return [f"{label:>{width}}  {'█' * -(-count * _BAR_CHARACTERS // most)} {count:,}" for label, count in bars]


def svg(bars: Sequence[tuple[str, int]], *, title: str) -> str:
    """Return the plot as an SVG file: black words beside blue bars, and the numbers as text for who cannot see them."""
    most = max(1, *(count for _, count in bars))
    rows = [_svg_row(number, label, count, most=most) for number, (label, count) in enumerate(bars)]
    words = "; ".join(f"{label}: {count}" for label, count in bars)
    height = _HEAD + _ROW * len(bars) + 10
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-labelledby="t d">',
            f'<title id="t">{escape(title)}</title><desc id="d">{escape(words)}</desc>',
            f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
            f'<text x="10" y="22" font-family="sans-serif" font-size="14" font-weight="bold" fill="#111111">{escape(title)}</text>',
            '<g font-family="sans-serif" font-size="14">',
            *rows,
            "</g>",
            "</svg>\n",
        ]
    )


def _svg_row(number: int, label: str, count: int, *, most: int) -> str:
    top = _HEAD + number * _ROW
    length = round((_WIDTH - _LEFT - 70) * count / most)
    middle = top + _BAR - 4
    return (
        f'<text x="{_LEFT - 10}" y="{middle}" text-anchor="end" fill="#111111">{escape(label)}</text>'
        f'<rect x="{_LEFT}" y="{top}" width="{length}" height="{_BAR}" fill="#1d4f91"/>'
        f'<text x="{_LEFT + length + 6}" y="{middle}" fill="#111111">{count:,}</text>'
    )

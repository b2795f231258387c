"""QR codes as one path that a template draws: no script, no style, no picture from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import segno

QUIET = 4  # Modules of empty space around the code: ISO/IEC 18004, section 9.1.


@dataclass(frozen=True)
class Code:
    """A code: its side in modules with the empty space, and the path of its dark modules in the same unit."""

    side: int
    path: str


def code(text: str) -> Code:
    """Return the QR code of a text, with medium error correction: it is read off a screen, at arm's length."""
    rows = [list(row) for row in segno.make_qr(text, error="m").matrix]
    return Code(side=len(rows) + 2 * QUIET, path="".join(_row(row, QUIET + at) for at, row in enumerate(rows)))


def _row(row: list[int], down: int) -> str:
    """Return one rectangle for each run of dark modules."""
    drawn, across = [], QUIET
    for is_dark, run in groupby(row):
        length = len(list(run))
        if is_dark:
            drawn.append(f"M{across} {down}h{length}v1h-{length}z")
        across += length
    return "".join(drawn)

"""Whether screening keeps its promise now."""

from __future__ import annotations

from datetime import datetime

from leeward.core.health import Finding
from leeward.screening import index, tallies, warmth

NAME = "match index"


def index_follows(at: datetime) -> Finding:
    """Well where the index of this process is loaded; asking loads it, so a fresh process becomes ready by being asked."""
    tallies.flush(at)
    if not warmth.is_warm():
        return Finding(NAME, False, "this process is still compiling, uploads are held; that ends by itself")
    shared = index.shared()
    try:
        shared.catch_up()
    except index.Behind:
        return Finding(NAME, False, "not ready, uploads are held; is `leeward index` running?")
    figures = shared.figures()
    held = figures.near_rows + figures.exact_rows if figures else 0
    return Finding(NAME, True, f"{held} signs held, at position {shared.position}")

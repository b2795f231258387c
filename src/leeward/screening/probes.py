"""Whether screening keeps its promise now."""

from __future__ import annotations

from datetime import datetime

from leeward.core.health import Finding
from leeward.screening import index


def index_follows(at: datetime) -> Finding:
    """Well where the index of this process is loaded; asking loads it, so a fresh process becomes ready by being asked."""
    shared = index.shared()
    shared.catch_up()
    return Finding("match index", True, f"{len(shared)} picture signs held")

"""The photographs that the example provider publishes, for the first page of the demo."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).parents[4] / "examples" / "provider" / "photos" / "catalogue.json"


@cache
def photos() -> tuple[dict[str, str], ...]:
    """Return id, title and alternative text of each photograph; none where the examples are not installed."""
    if not CATALOGUE.exists():
        return ()
    return tuple(json.loads(CATALOGUE.read_text(encoding="utf-8")))

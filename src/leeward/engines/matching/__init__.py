"""Find what is held: every hash near a given one, or exactly the same value.

The compiler behind it takes a second and 80 MB to load, so it is loaded at the first use and not by this import.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leeward.engines.matching._index import WITHIN_BITS, Figures, Index, Match, SegmentTooOld, build
    from leeward.engines.matching._layout import BadSegment, SegmentMissing, verify
    from leeward.engines.matching._values import exact_value

__all__ = [
    "WITHIN_BITS",
    "BadSegment",
    "Figures",
    "Index",
    "Match",
    "SegmentMissing",
    "SegmentTooOld",
    "build",
    "exact_value",
    "verify",
]

_PLACES = {
    "WITHIN_BITS": "_plan",
    "BadSegment": "_layout",
    "SegmentMissing": "_layout",
    "verify": "_layout",
    "exact_value": "_values",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_PLACES.get(name, '_index')}"), name)

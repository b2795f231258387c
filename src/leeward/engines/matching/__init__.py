"""Find what is held: every hash near a given one, and exactly the same value.

`Index` answers; `build` makes its file from arrays; `verify` checks a file as a whole.
"""

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

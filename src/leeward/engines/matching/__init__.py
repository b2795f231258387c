"""Find what is held: every hash near a given one, or exactly the same value."""

from leeward.engines.matching._exact import ExactSet
from leeward.engines.matching._near import WITHIN_BITS, Match, NearIndex

__all__ = ["WITHIN_BITS", "ExactSet", "Match", "NearIndex"]

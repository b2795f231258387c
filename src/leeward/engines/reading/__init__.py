"""Who reads a text and how hard it is to read. Plain values in and out."""

from leeward.engines.reading.bands import Band
from leeward.engines.reading.limits import LIMITS, NoLimit, limit, longest, too_hard
from leeward.engines.reading.measure import Measure, measure, sentences, words

__all__ = ["LIMITS", "Band", "Measure", "NoLimit", "limit", "longest", "measure", "sentences", "too_hard", "words"]

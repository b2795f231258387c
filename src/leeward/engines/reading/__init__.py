"""Who reads a text and how hard it is to read. Plain values in and out."""

from leeward.engines.reading.bands import Band

__all__ = ["Band"]

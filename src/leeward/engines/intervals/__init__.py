"""Between what a share lies, from what was counted of it: Wilson's interval, also where some count for more than others."""

from ._wilson import Counted, Interval, NothingCounted, weighted, wilson

__all__ = ["Counted", "Interval", "NothingCounted", "weighted", "wilson"]

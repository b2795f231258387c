"""Whether a partner told something harmless that was planted, and nobody has looked into it yet."""

from __future__ import annotations

from datetime import datetime

from leeward.core.health import Finding
from leeward.exchange.review import services as review


def planted_signs(at: datetime) -> Finding:
    """Not well while a partner's list is in doubt: it stays so until a person says that they looked."""
    del at  # Such an alarm does not end by itself.
    count = review.canary_hits().count()
    words = f"{count} signs of partners name something harmless; look at /exchange/" if count else "none was told"
    return Finding("signs that were planted", count == 0, words)

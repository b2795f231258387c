"""From one value that somebody wrote down, and what it is, to a question."""

from __future__ import annotations

from leeward.indicators import services as indicators
from leeward.indicators.models import DIGEST_KINDS, Kind
from leeward.screening.services import Values


def of(kind: Kind, written: str) -> Values:
    """Return what is looked up for one value. Raises `indicators.NotASign`, which says what is wanted."""
    value = indicators.normal(kind, written)
    return Values(
        pdq=value if kind is Kind.PDQ else "",
        digests={kind: value} if kind in DIGEST_KINDS else {},
        tlsh=value if kind is Kind.TLSH else "",
        url=value if kind is Kind.URL else "",
        host=value if kind is Kind.DOMAIN else "",
    )

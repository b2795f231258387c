"""Signs of host names for the tests of filtering."""

from __future__ import annotations

from datetime import UTC, datetime

from leeward.core import sequencer
from leeward.filtering.reading import reader
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
SCHOOL = "school.example"


def published(*names: str, source: str = "decision:1", valid_until: datetime | None = None) -> None:
    """Publish host names and give them their places."""
    signs = [indicators.Sign(Kind.DOMAIN, name, Category.OTHER, valid_until=valid_until) for name in names]
    indicators.publish(signs, source=source, actor="user:1", at=AT)
    sequencer.stamp(at=AT)


def taken_back(source: str = "decision:1") -> None:
    """Take back what a source published and give that its places."""
    indicators.revoke(source=source, actor="user:2", at=AT)
    sequencer.stamp(at=AT)


def blocked(*names: str) -> list[bool]:
    """Say of each name whether a page of this process takes it for blocked."""
    return [reader().decide(name).blocked for name in names]

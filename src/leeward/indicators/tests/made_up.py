"""Made-up signs for the tests, and the slow, obvious way to read the change log."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from leeward.indicators.models import Category, Change, Kind
from leeward.indicators.services import Sign

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)


@dataclass(frozen=True)
class SomethingElse:
    """A fact that has nothing to do with signs and takes positions all the same."""

    number: int


def sha256(number: int) -> Sign:
    """Return the sign of a file that never was."""
    return Sign(Kind.SHA256, hashlib.sha256(f"drawn shape {number}".encode()).hexdigest(), Category.OTHER)


def domain(number: int) -> Sign:
    """Return the sign of a host that never was."""
    return Sign(Kind.DOMAIN, f"bad-{number}.example", Category.OTHER)


def slow_log() -> list[tuple[int, str, str]]:
    """Return every stamped change as (position, op, value), added up in Python one by one."""
    return sorted(
        (change.record.position + change.offset, change.op, change.indicator.value)
        for change in Change.objects.select_related("record", "indicator")
        if change.record.position is not None
    )

"""Rows of the directory for tests: made-up services of a harbour."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

from leeward.core.models import User
from leeward.helplines.directory import services
from leeward.helplines.directory.drafts import Facts
from leeward.helplines.directory.models import Service

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LINE = Facts(
    country="MN",
    kind=Service.Kind.HELPLINE,
    name="Harbour line",
    contacts=(("short_number", "108"), ("web", "https://www.harbourline.example/children")),
    free="yes",
    hours="24/7",
    languages=("mn",),
    source="made up for a test",
    confidence="high",
)


def draft(*, by: User, at: datetime = AT, **changed: Any) -> Service:
    """Add a row that nobody has checked."""
    return services.add(dataclasses.replace(LINE, **changed), by=by, at=at)


def vouched(*, by: User, at: datetime = AT, **changed: Any) -> Service:
    """Add a row and check it."""
    row = draft(by=by, at=at, **changed)
    check(row, by=by, at=at)
    row.refresh_from_db()
    return row


def check(row: Service, *, by: User, at: datetime = AT, facts: Facts | None = None) -> None:
    """Vouch for a row as it stands, or for other facts."""
    row.refresh_from_db()
    how, wanted = Service.How.CALLED, facts or Facts.of(row)
    services.check(row, wanted, how=how, note="answered in a minute", seen_at=row.changed_at, by=by, at=at)

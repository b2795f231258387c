"""Opening hours are read as people type them, and nobody is told «open» where nobody knows."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from leeward.helplines.directory import hours

MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "moment", "is_open"),
    [
        ("", MONDAY_NOON, None),
        ("24/7", MONDAY_NOON, True),
        ("mon-fri 08:00-20:00", MONDAY_NOON, True),
        ("mon-fri 08:00-20:00", MONDAY_NOON.replace(hour=20), False),
        ("mon-fri 08:00-20:00", MONDAY_NOON.replace(hour=8), True),
        ("mon-fri 08:00-20:00", MONDAY_NOON.replace(day=22), False),
        ("sat,sun 10:00-14:00; mon 11:00-13:00", MONDAY_NOON, True),
        ("22:00-06:00", MONDAY_NOON, False),
        ("22:00-06:00", MONDAY_NOON.replace(hour=5), True),
        ("sun 22:00-06:00", MONDAY_NOON.replace(hour=5), True),
        ("mon 22:00-06:00", MONDAY_NOON.replace(hour=5), False),
        ("fri-mon 08:00-24:00", MONDAY_NOON, True),
    ],
)
def test_it_is_open_when_the_line_says_so(line: str, moment: datetime, is_open: bool | None) -> None:
    assert hours.is_open(line, here=moment) is is_open


def test_it_counts_by_the_clock_of_the_service() -> None:
    here = MONDAY_NOON.astimezone(ZoneInfo("Asia/Ulaanbaatar"))

    assert hours.is_open("mon-fri 08:00-18:00", here=here) is False


@pytest.mark.parametrize(
    "line",
    ["always", "mon 8-20", "mon 08:00-08:00", "day 08:00-20:00", "mon-xyz 08:00-20:00", "08:00-25:00", "24:00-02:00"],
)
def test_what_says_no_hours_is_refused_with_an_example(line: str) -> None:
    with pytest.raises(hours.BadHours, match="mon-fri 08:00-20:00"):
        hours.read(line)

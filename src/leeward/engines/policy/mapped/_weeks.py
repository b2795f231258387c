"""The windows of a profile as two maps of the next seven days, one bit for each quarter of an hour.

The quarters are counted in UTC from 1970 on, modulo a week: free days, zones and clock changes are in the bits, so a
reader needs neither calendar nor time zone. Past the seven days the map repeats itself.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from leeward.engines.policy.family import schedule
from leeward.engines.policy.family.values import Profile, Window

from ._layout import QUARTER_S, WEEK_QUARTERS

_WEEK = timedelta(seconds=QUARTER_S * WEEK_QUARTERS)


@dataclass(frozen=True, slots=True)
class Weeks:
    """Two maps of 672 bits, the lowest bit for the first quarter of the week of 1970, and when they are true."""

    bedtime: int
    homework: int
    baked_from_s: int
    baked_until_s: int


def bake(profile: Profile, *, at: datetime) -> Weeks:
    """Return the maps of `profile` for the seven days from the quarter of an hour that `at` lies in."""
    from_s = int(at.timestamp()) // QUARTER_S * QUARTER_S
    since = datetime.fromtimestamp(from_s, UTC)
    return Weeks(
        bedtime=_map(profile.bedtime, profile.zone, profile.free_days, since),
        homework=_map(profile.homework, profile.zone, profile.free_days, since),
        baked_from_s=from_s,
        baked_until_s=from_s + QUARTER_S * WEEK_QUARTERS,
    )


# Many families have the same bedtime, and all of them are baked in the same quarter of an hour.
@lru_cache(maxsize=1024)
def _map(windows: tuple[Window, ...], zone: str, free_days: frozenset[date], since: datetime) -> int:
    bits = 0
    for span in schedule.spans(windows, zone=zone, free_days=free_days, since=since, until=since + _WEEK):
        # A quarter counts when it begins inside. Every zone in force today is a multiple of a quarter from UTC.
        first, last = (-(-int(moment.timestamp()) // QUARTER_S) for moment in (span.begins_at, span.ends_at))
        run = ((1 << last - first) - 1) << first % WEEK_QUARTERS
        # What runs over the end of the ring goes on at its beginning.
        bits |= run & (1 << WEEK_QUARTERS) - 1 | run >> WEEK_QUARTERS
    return bits

"""When windows are in force: examples, and the clock on the wall looked at minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.engines.policy.family import MomentRefused, Profile, Span, Window, is_within, schedule, spans
from leeward.engines.policy.family.tests.cast import EVERY_DAY, MINUTE, MONDAY_NOON, NIGHT, PLACES, dates_near, windows
from leeward.engines.policy.family.tests.minutes import in_force

HOUR = timedelta(hours=1)
NO_DAYS: frozenset[date] = frozenset()


def local(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def around(zone: str, text: str, *some: Window, free_days: frozenset[date] = NO_DAYS) -> list[Span]:
    """Return the spans from noon of a day until noon of the next."""
    noon = local(zone, f"{text}T12:00")
    return spans(some, zone=zone, free_days=free_days, since=noon, until=noon + timedelta(days=1))


@pytest.mark.parametrize(
    ("zone", "evening", "hours"),
    [
        ("Europe/Berlin", "2026-03-27", 10),
        ("Europe/Berlin", "2026-03-28", 9),
        ("Europe/Berlin", "2026-10-24", 11),
        ("Australia/Lord_Howe", "2026-04-04", 10.5),
        ("America/Havana", "2026-03-07", 9),
        ("America/Havana", "2026-10-31", 11),
        ("Asia/Ulaanbaatar", "2026-03-28", 10),
    ],
)
def test_a_night_is_never_missed_and_longer_or_shorter_only_where_clocks_change(
    zone: str, evening: str, hours: float
) -> None:
    (night,) = around(zone, evening, NIGHT)

    assert night.begins_at == local(zone, f"{evening}T21:00").astimezone(UTC)
    assert night.ends_at.astimezone(ZoneInfo(zone)).hour == 7
    assert night.ends_at - night.begins_at == hours * HOUR


def test_a_window_past_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    friday_night = Window(days=frozenset({4}), start=22 * 60, end=2 * 60)

    assert is_within([friday_night], zone="UTC", free_days=NO_DAYS, at=datetime(2026, 11, 28, 1, 59, tzinfo=UTC))
    assert not is_within([friday_night], zone="UTC", free_days=NO_DAYS, at=datetime(2026, 11, 28, 2, tzinfo=UTC))
    assert not is_within([friday_night], zone="UTC", free_days=NO_DAYS, at=datetime(2026, 11, 27, 1, tzinfo=UTC))


def test_a_free_day_stops_only_the_windows_that_begin_on_it() -> None:
    christmas = frozenset({date(2026, 12, 25)})
    ask = {
        hour: is_within([NIGHT], zone="UTC", free_days=christmas, at=datetime(2026, 12, 25, tzinfo=UTC) + hour * HOUR)
        for hour in (-1, 6, 22, 30, 46)
    }

    assert ask == {-1: True, 6: True, 22: False, 30: False, 46: True}


def test_the_end_1440_is_midnight_and_so_is_the_end_0() -> None:
    ends = [around("UTC", "2026-11-23", Window(days=EVERY_DAY, start=21 * 60, end=end))[0].ends_at for end in (1440, 0)]

    assert ends == [datetime(2026, 11, 24, tzinfo=UTC)] * 2


def test_a_window_that_ends_where_it_begins_lasts_a_whole_day() -> None:
    friday = Window(days=frozenset({4}), start=8 * 60, end=8 * 60)
    (span,) = spans([friday], zone="UTC", free_days=NO_DAYS, since=MONDAY_NOON, until=MONDAY_NOON + timedelta(days=7))

    assert span.ends_at - span.begins_at == timedelta(days=1)


def test_windows_that_touch_or_overlap_are_one_span() -> None:
    evening = Window(days=EVERY_DAY, start=20 * 60, end=21 * 60)
    late = Window(days=EVERY_DAY, start=23 * 60, end=6 * 60)

    (span,) = around("UTC", "2026-11-23", evening, NIGHT, late)

    assert (span.begins_at.hour, span.ends_at.hour) == (20, 7)


def test_spans_are_cut_at_both_moments() -> None:
    since, until = datetime(2026, 11, 23, 23, tzinfo=UTC), datetime(2026, 11, 24, 1, tzinfo=UTC)

    assert spans([NIGHT], zone="UTC", free_days=NO_DAYS, since=since, until=until) == [Span(since, until)]


def test_a_window_in_the_hour_that_is_jumped_over_does_not_exist_and_one_half_in_it_is_shorter() -> None:
    jumped = Window(days=EVERY_DAY, start=2 * 60 + 15, end=2 * 60 + 45)
    half = Window(days=EVERY_DAY, start=2 * 60 + 30, end=3 * 60 + 15)

    (span,) = around("Europe/Berlin", "2026-03-28", jumped, half)

    assert span == Span(datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 3, 29, 1, 15, tzinfo=UTC))


def test_a_window_in_the_hour_that_comes_twice_is_in_force_once() -> None:
    doubled = Window(days=EVERY_DAY, start=2 * 60 + 15, end=2 * 60 + 45)

    (span,) = around("Europe/Berlin", "2026-10-24", doubled)

    assert span == Span(datetime(2026, 10, 25, 0, 15, tzinfo=UTC), datetime(2026, 10, 25, 0, 45, tzinfo=UTC))


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(MomentRefused, match="give one with a zone"):
        is_within([NIGHT], zone="UTC", free_days=NO_DAYS, at=datetime(2026, 11, 23))


def test_no_windows_have_no_turns() -> None:
    turns = schedule.turns([], zone="UTC", free_days=NO_DAYS, after=MONDAY_NOON, beyond=MONDAY_NOON)

    assert list(turns) == []


@settings(max_examples=120, deadline=None)
@given(data=st.data(), place=st.sampled_from(PLACES), some=st.lists(windows, max_size=3))
def test_spans_and_turns_are_what_the_clock_on_the_wall_shows(
    data: st.DataObject, place: tuple[str, datetime], some: list[Window]
) -> None:
    zone, base = place
    free_days = data.draw(st.frozensets(dates_near(base), max_size=3))
    since, until = base - timedelta(days=1), base + timedelta(days=3)
    profile = Profile(number=1, zone=zone, free_days=free_days)

    found = spans(some, zone=zone, free_days=free_days, since=since, until=until)
    turns = list(schedule.turns(some, zone=zone, free_days=free_days, after=since, beyond=since))

    minutes = {one.begins_at + n * MINUTE for one in found for n in range((one.ends_at - one.begins_at) // MINUTE)}
    assert minutes == {one for one in in_force(some, profile=profile, base=base) if since <= one < until}
    edges = {edge for one in found for edge in (one.begins_at, one.ends_at)} - {since, until}
    assert edges <= set(turns)
    assert turns == sorted(turns)
    at = data.draw(st.integers(0, 4 * 24 * 60 - 1)) * MINUTE + since
    assert is_within(some, zone=zone, free_days=free_days, at=at) == (at in minutes)

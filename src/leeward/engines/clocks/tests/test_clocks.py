"""When clocks end: examples, properties, and a reference that counts every single minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from leeward.engines.clocks import Calendar, CalendarRefused, ClockRefused, due, months_later

MINUTE = timedelta(minutes=1)
OFFICE = [["09:00", "17:00"]] * 5 + [[], []]
ALWAYS = [["00:00", "24:00"]] * 7
# With a jump at midnight, at two, by half an hour, over a whole day, and none at all.
ZONES = ("Asia/Ulaanbaatar", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "Pacific/Apia")
# Around the days on which clocks were changed in these zones.
CHANGES = (
    datetime(2026, 3, 29, tzinfo=UTC),
    datetime(2026, 10, 25, tzinfo=UTC),
    datetime(2026, 3, 8, tzinfo=UTC),
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2026, 4, 5, tzinfo=UTC),
    datetime(2011, 12, 30, tzinfo=UTC),
    datetime(2016, 3, 25, tzinfo=UTC),
)


def office(zone: str = "Asia/Ulaanbaatar", *holidays: str) -> Calendar:
    return Calendar.of(zone=zone, hours=OFFICE, holidays=holidays)


def slow(start: datetime, minutes: int, calendar: Calendar) -> datetime:
    """Count minute by minute: a minute counts where it lies between the first and the last open one of its local day."""
    now, left = start, minutes
    while True:
        is_open = counts(now, calendar)
        if left == 0 and (is_open or minutes):
            return now
        left -= is_open
        now += MINUTE
        assert now - start < timedelta(days=90)


def counts(now: datetime, calendar: Calendar) -> bool:
    # A day may be lived twice in part, so the minute is looked for in the day before and after as well.
    day = now.astimezone(calendar.zone).date()
    return any(is_within(now, day + timedelta(days=days), calendar) for days in (-1, 0, 1))


_windows: dict[tuple[Calendar, date], list[datetime]] = {}


def is_within(now: datetime, day: date, calendar: Calendar) -> bool:
    minutes = open_minutes(day, calendar)
    return bool(minutes) and minutes[0] <= now <= minutes[-1]


def open_minutes(day: date, calendar: Calendar) -> list[datetime]:
    """Return from the first minute of a day that shows the begin or later to the last one that shows less than the end."""
    if (calendar, day) not in _windows:
        hours = calendar.hours[day.weekday()]
        found: list[datetime] = []
        if hours is not None and day not in calendar.holidays:
            noon = datetime.combine(day, time(12), UTC)
            around = [noon + MINUTE * number for number in range(-40 * 60, 40 * 60)]
            lived = [minute for minute in around if minute.astimezone(calendar.zone).date() == day]
            shows = [minute.astimezone(calendar.zone).time() for minute in lived]
            begun = [minute for minute, shown in zip(lived, shows, strict=True) if shown >= hours.begin]
            unended = [minute for minute, shown in zip(lived, shows, strict=True) if not hours.end or shown < hours.end]
            if begun and unended and begun[0] <= unended[-1]:
                found = [begun[0], unended[-1]]
        _windows[calendar, day] = found
    return _windows[calendar, day]


times = st.integers(0, 24 * 60)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    def text(minutes: int) -> str:
        return f"{minutes // 60:02d}:{minutes % 60:02d}"

    hours: list[list[str]] = []
    for _day in range(7):
        pair = sorted((draw(times), draw(times)))
        hours.append([] if pair[0] == pair[1] or draw(st.integers(0, 3)) == 0 else [text(one) for one in pair])
    assume(any(hours))
    days = [(change + timedelta(days=draw(st.integers(-2, 3)))).date().isoformat() for change in CHANGES]
    return Calendar.of(zone=draw(st.sampled_from(ZONES)), hours=hours, holidays=days if draw(st.booleans()) else ())


starts = st.builds(
    lambda change, minutes: change + MINUTE * minutes, st.sampled_from(CHANGES), st.integers(-3000, 3000)
)


def minutes_a_week(calendar: Calendar) -> int:
    def minute(one: time | None) -> int:
        return one.hour * 60 + one.minute if one else 24 * 60

    return sum(minute(hours.end) - minute(hours.begin) for hours in calendar.hours if hours)


@settings(max_examples=100)
@given(calendars(), starts, st.integers(0, 1500))
def test_it_ends_when_counting_every_minute_ends(calendar: Calendar, start: datetime, minutes: int) -> None:
    # What takes months to end is the same many times over.
    assume(minutes_a_week(calendar) > minutes / 3)

    assert due(start, minutes, calendar) == slow(start, minutes, calendar)


@given(calendars(), starts, st.integers(0, 5000), st.integers(0, 5000))
def test_two_clocks_in_a_row_end_like_one_and_a_longer_one_never_ends_sooner(
    calendar: Calendar, start: datetime, first: int, second: int
) -> None:
    whole = due(start, first + second, calendar)

    assert whole >= due(start, first, calendar) >= start
    if second:
        assert due(due(start, first, calendar), second, calendar) == whole


@given(calendars(), starts, st.integers(0, 5000), st.integers(0, 5000))
def test_what_begins_later_never_ends_sooner(calendar: Calendar, start: datetime, later: int, minutes: int) -> None:
    assert due(start + MINUTE * later, minutes, calendar) >= due(start, minutes, calendar)


@given(starts, st.integers(0, 10**6), st.sampled_from(ZONES))
def test_a_desk_that_is_always_open_counts_like_no_calendar(start: datetime, minutes: int, zone: str) -> None:
    assert due(start, minutes, Calendar.of(zone=zone, hours=ALWAYS)) == due(start, minutes) == start + MINUTE * minutes


def test_the_weekend_and_a_holiday_do_not_count() -> None:
    friday = datetime(2026, 11, 20, 16, 30, tzinfo=ZoneInfo("Asia/Ulaanbaatar"))

    ends = due(friday, 60, office("Asia/Ulaanbaatar", "2026-11-23"))

    assert ends == datetime(2026, 11, 24, 9, 30, tzinfo=ZoneInfo("Asia/Ulaanbaatar"))
    assert ends.tzinfo is UTC


def test_it_ends_with_the_closing_and_not_with_the_next_opening() -> None:
    assert due(datetime(2026, 11, 20, 16, tzinfo=ZoneInfo("Europe/Berlin")), 60, office("Europe/Berlin")) == datetime(
        2026, 11, 20, 16, tzinfo=UTC
    )


def test_no_minutes_end_now_or_when_the_desk_opens() -> None:
    sunday = datetime(2026, 11, 22, 12, tzinfo=UTC)

    assert due(sunday, 0) == sunday
    assert due(sunday, 0, office("UTC")) == datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hours"), [(29, 23), (25, 25)], ids=["when an hour is left out", "when an hour comes twice"]
)
def test_a_day_is_as_long_as_it_is(day: int, hours: int) -> None:
    month = 3 if hours < 24 else 10
    zone = ZoneInfo("Europe/Berlin")
    calendar = Calendar.of(zone="Europe/Berlin", hours=[[], [], [], [], [], [], ["00:00", "24:00"]])

    ends = due(datetime(2026, month, day - 1, tzinfo=zone), hours * 60, calendar)

    assert ends == datetime(2026, month, day + 1, tzinfo=zone)


def test_hours_that_the_clocks_jump_over_begin_with_the_jump() -> None:
    zone = ZoneInfo("Europe/Berlin")
    calendar = Calendar.of(zone="Europe/Berlin", hours=[["02:30", "04:00"]] * 7)

    assert due(datetime(2026, 3, 29, tzinfo=zone), 0, calendar) == datetime(2026, 3, 29, 3, tzinfo=zone)


def test_a_day_that_a_zone_left_out_has_no_hours() -> None:
    # Samoa went from the 29th to the 31st of December 2011.
    zone = ZoneInfo("Pacific/Apia")
    calendar = Calendar.of(zone="Pacific/Apia", hours=[["09:00", "17:00"]] * 7)

    assert due(datetime(2011, 12, 29, 16, tzinfo=zone), 90, calendar) == datetime(2011, 12, 31, 9, 30, tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "number", "later"),
    [((2026, 8, 31), 6, (2027, 2, 28)), ((2027, 8, 31), 6, (2028, 2, 29)), ((2024, 2, 29), 12, (2025, 2, 28))],
)
def test_months_end_on_the_same_day_or_the_last_one(
    start: tuple[int, int, int], number: int, later: tuple[int, int, int]
) -> None:
    assert months_later(datetime(*start, 13, 5, tzinfo=UTC), number) == datetime(*later, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "hours", "holidays", "words"),
    [
        ("Nowhere/Atall", OFFICE, [], "zone:"),
        ("../etc/passwd", OFFICE, [], "zone:"),
        ("UTC", OFFICE[:6], [], "hours: 6 days"),
        ("UTC", [[]] * 7, [], "hours: no day"),
        ("UTC", [["09:00"], *OFFICE[1:]], [], "hours of Monday: not two"),
        ("UTC", [*OFFICE[:6], ["9", "ten"]], [], "hours of Sunday: not two"),
        ("UTC", [OFFICE[0], ["22:00", "06:00"], *OFFICE[2:]], [], "hours of Tuesday: it closes"),
        ("UTC", [["09:00+01:00", "17:00"], *OFFICE[1:]], [], "hours of Monday: a time has"),
        ("UTC", OFFICE, ["Christmas"], "holidays:"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused_by_its_place(
    zone: str, hours: list[list[str]], holidays: list[str], words: str
) -> None:
    with pytest.raises(CalendarRefused) as refused:
        Calendar.of(zone=zone, hours=hours, holidays=holidays)

    assert str(refused.value).startswith(words)


def test_a_clock_that_cannot_be_counted_is_refused() -> None:
    start = datetime(2026, 11, 22, tzinfo=UTC)
    never = [(date(2026, 11, 1) + timedelta(days=number)).isoformat() for number in range(4000)]

    for begin, minutes in ((start.replace(tzinfo=None), 1), (start, -1)):
        with pytest.raises(ClockRefused):
            due(begin, minutes)
    with pytest.raises(ClockRefused, match="not open long enough"):
        due(start, 1, Calendar.of(zone="UTC", hours=OFFICE, holidays=never))


def test_in_an_hour_that_comes_twice_it_opens_the_first_time_and_closes_the_second() -> None:
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    opening, closing = (
        Calendar.of(zone="Europe/Berlin", hours=[pair] * 7) for pair in (["02:30", "05:00"], ["00:00", "02:30"])
    )

    assert due(midnight, 0, opening) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert due(midnight, 210, closing) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

"""Birthdays without birth dates: never early, at most a month late, and nothing to be read from the database."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from leeward.core.models import Record, User
from leeward.engines.reading import Band
from leeward.families import seats
from leeward.families.birthdays import months, services
from leeward.families.birthdays.models import NextAge
from leeward.families.birthdays.months import Month
from leeward.families.models import Child
from leeward.families.tests.conftest import AT

# As far west and east as clocks go, and two that change in spring and autumn.
ZONES = ("Etc/GMT+12", "Pacific/Kiritimati", "Europe/Copenhagen", "America/New_York", "Asia/Ulaanbaatar")
BORN = Month(2013, 12)  # Turns 13 in December 2026, so it counts from January 2027.
COUNTS_AT = datetime(2027, 1, 1, 12, tzinfo=UTC)


def turns(born: date, age: int, zone: str) -> datetime:
    """Return when somebody is that old by the law: at the beginning of the birthday; on 1 March where there is no 29 February."""
    year = born.year + age
    is_leap_day = (born.month, born.day) == (2, 29) and monthrange(year, 2)[1] == 28
    day = date(year, 3, 1) if is_leap_day else born.replace(year=year)
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))


@given(
    born=st.dates(min_value=date(2008, 1, 1), max_value=date(2020, 12, 31)),
    at=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 31), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
)
def test_nobody_counts_as_older_than_they_are_anywhere_and_is_late_by_a_month_at_most(
    born: date, at: datetime, zone: str
) -> None:
    try:
        found = months.next_threshold(Month(born.year, born.month), at=at)
    except months.NotAChild:
        return

    real = turns(born, found.age, zone)
    assert found.month.begins_at >= real
    # From the first of a month to the first of the next, as the calendar at home has it.
    late = found.month.begins_at.astimezone(ZoneInfo(zone)).date() - real.date()
    assert late <= timedelta(days=monthrange(real.year, real.month)[1] + 1)
    if found.reached:
        assert turns(born, found.reached, zone) <= at + timedelta(0)


@pytest.mark.parametrize(
    ("born", "at", "age", "month"),
    [
        (Month(2012, 2), datetime(2025, 2, 28, tzinfo=UTC), 13, Month(2025, 3)),  # 29 February.
        (Month(2013, 12), datetime(2026, 12, 31, 23, tzinfo=UTC), 13, Month(2027, 1)),
        (Month(2013, 12), COUNTS_AT, 14, Month(2028, 1)),
        (Month(2013, 3), datetime(2026, 3, 29, 1, tzinfo=UTC), 13, Month(2026, 4)),  # Clocks change in Europe.
        (Month(2009, 1), AT, 18, Month(2027, 2)),
    ],
)
def test_the_next_threshold_counts_from_the_first_of_the_month_after(
    born: Month, at: datetime, age: int, month: Month
) -> None:
    found = months.next_threshold(born, at=at)

    assert (found.age, found.month) == (age, month)


@pytest.mark.parametrize("born", [Month(2008, 1), Month(1980, 5), Month(2024, 1)])
def test_who_is_no_child_of_6_to_17_is_refused(born: Month) -> None:
    with pytest.raises(months.NotAChild):
        months.next_threshold(born, at=AT)


@pytest.mark.parametrize(
    ("band", "reached", "following", "over", "under", "unknown"),
    [
        (Band.SMALL, None, None, [6], [10, 13, 18], [7]),
        (Band.TEEN, None, None, [13], [18], [14, 16]),
        (Band.TEEN, 14, 15, [13, 14], [15, 16, 18], []),
        (Band.TEEN, 14, None, [14], [18], [15, 16]),
        (Band.SMALL, 10, None, [10], [13, 18], [11, 12]),
        (Band.SMALL, 0, 10, [], [10, 13], []),
        (Band.TEEN, 18, None, [13, 18], [], []),
    ],
)
def test_what_is_known_of_an_age(
    band: Band, reached: int | None, following: int | None, over: list[int], under: list[int], unknown: list[int]
) -> None:
    known = months.over(band, reached=reached, following=following)

    assert all(known[age] is True for age in over)
    assert all(known[age] is False for age in under)
    assert not known.keys() & set(unknown)


@pytest.mark.django_db
def test_the_month_of_birth_is_forgotten_and_the_next_one_is_sealed(ana: Child, bea: User) -> None:
    services.say(ana, BORN, by=bea, at=AT)

    assert services.coming(ana) == services.Coming(13, Month(2027, 1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM birthdays_nextage")
        stored = " ".join(str(value) for row in cursor.fetchall() for value in row)
        cursor.execute("SELECT facts, kind FROM core_record")
        told = " ".join(str(value) for row in cursor.fetchall() for value in row)
    for text in (stored, told):
        assert not re.search(r"2027|2013|\b13\b", text), text
    assert "said_at" in {field.name for field in NextAge._meta.fields}


@pytest.mark.django_db
def test_the_band_follows_the_month(ana: Child, bea: User) -> None:
    services.say(ana, Month(2017, 5), by=bea, at=AT)

    assert Child.objects.get().band == Band.SMALL


@pytest.mark.django_db
def test_both_are_told_30_and_7_days_before_and_each_time_once(ana: Child, bea: User) -> None:
    services.say(ana, BORN, by=bea, at=AT)

    told = []
    for days in range(45, 0, -1):
        for _twice in range(2):
            services.move_on(COUNTS_AT - timedelta(days=days))
        nears = Record.objects.filter(kind="birthdays.BirthdayNears").order_by("pk")
        told.append((days, [record.facts["days"] for record in nears]))

    assert dict(told)[31] == []
    assert dict(told)[30] == [30]
    assert dict(told)[8] == [30]
    assert dict(told)[7] == [30, 7]
    assert dict(told)[1] == [30, 7]


@pytest.mark.django_db
def test_a_child_crosses_when_the_month_has_begun_everywhere_and_is_asked_again(ana: Child, bea: User) -> None:
    services.say(ana, BORN, by=bea, at=AT)

    services.move_on(COUNTS_AT - timedelta(seconds=1))
    assert services.known(ana, at=COUNTS_AT - timedelta(seconds=1))[13] is False
    assert not services.asks_again(ana)
    # The age counts at once, and not only when the clock's work is done.
    assert services.known(ana, at=COUNTS_AT)[13] is True
    services.move_on(COUNTS_AT)
    services.move_on(COUNTS_AT)

    ana.refresh_from_db()
    assert ana.band == Band.TEEN
    assert services.known(ana, at=COUNTS_AT)[13] is True
    # It has just turned 13, so it is under 14 for some months, and under 16 for years.
    assert services.known(ana, at=COUNTS_AT)[14] is False
    later = services.known(ana, at=COUNTS_AT + timedelta(days=320))
    assert (14 in later, later[15], later[16]) == (False, False, False)
    assert services.asks_again(ana)
    assert Record.objects.filter(kind="birthdays.BirthdayCrossed").count() == 1
    services.say(ana, BORN, by=bea, at=COUNTS_AT)
    assert services.coming(ana) == services.Coming(14, Month(2028, 1))
    assert not services.asks_again(ana)


@pytest.mark.django_db
def test_a_month_is_forgotten_when_a_guardian_says_so(ana: Child, bea: User) -> None:
    services.say(ana, BORN, by=bea, at=AT)
    services.forget_month(ana, by=bea, at=AT)

    assert services.coming(ana) is None
    assert not NextAge.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["eve", "fay", "olga"])
def test_nobody_else_says_or_forgets_a_month(name: str, request: pytest.FixtureRequest, ana: Child) -> None:
    person: User = request.getfixturevalue(name)

    verbs: list[Callable[[], None]] = [
        lambda: services.say(ana, BORN, by=person, at=AT),
        lambda: services.forget_month(ana, by=person, at=AT),
    ]
    for verb in verbs:
        with pytest.raises((seats.NoGuardian, seats.NotYourFamily)):
            verb()
    assert not NextAge.objects.exists()

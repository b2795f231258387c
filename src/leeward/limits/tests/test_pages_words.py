"""What pages say and draw: the words of the catalogue, moments and days, how things stand, the picture of a week."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.translation import override

from leeward.engines import policy
from leeward.engines.policy import family
from leeward.limits import forms, picks, standing, week, when
from leeward.limits.app_words import APP_WORDS
from leeward.limits.choices import Purpose
from leeward.limits.models import Window
from leeward.limits.standing import Now, Standing
from leeward.limits.words import WORDS

MONDAY = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
NIGHT = family.Window(frozenset({0}), 19 * 60, 7 * 60)
SCHOOL = family.Window(frozenset({0}), 19 * 60, 21 * 60)


def test_each_entry_of_the_catalogue_has_its_words() -> None:
    said = {slug: (str(words.title), str(words.example)) for slug, words in {**WORDS, **APP_WORDS}.items()}

    assert said == {entry.slug: (entry.title, entry.example) for entry in family.catalogue().entries}


def test_each_kind_and_each_way_around_stands_in_one_group() -> None:
    grouped = Counter(slug for _name, _title, slugs in picks.GROUPS for slug in slugs)

    kinds = (family.Kind.CATEGORY, family.Kind.BYPASS)
    assert grouped == Counter(entry.slug for kind in kinds for entry in family.catalogue().of_kind(kind))


def test_apps_stand_by_the_alphabet() -> None:
    titles = [str(pick.words.title).casefold() for pick in picks.apps([])]

    assert titles == sorted(titles)
    assert len(titles) == len(family.catalogue().of_kind(family.Kind.SERVICE))


def test_a_summary_counts_what_is_ticked_and_leaves_out_the_rest() -> None:
    found = [(str(group.title), group.on_count) for group in picks.summary(["adult", "dating", "tiktok"])]

    assert found == [("Not made for children", 2), ("Apps and sites", 1)]


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (timedelta(hours=1), "21:00"),
        (timedelta(hours=11), "tomorrow, 7:00"),
        (timedelta(days=2), "Wednesday, 20:00"),
        (timedelta(days=8), "1 Dec. 2026, 20:00"),
    ],
)
def test_a_moment_is_told_with_its_day_where_it_is_not_today(moment: timedelta, words: str) -> None:
    assert when.until(MONDAY + moment, at=MONDAY, zone="UTC") == words


def test_a_moment_is_told_by_the_clock_at_home() -> None:
    # It is past midnight there already, so seven in the morning is today.
    assert when.until(MONDAY + timedelta(hours=3), at=MONDAY, zone="Asia/Ulaanbaatar") == "7:00"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (range(7), "Every day"),
        (range(5), "Monday to Friday"),
        ((6, 0, 1, 2, 3), "Sunday to Thursday"),
        ((4, 5), "Friday, Saturday"),
        ((0, 2, 4), "Monday, Wednesday, Friday"),
        ((6,), "Sunday"),
    ],
)
def test_days_are_told_as_people_say_them(days: tuple[int, ...], words: str) -> None:
    assert when.days(days) == words


def test_the_week_begins_as_the_language_has_it() -> None:
    with override("fr"):
        assert when.week_days()[0] == 0
    with override("en"):
        assert when.week_days()[0] == 6
    with override("ar"):
        assert sorted(when.week_days()) == list(range(7))


def test_a_night_past_midnight_says_so() -> None:
    assert when.hours(20 * 60 + 30, 6 * 60) == "20:30 until 6:00 the next day"
    assert when.hours(15 * 60, 24 * 60) == "15:00 until 24:00"


def profile(
    *,
    bedtime: tuple[family.Window, ...] = (),
    homework: tuple[family.Window, ...] = (),
    paused_until: datetime | None = None,
    extra_until: datetime | None = None,
    free_days: frozenset[date] = frozenset(),
) -> family.Profile:
    return family.Profile(
        1,
        bedtime=bedtime,
        homework=homework,
        paused_until=paused_until,
        extra_until=extra_until,
        free_days=free_days,
    )


LATER = MONDAY + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("profile", "now", "until"),
    [
        (profile(), Now.OPEN, None),
        (profile(bedtime=(NIGHT,)), Now.BEDTIME, MONDAY + timedelta(hours=11)),
        (profile(homework=(SCHOOL,)), Now.HOMEWORK, MONDAY + timedelta(hours=1)),
        (profile(bedtime=(NIGHT,), homework=(SCHOOL,)), Now.BEDTIME, MONDAY + timedelta(hours=11)),
        (profile(bedtime=(NIGHT,), extra_until=LATER), Now.EXTRA, LATER),
        (profile(bedtime=(NIGHT,), paused_until=LATER, extra_until=LATER), Now.PAUSED, LATER),
        (profile(paused_until=MONDAY), Now.OPEN, None),
        (profile(bedtime=(NIGHT,), free_days=frozenset({MONDAY.date()})), Now.OPEN, None),
    ],
)
def test_how_things_stand_follows_the_precedence_table(
    profile: family.Profile, now: Now, until: datetime | None
) -> None:
    stands = standing.of(profile, at=MONDAY)

    assert stands == Standing(now, until)
    decision = family.decide("any.example", listed=family.Names({}), world=_Nobody(), profile=profile, at=MONDAY)
    assert (decision.rule in {family.Rule.PAUSE, family.Rule.BEDTIME}) == (now in {Now.PAUSED, Now.BEDTIME})


class _Nobody:
    def decide(self, name: str, /) -> policy.Verdict:
        return policy.ALLOWED


def test_each_way_in_which_things_stand_has_words() -> None:
    said = {standing.said(Standing(now, LATER), at=MONDAY, zone="UTC") for now in Now}

    assert len(said) == len(Now)


def test_a_night_is_drawn_on_both_of_its_days() -> None:
    with override("fr"):
        drawn = week.picture([Window(purpose="bedtime", days=[0, 6], start=22 * 60, end=6 * 60)])

    bars = {number: [(bar.start, bar.length) for bar in day.bars] for number, day in enumerate(drawn) if day.bars}
    assert bars == {0: [(88, 8), (0, 24)], 1: [(0, 24)], 6: [(88, 8)]}


def test_a_window_until_midnight_is_drawn_on_one_day() -> None:
    for end in (0, 24 * 60):
        (day,) = [
            day for day in week.picture([Window(purpose="homework", days=[2], start=23 * 60, end=end)]) if day.bars
        ]
        assert [(bar.purpose, bar.start, bar.length) for bar in day.bars] == [(Purpose.HOMEWORK, 92, 4)]


@pytest.mark.parametrize(
    ("span", "hour", "end"),
    [
        (forms.Span.HOUR, 20, datetime(2026, 11, 23, 21, tzinfo=UTC)),
        (forms.Span.MORNING, 20, datetime(2026, 11, 24, 7, tzinfo=UTC)),
        (forms.Span.MORNING, 2, datetime(2026, 11, 23, 7, tzinfo=UTC)),
        (forms.Span.TOMORROW, 20, datetime(2026, 11, 24, 18, tzinfo=UTC)),
        (forms.Span.WEEK, 20, datetime(2026, 11, 30, 20, tzinfo=UTC)),
        (forms.Span.ALWAYS, 20, None),
    ],
)
def test_a_span_ends_when_its_words_say(span: forms.Span, hour: int, end: datetime | None) -> None:
    assert forms.end_of(span, at=MONDAY.replace(hour=hour), zone="UTC") == end

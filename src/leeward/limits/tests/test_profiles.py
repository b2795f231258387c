"""A profile is what the rows say, for one and for many, with as many queries for ten as for two."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries

from leeward.core.models import User
from leeward.engines.policy import family
from leeward.families import guardians
from leeward.families import services as families
from leeward.families.models import Child, Household
from leeward.families.tests.conftest import ANA, AT
from leeward.limits import profiles, services
from leeward.limits.choices import Purpose, Whose
from leeward.limits.models import FreeDays, HouseRules, Limits, OwnName, Window

CATALOGUE = family.catalogue()
BLOCKABLE = [entry.slug for entry in CATALOGUE.entries if entry.mark & family.BLOCKABLE]
SAFE = [entry.slug for entry in CATALOGUE.entries if entry.mark & family.SAFE_SEARCHES]
QUARTERS = [15 * number for number in range(96)]

slugs = st.lists(st.sampled_from(BLOCKABLE), unique=True, max_size=12)
moments = st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=366)).map(lambda ahead: AT + ahead)
windows = st.lists(
    st.tuples(
        st.sampled_from(Purpose),
        st.sets(st.integers(0, 6), min_size=1),
        st.sampled_from(QUARTERS),
        st.sampled_from([*QUARTERS, 1440]),
    ),
    max_size=6,
)
owns = st.lists(
    st.tuples(st.sampled_from(["a.example.org", "b.example.org", "xn--bcher-kva.example"]), st.booleans(), moments)
)
free_days = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40)), max_size=4)


def home_of_nobody() -> Household:
    return Household.objects.create(made_at=AT)


class ProfilesOfRandomRows(TestCase):
    """Each example has a transaction of its own."""

    @settings(max_examples=60)
    @given(
        slugs,
        slugs,
        st.sets(st.sampled_from(SAFE)),
        moments,
        moments,
        windows,
        owns,
        free_days,
        st.sampled_from(services.zones()),
    )
    def test_a_profile_is_equal_to_its_rows(
        self,
        blocked: list[str],
        homework_blocked: list[str],
        safe: set[str],
        paused_until: datetime | None,
        extra_until: datetime | None,
        weekly: list[tuple[Purpose, set[int], int, int]],
        named: list[tuple[str, bool, datetime | None]],
        free: list[tuple[int, int]],
        zone: str,
    ) -> None:
        home = home_of_nobody()
        limits = Limits.objects.create(
            household=home,
            whose=Whose.SHARED,
            blocked=blocked,
            homework_blocked=homework_blocked,
            safe=sorted(safe),
            paused_until=paused_until,
            extra_until=extra_until,
            shows_names=bool(named),
            changed_at=AT,
        )
        HouseRules.objects.create(household=home, zone=zone)
        for purpose, days, start, end in weekly:
            Window.objects.create(limits=limits, purpose=purpose, days=sorted(days), start=start, end=end)
        for name, allows, until in named:
            OwnName.objects.create(limits=limits, name=name, allows=allows, until=until, made_at=AT)
        for begins, length in free:
            first = AT.date() + timedelta(days=begins)
            FreeDays.objects.create(household=home, first=first, last=first + timedelta(days=length))

        profile = profiles.profile(limits, at=AT)

        assert profile == family.Profile(
            number=limits.pk,
            blocked=CATALOGUE.marks(blocked),
            bedtime=of_purpose(weekly, Purpose.BEDTIME),
            homework=of_purpose(weekly, Purpose.HOMEWORK),
            homework_blocked=CATALOGUE.marks(homework_blocked),
            free_days=frozenset(AT.date() + timedelta(days=a + b) for a, length in free for b in range(length + 1)),
            zone=zone,
            paused_until=paused_until,
            extra_until=extra_until,
            safe=CATALOGUE.marks(safe),
            shows_names=bool(named),
            owns=tuple(family.Own(name, allows, until) for name, allows, until in named),
        )


def of_purpose(weekly: list[tuple[Purpose, set[int], int, int]], purpose: Purpose) -> tuple[family.Window, ...]:
    return tuple(family.Window(frozenset(days), start, end) for one, days, start, end in weekly if one == purpose)


@pytest.mark.django_db
def test_what_is_over_is_left_out(limits: Limits) -> None:
    Limits.objects.filter(pk=limits.pk).update(paused_until=AT, extra_until=AT)
    OwnName.objects.create(limits=limits, name="over.example.org", allows=True, until=AT, made_at=AT)
    FreeDays.objects.create(household=limits.household, first=date(2026, 1, 1), last=date(2026, 1, 2))

    profile = profiles.profile(limits, at=AT)

    assert (profile.paused_until, profile.extra_until, profile.owns, profile.free_days) == (None, None, (), frozenset())


@pytest.mark.django_db
def test_a_slug_that_left_the_catalogue_stops_nobody(limits: Limits) -> None:
    Limits.objects.filter(pk=limits.pk).update(blocked=["games", "an-app-of-2019"])

    assert profiles.profile(limits, at=AT).blocked == CATALOGUE.marks(["games"])


@pytest.mark.django_db
def test_a_name_that_cannot_be_used_takes_nothing_else_away(limits: Limits, caplog: pytest.LogCaptureFixture) -> None:
    OwnName.objects.create(limits=limits, name="Not A Name", allows=False, made_at=AT)
    OwnName.objects.create(limits=limits, name="good.example", allows=False, made_at=AT)

    made = profiles.profile(limits, at=AT)

    assert [own.name for own in made.owns] == ["good.example"]
    assert made.blocked, "what else is set stays in force"
    assert "Not A Name" not in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize("count", [2, 10])
def test_many_profiles_cost_as_many_queries_as_few(
    count: int, home: Household, bea: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    numbers = [services.of_child(families.add_child(home, ANA, by=bea, at=AT), at=AT).pk for _ in range(count)]

    with django_assert_num_queries(5):
        found = list(profiles.of_numbers(numbers, at=AT))

    assert sorted(one.number for one in found) == sorted(numbers)


@pytest.mark.django_db
def test_rows_of_others_are_not_mixed_in(limits: Limits, shared: Limits, bea: User) -> None:
    services.close_name(limits, "hers.example.org", until=None, by=bea, at=AT)
    services.allow_name(shared, "ours.example.org", until=None, by=bea, at=AT)

    found = {one.number: one for one in profiles.of_numbers([limits.pk, shared.pk], at=AT)}

    assert [own.name for own in found[limits.pk].owns] == ["hers.example.org"]
    assert [own.name for own in found[shared.pk].owns] == ["ours.example.org"]


@pytest.mark.django_db
def test_who_was_taken_off_has_no_profile(ana: Child, limits: Limits, shared: Limits, bea: User) -> None:
    families.remove_child(ana, by=bea, at=AT)

    assert [one.number for one in profiles.of_numbers([limits.pk, shared.pk, 999_999], at=AT)] == [shared.pk]
    with pytest.raises(services.NoSuchLimits):
        profiles.profile(limits, at=AT)


@pytest.mark.django_db
def test_a_closed_household_has_no_profiles(home: Household, limits: Limits, shared: Limits, bea: User) -> None:
    guardians.leave(home, by=bea, at=AT)

    assert list(profiles.of_numbers([limits.pk, shared.pk], at=AT)) == []

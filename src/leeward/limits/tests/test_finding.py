"""Limits are there from the first look, with what is proposed for an age."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from leeward.core.models import Record, User
from leeward.engines.policy import family
from leeward.families import devices, guardians
from leeward.families import services as families
from leeward.families.choices import AgeBand, Kind, Picture, Sticker, Use
from leeward.families.models import Child, Device, Household
from leeward.families.tests.conftest import AT
from leeward.limits import presets, services
from leeward.limits.choices import Purpose, Whose
from leeward.limits.models import Limits
from leeward.limits.windows import slots

pytestmark = pytest.mark.django_db

MIA = families.ChildDraft("Mia", Picture.BEE, AgeBand.SMALL)


def test_the_first_look_makes_the_limits_of_a_child_with_the_preset_of_its_age(ana: Child) -> None:
    first, second = services.of_child(ana, at=AT), services.of_child(ana, at=AT)

    preset = presets.of(AgeBand.MIDDLE)
    assert first == second
    assert (first.blocked, first.homework_blocked, first.safe) == tuple(
        [*part] for part in (preset.blocked, preset.homework_blocked, preset.safe)
    )
    assert not first.windows.exists()
    assert list(Record.objects.filter(kind="limits.LimitsChanged").values_list("facts", "actor")) == [
        ({"household_uid": str(ana.household.uid), "limits_id": first.pk}, "system")
    ]


def test_shared_devices_have_what_the_youngest_child_has(home: Household, ana: Child, bea: User) -> None:
    families.add_child(home, MIA, by=bea, at=AT)

    shared = services.of_household(home, Whose.SHARED, at=AT)

    assert tuple(shared.blocked) == presets.of(AgeBand.SMALL).blocked


def test_shared_devices_without_any_child_have_the_strictest_preset(home: Household) -> None:
    assert tuple(services.of_household(home, Whose.SHARED, at=AT).blocked) == presets.of(AgeBand.SMALL).blocked


@pytest.mark.parametrize("whose", [Whose.GUEST, Whose.LINE])
def test_guests_and_the_line_are_kept_from_what_harms_and_from_nothing_else(whose: Whose, home: Household) -> None:
    found = services.of_household(home, whose, at=AT)

    assert (found.blocked, found.homework_blocked, found.safe) == (["malware", "phishing", "scams"], [], [])


@pytest.mark.parametrize("whose", [Whose.SHARED, Whose.GUEST, Whose.LINE])
def test_what_nobody_has_changed_is_as_usual(whose: Whose, home: Household, limits: Limits) -> None:
    assert services.is_usual(limits)
    assert services.is_usual(services.of_household(home, whose, at=AT))


def test_whatever_a_guardian_chooses_is_not_as_usual_any_more_until_it_is_undone(limits: Limits, bea: User) -> None:
    night = services.WindowDraft((0,), 20 * 60, 7 * 60)
    for choose in (
        lambda: services.set_blocked(limits, ["games"], by=bea, at=AT),
        lambda: services.set_homework_blocked(limits, ["games"], by=bea, at=AT),
        lambda: services.set_safe(limits, [], by=bea, at=AT),
        lambda: services.set_windows(limits, Purpose.BEDTIME, [night], by=bea, at=AT),
        lambda: services.close_name(limits, "shut.example", until=None, by=bea, at=AT),
    ):
        choose()
        assert not services.is_usual(Limits.objects.get(pk=limits.pk))
        services.undo(limits, by=bea, at=AT)
        assert services.is_usual(Limits.objects.get(pk=limits.pk))


def test_a_device_has_the_limits_of_whoever_uses_it(home: Household, phone: Device, limits: Limits, bea: User) -> None:
    sofa, tablet = (
        devices.add_device(home, devices.DeviceDraft(Kind.TABLET, Sticker.SUN, use), by=bea, at=AT)
        for use in (Use.SHARED, Use.GUEST)
    )

    assert services.of_device(phone, at=AT) == limits
    assert [services.of_device(one, at=AT).whose for one in (sofa, tablet)] == [Whose.SHARED, Whose.GUEST]


def test_a_child_that_was_taken_off_has_no_limits_until_it_is_back(ana: Child, limits: Limits, bea: User) -> None:
    families.remove_child(ana, by=bea, at=AT)
    with pytest.raises(services.NoSuchLimits):
        services.of_child(ana, at=AT)

    families.restore_child(ana, by=bea, at=AT)

    assert services.of_child(ana, at=AT) == limits


def test_no_limits_are_made_for_a_child_that_was_taken_off_meanwhile(ana: Child, bea: User) -> None:
    families.remove_child(Child.objects.get(pk=ana.pk), by=bea, at=AT)

    with pytest.raises(services.NoSuchLimits):
        services.of_child(ana, at=AT)
    assert not Limits.objects.exists()


@pytest.mark.parametrize("whose", [Whose.SHARED, Whose.GUEST, Whose.LINE])
def test_a_household_that_everybody_left_has_no_limits(whose: Whose, home: Household, bea: User) -> None:
    guardians.leave(home, by=bea, at=AT)

    with pytest.raises(services.NoSuchLimits):
        services.of_household(home, whose, at=AT)


def test_the_limits_of_a_child_are_not_found_without_the_child(home: Household) -> None:
    with pytest.raises(services.NoSuchLimits):
        services.of_household(home, Whose.CHILD, at=AT)


def test_the_database_itself_keeps_one_row_for_each_whose(home: Household, ana: Child) -> None:
    services.of_household(home, Whose.LINE, at=AT)

    for whose, child in ((Whose.LINE, None), (Whose.LINE, ana), (Whose.CHILD, None)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Limits.objects.create(household=home, whose=whose, child=child, changed_at=AT)


def test_a_child_that_is_forgotten_takes_its_limits_along(ana: Child, limits: Limits) -> None:
    ana.delete()

    assert not Limits.objects.exists()


# What is proposed.


@pytest.mark.parametrize("band", AgeBand)
def test_a_preset_has_slugs_of_the_right_kind_in_the_order_of_the_catalogue(band: AgeBand) -> None:
    preset, catalogue = presets.of(band), family.catalogue()

    assert not catalogue.marks(preset.blocked + preset.homework_blocked) & ~family.BLOCKABLE
    assert not catalogue.marks(preset.safe) & ~family.SAFE_SEARCHES
    for slugs in (preset.blocked, preset.homework_blocked, preset.safe):
        assert slugs == tuple(entry.slug for entry in catalogue.of_marks(catalogue.marks(slugs)))


def test_what_is_kept_from_older_ones_is_kept_from_younger_ones() -> None:
    teen, middle, small = (set(presets.of(band).blocked) for band in (AgeBand.TEEN, AgeBand.MIDDLE, AgeBand.SMALL))

    assert set(presets.HARMFUL_ONLY.blocked) < teen < middle < small


@pytest.mark.parametrize("band", AgeBand)
def test_every_preset_closes_the_ways_around_and_leaves_the_families_messengers(band: AgeBand) -> None:
    blocked = presets.of(band).blocked

    assert {"doh", "vpn", "proxy", "tor"} <= set(blocked)
    assert not {"whatsapp", "signal", "viber", "line", "wechat", "kakaotalk", "youtube", "news"} & set(blocked)


@pytest.mark.parametrize(("band", "sleep_hours"), [(AgeBand.SMALL, 9), (AgeBand.MIDDLE, 9), (AgeBand.TEEN, 8)])
def test_the_bedtime_that_is_offered_leaves_enough_sleep_and_can_be_taken(
    band: AgeBand, sleep_hours: int, limits: Limits, bea: User
) -> None:
    bedtime = presets.of(band).bedtime

    services.set_windows(limits, Purpose.BEDTIME, bedtime, by=bea, at=AT)

    windows = [family.Window(frozenset(one.days), one.start, one.end) for one in bedtime]
    nights = [slots(window).bit_count() * 15 / 60 / len(window.days) for window in windows]
    assert min(nights) >= sleep_hours
    assert sorted(day for one in bedtime for day in one.days) == list(range(7))

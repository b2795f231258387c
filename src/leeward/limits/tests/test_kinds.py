"""What is kept away, what in homework time, and which searches are made safe."""

from __future__ import annotations

import pytest

from leeward.core.models import Record, User
from leeward.families import services as families
from leeward.families.choices import AgeBand, Picture
from leeward.families.models import Child, Household
from leeward.families.tests.conftest import AT
from leeward.limits import presets, profiles, services
from leeward.limits.choices import Purpose
from leeward.limits.models import Limits

pytestmark = pytest.mark.django_db

NIGHT = services.WindowDraft((0, 1), 21 * 60, 7 * 60)


def announced() -> int:
    return Record.objects.filter(kind="limits.LimitsChanged").count()


def test_what_is_chosen_is_kept_in_the_order_of_the_catalogue_and_once(limits: Limits, bea: User) -> None:
    services.set_blocked(limits, ["tiktok", "games", "vpn", "games"], by=bea, at=AT)
    services.set_homework_blocked(limits, {"roblox", "chat"}, by=bea, at=AT)
    services.set_safe(limits, ["safe-bing", "safe-google"], by=bea, at=AT)

    limits.refresh_from_db()
    assert limits.blocked == ["games", "vpn", "tiktok"]
    assert limits.homework_blocked == ["chat", "roblox"]
    assert limits.safe == ["safe-google", "safe-bing"]


@pytest.mark.parametrize("slug", ["made-up", "safe-google", ""])
def test_what_is_not_on_offer_is_refused_and_nothing_changes(slug: str, limits: Limits, bea: User) -> None:
    before = announced()

    for change in (services.set_blocked, services.set_homework_blocked):
        with pytest.raises(services.NotOnOffer):
            change(limits, ["games", slug], by=bea, at=AT)
    with pytest.raises(services.NotOnOffer):
        services.set_safe(limits, ["games"], by=bea, at=AT)

    assert tuple(Limits.objects.get(pk=limits.pk).blocked) == presets.of(AgeBand.MIDDLE).blocked
    assert announced() == before


def test_saving_what_stands_there_already_is_no_step(limits: Limits, bea: User) -> None:
    services.set_blocked(limits, ["games"], by=bea, at=AT)
    services.set_windows(limits, Purpose.BEDTIME, [NIGHT], by=bea, at=AT)
    before = announced()

    services.set_blocked(limits, ["games"], by=bea, at=AT)
    services.set_windows(limits, Purpose.BEDTIME, [NIGHT], by=bea, at=AT)

    assert announced() == before
    services.undo(limits, by=bea, at=AT)
    assert not limits.windows.exists()


def test_another_preset_changes_the_kinds_and_leaves_windows_and_names(limits: Limits, bea: User) -> None:
    services.set_windows(limits, Purpose.BEDTIME, [NIGHT], by=bea, at=AT)
    own = services.close_name(limits, "own.example.org", until=None, by=bea, at=AT)

    services.take_preset(limits, AgeBand.TEEN, by=bea, at=AT)

    limits.refresh_from_db()
    teen = presets.of(AgeBand.TEEN)
    assert (tuple(limits.blocked), tuple(limits.safe)) == (teen.blocked, teen.safe)
    assert limits.windows.count() == 1
    assert list(limits.own_names.all()) == [own]


def test_a_second_child_gets_what_the_first_has_but_nothing_that_is_for_today_only(
    home: Household, limits: Limits, bea: User
) -> None:
    mia = services.of_child(_mia(home, bea), at=AT)
    services.set_blocked(limits, ["games"], by=bea, at=AT)
    services.set_windows(limits, Purpose.BEDTIME, [NIGHT], by=bea, at=AT)
    services.close_name(limits, "for-good.example.org", until=None, by=bea, at=AT)
    later = AT.replace(hour=20)
    services.allow_name(limits, "today.example.org", until=later, by=bea, at=AT)
    services.pause(limits, until=later, by=bea, at=AT)

    services.copy_from(mia, limits, by=bea, at=AT)

    first, second = profiles.profile(limits, at=AT), profiles.profile(mia, at=AT)
    assert (second.blocked, second.bedtime, second.safe) == (first.blocked, first.bedtime, first.safe)
    assert [own.name for own in second.owns] == ["for-good.example.org"]
    assert second.paused_until is None


def test_a_copy_of_itself_changes_nothing(limits: Limits, bea: User) -> None:
    before = announced()

    services.copy_from(limits, limits, by=bea, at=AT)

    assert announced() == before


def test_a_child_that_was_taken_off_is_neither_changed_nor_copied(home: Household, limits: Limits, bea: User) -> None:
    mia = services.of_child(_mia(home, bea), at=AT)
    assert mia.child is not None
    families.remove_child(mia.child, by=bea, at=AT)

    with pytest.raises(services.NoSuchLimits):
        services.set_blocked(mia, [], by=bea, at=AT)
    with pytest.raises(services.NoSuchLimits):
        services.copy_from(limits, mia, by=bea, at=AT)
    with pytest.raises(services.NoSuchLimits):
        services.undo(mia, by=bea, at=AT)


def _mia(home: Household, bea: User) -> Child:
    return families.add_child(home, families.ChildDraft("Mia", Picture.BEE, AgeBand.SMALL), by=bea, at=AT)

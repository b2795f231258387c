"""The tables of the families follow what families, limits and lists announce, go on where they stopped, and keep the last good."""

from __future__ import annotations

import dataclasses
import errno
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from leeward.core.models import User
from leeward.engines import policy
from leeward.engines.policy.family import Rule
from leeward.families import devices, guardians, services
from leeward.families.choices import Kind, Sticker, Use
from leeward.families.models import Device
from leeward.filtering import probes
from leeward.filtering.family import names as family_names
from leeward.filtering.family import rows
from leeward.filtering.family import state as family_state
from leeward.filtering.family.follow import Follower
from leeward.filtering.family.plane import Plane
from leeward.filtering.tests.home import Home, identity, joined, list_in_force, made, ruled, stamped
from leeward.filtering.tests.signs import AT
from leeward.helplines.directory import services as directory
from leeward.helplines.directory.drafts import Facts
from leeward.helplines.directory.models import Service
from leeward.limits import services as limits
from leeward.limits.choices import Purpose, Whose
from leeward.limits.models import Limits, OwnName

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
BET = "bet.example"
EVERY_DAY = frozenset(range(7))


@pytest.fixture
def home(bea: User) -> Home:
    list_in_force("luck", BET)
    return made(bea)


@pytest.fixture
def phone(home: Home) -> Device:
    """Ana's phone, which joined before anybody followed."""
    return joined(home.phone)


@pytest.fixture
def follower(phone: Device) -> Iterator[Follower]:
    yield from following()


def following(at: datetime = AT) -> Iterator[Follower]:
    stamped()
    place = family_state.folder()
    running = Follower(Plane.open(place, at=at), place=place)
    running.step(at=at)
    yield running
    running.close(at=at)


def followed(follower: Follower, *, at: datetime = AT) -> None:
    stamped(at)
    follower.step(at=at)


def restarted(at: datetime = AT) -> None:
    for _ in following(at):
        pass


def test_what_there_is_already_is_in_the_first_tables(follower: Follower, phone: Device) -> None:
    assert ruled(BET, identity(phone)) is Rule.CATEGORY
    assert ruled("good.example", identity(phone)) is Rule.OPEN
    assert ruled(BET, b"tnobody") is Rule.STRANGER


def test_nobody_closes_a_helpline_whatever_a_list_or_a_parent_says(
    follower: Follower, home: Home, phone: Device
) -> None:
    list_in_force("poisoned", "childline.org.uk")
    follower._names.look_soon()
    limits.pause(home.limits, until=AT + HOUR, by=home.bea, at=AT)
    followed(follower)

    assert ruled("www.childline.org.uk", identity(phone)) is Rule.NEVER
    assert ruled("good.example", identity(phone)) is Rule.PAUSE


def test_a_helpline_opens_as_soon_as_it_is_checked_also_in_a_pause(
    follower: Follower, home: Home, phone: Device
) -> None:
    limits.pause(home.limits, until=AT + HOUR, by=home.bea, at=AT)
    followed(follower)
    before = ruled("harbourline.example", identity(phone))
    facts = Facts(country="MN", kind="child_helpline", name="Line", contacts=(("web", "https://harbourline.example/"),))
    row = directory.add(facts, by=home.bea, at=AT)

    directory.check(row, facts, how=Service.How.PAGE, note="", seen_at=row.changed_at, by=home.bea, at=AT)
    followed(follower)

    assert (before, ruled("www.harbourline.example", identity(phone))) == (Rule.PAUSE, Rule.NEVER)


def test_a_pause_and_its_end_are_in_force_at_once(follower: Follower, home: Home, phone: Device) -> None:
    limits.pause(home.limits, until=AT + HOUR, by=home.bea, at=AT)
    followed(follower)
    while_paused = ruled("good.example", identity(phone))

    limits.resume(home.limits, by=home.bea, at=AT)
    followed(follower)

    assert (while_paused, ruled("good.example", identity(phone))) == (Rule.PAUSE, Rule.OPEN)


def test_own_names_kinds_and_bedtime_are_in_force(follower: Follower, home: Home, phone: Device) -> None:
    limits.allow_name(home.limits, BET, until=AT + HOUR, by=home.bea, at=AT)
    limits.close_name(home.limits, "dull.example", until=None, by=home.bea, at=AT)
    night = limits.WindowDraft(EVERY_DAY, 20 * 60, 7 * 60)
    limits.set_windows(home.limits, Purpose.BEDTIME, [night], by=home.bea, at=AT)
    followed(follower)
    who = identity(phone)

    assert [ruled(name, who) for name in (BET, "dull.example", "good.example")] == [
        Rule.OWN_OPEN,
        Rule.OWN_CLOSED,
        Rule.OPEN,
    ]
    assert ruled(BET, who, at=AT + 2 * HOUR) is Rule.CATEGORY
    assert ruled(BET, who, at=AT.replace(hour=23)) is Rule.BEDTIME


def test_a_device_is_known_from_when_it_joins_until_it_is_taken_off_and_again_when_restored(
    follower: Follower, home: Home
) -> None:
    tablet = devices.add_device(
        home.household,
        devices.DeviceDraft(Kind.TABLET, Sticker.MOON, Use.SHARED),
        by=home.bea,
        at=AT,
    )
    followed(follower)
    seen = [ruled(BET, identity(tablet))]

    joined(tablet)
    followed(follower)
    seen.append(ruled(BET, identity(tablet)))
    devices.remove_device(tablet, by=home.bea, at=AT)
    followed(follower)
    seen.append(ruled(BET, identity(tablet)))
    devices.restore_device(tablet, by=home.bea, at=AT)
    followed(follower)
    seen.append(ruled(BET, identity(tablet)))

    assert seen == [Rule.STRANGER, Rule.CATEGORY, Rule.STRANGER, Rule.CATEGORY]
    assert Limits.objects.filter(household=home.household, whose=Whose.SHARED).count() == 1


def test_a_device_that_changes_hands_has_the_other_limits(follower: Follower, home: Home, phone: Device) -> None:
    limits.pause(home.limits, until=AT + HOUR, by=home.bea, at=AT)
    draft = devices.DeviceDraft(Kind.PHONE, Sticker.STAR, Use.GUEST)
    devices.change_device(phone, draft, by=home.bea, at=AT)
    followed(follower)

    assert ruled("good.example", identity(phone)) is Rule.OPEN


def test_a_child_that_is_taken_off_goes_with_its_devices_and_comes_back_with_them(
    follower: Follower, home: Home, phone: Device
) -> None:
    services.remove_child(home.ana, by=home.bea, at=AT)
    followed(follower)
    gone = ruled(BET, identity(phone))

    services.restore_child(home.ana, by=home.bea, at=AT)
    followed(follower)

    assert (gone, ruled(BET, identity(phone))) == (Rule.STRANGER, Rule.CATEGORY)


def test_a_household_that_is_closed_is_unknown_to_the_resolver(follower: Follower, home: Home, phone: Device) -> None:
    guardians.leave(home.household, by=home.bea, at=AT)
    followed(follower)

    assert ruled(BET, identity(phone)) is Rule.STRANGER


def test_other_names_of_a_list_are_taken_in(follower: Follower, home: Home, phone: Device) -> None:
    list_in_force("luck", "dice.example")
    follower._names.look_soon()
    follower.step(at=AT)

    assert [ruled(name, identity(phone)) for name in (BET, "dice.example")] == [Rule.OPEN, Rule.CATEGORY]


def test_a_long_list_is_made_in_a_process_of_its_own_while_a_pause_is_taken_in(
    follower: Follower, home: Home, phone: Device
) -> None:
    names = [f"bet-{number}.example" for number in range(family_names._FEW + 1)]
    list_in_force("luck", *names)
    follower._names.look_soon()
    follower.step(at=AT)
    limits.pause(home.limits, until=AT + HOUR, by=home.bea, at=AT)
    followed(follower)
    while_made = follower._names.is_making, ruled("good.example", identity(phone))

    making = follower._names._making
    assert making is not None
    end = making.end()
    follower.step(at=AT)

    assert (while_made, end) == ((True, Rule.PAUSE), family_names.End.MADE)
    assert not follower._names.is_making
    assert ruled(names[-1], identity(phone), at=AT + 2 * HOUR) is Rule.CATEGORY


def test_a_list_whose_file_is_not_here_leaves_the_last_names_in_force(
    follower: Follower, home: Home, phone: Device, caplog: pytest.LogCaptureFixture
) -> None:
    source = list_in_force("luck", "dice.example")
    source.last_good = "luck-on-another-host"
    source.save()
    follower._names.look_soon()
    follower.step(at=AT)

    assert ruled(BET, identity(phone)) is Rule.CATEGORY
    assert "files of lists are not on this machine" in caplog.text


def test_a_restart_goes_on_at_the_stored_position(phone: Device, home: Home) -> None:
    restarted()
    stored = family_state.read(family_state.folder())
    inode = (family_state.folder() / "profiles.tbl").stat().st_ino
    limits.pause(home.limits, until=AT + HOUR, by=home.bea, at=AT)

    restarted()

    again = family_state.read(family_state.folder())
    assert stored is not None
    assert again is not None
    assert again.position > stored.position
    assert (family_state.folder() / "profiles.tbl").stat().st_ino == inode
    assert ruled("good.example", identity(phone)) is Rule.PAUSE


@pytest.mark.parametrize(
    "harm", ["no state", "cut off", "another database", "power cut", "ahead", "slept", "other version"]
)
def test_tables_that_cannot_be_trusted_are_made_anew(phone: Device, home: Home, harm: str) -> None:
    restarted()
    place, at = family_state.folder(), AT
    state = family_state.read(place)
    assert state is not None
    inode = (place / "profiles.tbl").stat().st_ino
    match harm:
        case "no state":
            family_state.forget(place)
        case "cut off":
            (place / "profiles.tbl").write_bytes(b"cut off")
        case "another database":
            family_state.write(place, dataclasses.replace(state, mark="00" * 32))
        case "power cut":
            family_state.write(place, dataclasses.replace(state, boot="another run of this machine"))
        case "ahead":
            family_state.write(place, dataclasses.replace(state, position=state.position + 1000))
        case "slept":
            at = AT + HOUR
        case "other version":
            (place / "followed.json").write_text('{"position": 1}')

    restarted(at)

    assert (place / "profiles.tbl").stat().st_ino != inode
    assert ruled(BET, identity(phone)) is Rule.CATEGORY
    assert not [*place.parent.glob("family.new*"), *place.parent.glob("family-names-*")]


def test_a_process_that_slept_forgets_what_was_taken_off_and_erased_meanwhile(
    follower: Follower, home: Home, phone: Device
) -> None:
    who = identity(phone)
    devices.remove_device(phone, by=home.bea, at=AT)
    services.forget(AT + HOUR)
    stamped()
    assert not Device.objects.filter(pk=phone.pk).exists()

    follower.step(at=AT + HOUR)

    assert ruled(BET, who) is Rule.STRANGER


def test_windows_are_reckoned_anew_after_a_day(follower: Follower, home: Home) -> None:
    night = limits.WindowDraft(EVERY_DAY, 20 * 60, 7 * 60)
    limits.set_windows(home.limits, Purpose.BEDTIME, [night], by=home.bea, at=AT)
    followed(follower)
    follower.plane.store(at=AT)
    first = family_state.read(family_state.folder())
    tomorrow = AT + timedelta(days=1, hours=1)
    follower.plane.looked(at=tomorrow)
    follower._bake_due = 0.0

    follower.step(at=tomorrow)
    follower.plane.store(at=tomorrow)

    second = family_state.read(family_state.folder())
    assert first is not None
    assert second is not None
    assert (first.baked_until_s, second.baked_until_s) == (
        int((AT + timedelta(days=7)).timestamp()),
        int((tomorrow + timedelta(days=7)).timestamp()),
    )


def test_a_row_that_cannot_be_used_is_told_of_by_its_number_and_stops_nobody_else(
    follower: Follower, home: Home, phone: Device, caplog: pytest.LogCaptureFixture
) -> None:
    bad = limits.of_household(home.household, Whose.GUEST, at=AT)
    OwnName.objects.create(limits=bad, name="no host name", allows=True, made_at=AT)
    limits.pause(home.limits, until=AT + HOUR, by=home.bea, at=AT)

    followed(follower)

    assert ruled("good.example", identity(phone)) is Rule.PAUSE
    told = [line.getMessage() for line in caplog.records if line.levelno >= logging.ERROR]
    assert not any("no host name" in words for words in told)


def test_a_full_disk_keeps_the_last_good_and_heals(
    follower: Follower, home: Home, phone: Device, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as disk:
        disk.setattr(family_state, "write", full)
        limits.pause(home.limits, until=AT + HOUR, by=home.bea, at=AT)
        follower._stored_at -= 60
        followed(follower)
        follower.step(at=AT)
        while_full = ruled("good.example", identity(phone))
    follower.step(at=AT)

    assert while_full is Rule.PAUSE
    assert [line.getMessage() for line in caplog.records if "tables of the families" in line.getMessage()] == [
        "the tables of the families cannot be written",
        "the tables of the families are written again",
    ]


def test_only_one_process_writes(follower: Follower) -> None:
    with pytest.raises(policy.TableBusy):
        Plane.open(family_state.folder(), at=AT)


def test_without_a_family_and_a_list_there_are_no_tables() -> None:
    assert not rows.is_anything()
    assert probes.family_follows(AT).is_well
    assert not family_state.folder().exists()

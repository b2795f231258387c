"""What stayed closed is added up once, kept for some days, and holds no name unless a guardian asked for names."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from prometheus_client import REGISTRY

from leeward.core import config
from leeward.core.models import Record, User
from leeward.engines.policy import counted
from leeward.engines.policy.counted import EVERYBODY, GRACE_S, PERIOD_S, Counts, Key
from leeward.families import seats
from leeward.families import services as families
from leeward.families.choices import AgeBand
from leeward.families.models import Child, Household
from leeward.families.tests.conftest import ANA
from leeward.filtering.counts import names as count_names
from leeward.filtering.counts import services as counts
from leeward.filtering.counts.models import ClosedName, CountedAnswers, CountFile
from leeward.limits import profiles, services
from leeward.limits.models import Limits
from leeward.limits.tests.conftest import ana, fay, guardian_account, home, limits, shared

__all__ = ["ana", "fay", "guardian_account", "home", "limits", "shared"]

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)  # A Sunday.
GAMBLING, SELF_HARM, OWN_CLOSED, BEDTIME = 4, 9, 135, 133
PLAY, SAD = b"\x04play\x07example", b"\x03sad\x07example"


def left_by_a_plane(*keys: Key, at: datetime = AT) -> datetime:
    """Let a data plane count these, and return the moment at which they can be taken."""
    plane = Counts(counts.folder())
    for key in keys:
        plane.add(key)
    plane.close(at_s=int(at.timestamp()))
    return at + timedelta(seconds=PERIOD_S + GRACE_S)


def rows() -> list[tuple[int, date, str, int]]:
    found = CountedAnswers.objects.order_by("limits", "day", "kind")
    return [(row.limits_id, row.day, row.kind, row.count) for row in found]


def test_counts_of_several_files_are_added_up_by_day_and_kind(limits: Limits, shared: Limits) -> None:
    left_by_a_plane(Key(limits.pk, GAMBLING), Key(limits.pk, GAMBLING), Key(shared.pk, BEDTIME))
    now = left_by_a_plane(Key(limits.pk, GAMBLING), Key(limits.pk, OWN_CLOSED))

    counts.harvest(now)

    assert rows() == [
        (limits.pk, AT.date(), "gambling", 3),
        (limits.pk, AT.date(), "own-closed", 1),
        (shared.pk, AT.date(), "bedtime", 1),
    ]
    assert list(counts.folder().iterdir()) == []


def test_a_file_that_was_taken_and_not_deleted_is_not_counted_again(limits: Limits, tmp_path: Path) -> None:
    now = left_by_a_plane(Key(limits.pk, GAMBLING))
    (file,) = counts.folder().iterdir()
    copy = shutil.copy(file, tmp_path / file.name)
    counts.harvest(now)

    for later in (timedelta(0), timedelta(hours=2)):
        shutil.copy(copy, file)
        counts.harvest(now + later)

    assert [count for _, _, _, count in rows()] == [1]
    assert not file.exists()


def test_what_was_taken_is_forgotten_when_its_file_is_gone(limits: Limits) -> None:
    now = left_by_a_plane(Key(limits.pk, GAMBLING))
    counts.harvest(now)
    before = CountFile.objects.count()

    counts.harvest(now + timedelta(hours=1))

    assert (before, CountFile.objects.count()) == (1, 0)


def test_the_day_is_that_of_the_family(limits: Limits, home: Household, bea: User) -> None:
    services.set_zone(home, "Asia/Kathmandu", by=bea, at=AT)
    midnight = datetime(2026, 11, 22, 18, 15, tzinfo=UTC)
    left_by_a_plane(Key(limits.pk, GAMBLING), at=midnight - timedelta(seconds=1))
    now = left_by_a_plane(Key(limits.pk, GAMBLING), at=midnight)

    counts.harvest(now)

    assert [(day.day, count) for _, day, _, count in rows()] == [(22, 1), (23, 1)]


def test_a_damaged_file_is_deleted_and_stops_nothing(limits: Limits) -> None:
    now = left_by_a_plane(Key(limits.pk, GAMBLING))
    (counts.folder() / "counts-1-scrap.tbl").write_bytes(b"scrap")
    (counts.folder() / "names-1-scrap.tbl").write_bytes(b"")

    counts.harvest(now)

    assert [count for _, _, _, count in rows()] == [1]
    assert list(counts.folder().iterdir()) == []


def test_numbers_of_nobody_and_unknown_kinds_are_left_out(limits: Limits) -> None:
    now = left_by_a_plane(Key(limits.pk + 1000, GAMBLING), Key(EVERYBODY, 129), Key(limits.pk, 47), Key(limits.pk, 255))

    counts.harvest(now)

    assert rows() == []


def test_prometheus_learns_kinds_and_nobody(limits: Limits) -> None:
    def measured(rule: str, category: str) -> float:
        return REGISTRY.get_sample_value("leeward_closed_total", {"rule": rule, "category": category}) or 0.0

    labels = [("category", "gambling"), ("bedtime", ""), ("law", "")]
    before = [measured(*one) for one in labels]
    now = left_by_a_plane(Key(limits.pk, GAMBLING), Key(limits.pk, BEDTIME), Key(EVERYBODY, 129))

    counts.harvest(now)

    assert [measured(*one) - old for one, old in zip(labels, before, strict=True)] == [1, 1, 1]


def test_after_seven_days_nothing_is_left(limits: Limits) -> None:
    counts.harvest(left_by_a_plane(Key(limits.pk, GAMBLING)))

    counts.harvest(AT + timedelta(days=6, hours=14))
    within = CountedAnswers.objects.count()
    counts.harvest(AT + timedelta(days=8))

    assert (within, CountedAnswers.objects.count()) == (1, 0)


def test_the_rows_of_a_removed_child_go_with_it(limits: Limits, ana: Child, bea: User) -> None:
    counts.harvest(left_by_a_plane(Key(limits.pk, GAMBLING)))

    families.remove_child(ana, by=bea, at=AT)
    families.forget(AT + timedelta(hours=2))

    assert CountedAnswers.objects.count() == 0


def test_names_are_taken_for_whom_they_are_switched_on(limits: Limits, shared: Limits, bea: User) -> None:
    count_names.show_names(limits, by=bea, at=AT)
    keys = [Key(limits.pk, GAMBLING, PLAY), Key(limits.pk, GAMBLING, PLAY), Key(shared.pk, GAMBLING, PLAY)]
    left_by_a_plane(*keys)
    now = left_by_a_plane(Key(limits.pk, GAMBLING, PLAY), Key(limits.pk, SELF_HARM, SAD))

    counts.harvest(now)

    (row,) = ClosedName.objects.all()
    assert (row.limits_id, row.name, row.kind, row.day, row.count) == (
        limits.pk,
        "play.example",
        "gambling",
        AT.date(),
        3,
    )


def test_the_data_planes_are_told_for_whom_names_are_kept(limits: Limits, bea: User) -> None:
    before = profiles.profile(limits, at=AT).shows_names
    count_names.show_names(limits, by=bea, at=AT)
    between = profiles.profile(limits, at=AT).shows_names
    count_names.hide_names(limits, by=bea, at=AT)

    assert [before, between, profiles.profile(limits, at=AT).shows_names] == [False, True, False]
    assert Record.objects.filter(kind__endswith="LimitsChanged").count() == 3  # Made, switched on, switched off.


def test_a_kept_name_is_sealed(limits: Limits, bea: User) -> None:
    count_names.show_names(limits, by=bea, at=AT)
    counts.harvest(left_by_a_plane(Key(limits.pk, GAMBLING, PLAY)))

    with connection.cursor() as cursor:
        cursor.execute("SELECT name, digest FROM filtering_closedname")
        stored = str(cursor.fetchall())
    assert "play" not in stored


def test_switching_off_deletes_at_once_and_takes_no_more(limits: Limits, bea: User) -> None:
    count_names.show_names(limits, by=bea, at=AT)
    counts.harvest(left_by_a_plane(Key(limits.pk, GAMBLING, PLAY)))
    now = left_by_a_plane(Key(limits.pk, GAMBLING, PLAY))
    before = ClosedName.objects.count()

    count_names.hide_names(limits, by=bea, at=AT)
    after = ClosedName.objects.count()
    counts.harvest(now)

    assert (before, after, ClosedName.objects.count()) == (1, 0, 0)
    limits.refresh_from_db()
    assert not limits.shows_names


def test_a_step_that_is_undone_leaves_no_names(limits: Limits, bea: User) -> None:
    count_names.show_names(limits, by=bea, at=AT)
    now = left_by_a_plane(Key(limits.pk, GAMBLING, PLAY))
    counts.harvest(now)
    limits.refresh_from_db()

    services.undo(limits, by=bea, at=AT)
    counts.harvest(now)

    assert ClosedName.objects.count() == 0


def test_a_child_that_grows_up_is_not_read_along_with(limits: Limits, ana: Child, bea: User) -> None:
    count_names.show_names(limits, by=bea, at=AT)
    counts.harvest(left_by_a_plane(Key(limits.pk, GAMBLING, PLAY)))

    families.change_child(ana, dataclasses.replace(ANA, band=AgeBand.TEEN), by=bea, at=AT)
    counts.harvest(AT)

    limits.refresh_from_db()
    assert (limits.shows_names, ClosedName.objects.count()) == (False, 0)


@pytest.mark.parametrize(
    ("until", "band", "may"),
    [
        ("middle", AgeBand.MIDDLE, True),
        ("middle", AgeBand.TEEN, False),
        ("small", AgeBand.MIDDLE, False),
        ("small", AgeBand.SMALL, True),
        ("none", AgeBand.SMALL, False),
    ],
)
def test_names_are_for_the_ages_that_the_provider_set(
    until: str, band: AgeBand, may: bool, limits: Limits, ana: Child, bea: User, settings: Any
) -> None:
    network = dataclasses.replace(config.current().network, names_until_band=until)
    settings.LEEWARD = dataclasses.replace(config.current(), network=network)
    families.change_child(ana, dataclasses.replace(ANA, band=band), by=bea, at=AT)
    limits = services.of_child(ana, at=AT)

    if may:
        count_names.show_names(limits, by=bea, at=AT)
    else:
        with pytest.raises(count_names.NotForThisAge):
            count_names.show_names(limits, by=bea, at=AT)

    limits.refresh_from_db()
    assert limits.shows_names is may


def test_devices_of_everybody_have_no_names(shared: Limits, bea: User) -> None:
    with pytest.raises(count_names.NotForThisAge):
        count_names.show_names(shared, by=bea, at=AT)


@pytest.mark.parametrize("verb", [count_names.show_names, count_names.hide_names])
def test_only_guardians_of_the_household_switch_names(
    verb: Callable[..., None], limits: Limits, eve: User, fay: User
) -> None:
    for stranger in (eve, fay):
        with pytest.raises((seats.NoGuardian, seats.NotYourFamily)):
            verb(limits, by=stranger, at=AT)


def test_the_chain_learns_nothing_of_what_was_closed(limits: Limits, bea: User) -> None:
    count_names.show_names(limits, by=bea, at=AT)
    before = Record.objects.count()

    counts.harvest(left_by_a_plane(Key(limits.pk, GAMBLING), Key(limits.pk, GAMBLING, PLAY)))

    assert Record.objects.count() == before


def test_no_more_names_than_anybody_reads_are_kept(limits: Limits, bea: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(count_names, "MOST_A_DAY", 2)
    count_names.show_names(limits, by=bea, at=AT)
    for number in range(2):
        names = [Key(limits.pk, GAMBLING, bytes([2, 97 + number, 97 + place])) for place in range(3)]
        now = left_by_a_plane(*names)
        counts.harvest(now)

    assert ClosedName.objects.count() == 2


def test_ten_thousand_profiles_are_added_up_in_few_queries(
    limits: Limits, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    plane = Counts(counts.folder())
    plane.write(counted.Taken({Key(number, GAMBLING): 1 for number in range(1, 10_000)}), at_s=int(AT.timestamp()))

    with django_assert_max_num_queries(120):
        counts.harvest(AT + timedelta(seconds=PERIOD_S + GRACE_S))

    assert [count for _, _, _, count in rows()] == [1]

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from leeward.core import sequencer
from leeward.core.models import Chain, Record
from leeward.core.tests import lamps
from leeward.core.tests.lamps import AT

MICROSECOND = timedelta(microseconds=1)


def positions() -> list[tuple[str, int | None]]:
    return [(record.facts["lamp"], record.position) for record in Record.objects.order_by("position")]


@pytest.mark.django_db
def test_records_get_positions_without_gaps_in_the_order_they_were_written() -> None:
    for lamp in ("north", "south", "west"):
        lamps.light(lamp)

    assert sequencer.stamp(at=AT) == 3

    assert positions() == [("north", 1), ("south", 2), ("west", 3)]
    assert Chain.objects.get().position == 3


@pytest.mark.django_db
def test_positions_go_on_where_the_last_batch_ended() -> None:
    for lamp in ("north", "south", "west"):
        lamps.light(lamp)

    assert [sequencer.stamp(at=AT, most=2), sequencer.stamp(at=AT, most=2), sequencer.stamp(at=AT, most=2)] == [2, 1, 0]

    assert positions() == [("north", 1), ("south", 2), ("west", 3)]


@pytest.mark.django_db
def test_a_record_of_many_things_takes_as_many_positions() -> None:
    lamps.light("north", span=1000)
    lamps.light("south")

    sequencer.stamp(at=AT)

    north, south = Record.objects.order_by("position")
    assert (north.position, north.last_position, south.position) == (1, 1000, 1001)
    assert north.stamped_at is not None
    assert south.stamped_at == north.stamped_at + 1000 * MICROSECOND


@pytest.mark.django_db
def test_every_position_has_a_later_time_than_the_one_before() -> None:
    for number in range(5):
        lamps.light(f"lamp {number}")

    sequencer.stamp(at=AT)

    times = [record.stamped_at for record in Record.objects.order_by("position") if record.stamped_at is not None]
    assert len(times) == 5
    assert times == sorted(set(times))


@pytest.mark.django_db
def test_times_grow_when_the_clock_goes_back() -> None:
    lamps.light("north")
    sequencer.stamp(at=AT)
    lamps.light("south")

    sequencer.stamp(at=AT - timedelta(hours=1))

    north, south = Record.objects.order_by("position")
    assert north.stamped_at is not None
    assert south.stamped_at == north.stamped_at + MICROSECOND


@pytest.mark.django_db
def test_a_stamped_record_is_never_stamped_again() -> None:
    lamps.light("north")
    sequencer.stamp(at=AT)
    before = Record.objects.values().get()

    assert sequencer.stamp(at=AT + timedelta(days=1)) == 0

    assert Record.objects.values().get() == before


@pytest.mark.django_db
def test_nothing_to_stamp_writes_nothing() -> None:
    assert sequencer.stamp(at=AT) == 0

    assert not Chain.objects.exists()


@pytest.mark.django_db
def test_a_record_that_commits_after_a_higher_id_still_gets_its_turn() -> None:
    # Its id was taken first and its commit came last, as happens with two writers.
    Record.objects.create(pk=20, kind="tests.LampLit", facts={"lamp": "fast"}, actor="system", at=AT)
    sequencer.stamp(at=AT)
    Record.objects.create(pk=10, kind="tests.LampLit", facts={"lamp": "slow"}, actor="system", at=AT)

    sequencer.stamp(at=AT)

    assert positions() == [("fast", 1), ("slow", 2)]


@pytest.mark.django_db
def test_a_batch_that_fails_leaves_no_trace() -> None:
    lamps.light("north")

    with pytest.raises(RuntimeError), transaction.atomic():
        sequencer.stamp(at=AT)
        raise RuntimeError("the power went")

    assert Record.objects.get().position is None
    assert not Chain.objects.exists()

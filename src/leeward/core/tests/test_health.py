from __future__ import annotations

from datetime import timedelta

import pytest

from leeward.core import health, sequencer
from leeward.core.health import Finding
from leeward.core.models import Delivery
from leeward.core.tests import lamps
from leeward.core.tests.lamps import AT

SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


def at_fault(*, seconds_later: float = 0) -> dict[str, str]:
    return {one.name: one.words for one in health.findings(at=AT + seconds_later * SECOND) if not one.is_well}


def test_an_empty_house_is_well() -> None:
    assert [one.name for one in health.findings(at=AT)] == ["parked deliveries", "worker", "sequencer"]
    assert at_fault() == {}


def test_a_parked_delivery_is_at_fault_until_it_is_owed_again() -> None:
    lamps.owed()
    Delivery.objects.update(state=Delivery.State.PARKED)
    assert at_fault() == {"parked deliveries": "1 parked; look at /operator/deliveries/ and owe them again"}

    Delivery.objects.update(state=Delivery.State.OWED)

    assert at_fault() == {}


def test_a_delivery_that_nobody_began_is_late_after_half_a_minute() -> None:
    lamps.owed()

    assert at_fault(seconds_later=29) == {}
    assert at_fault(seconds_later=30) == {"worker": "1 deliveries wait for over 30 s; is `leeward worker` running?"}


def test_a_delivery_that_is_due_later_is_not_late() -> None:
    lamps.owed(due_at=AT + 3600 * SECOND)

    assert at_fault(seconds_later=3600) == {}


def test_a_delivery_that_waits_for_its_next_try_is_not_late() -> None:
    lamps.owed()
    Delivery.objects.update(attempts=3)

    assert at_fault(seconds_later=600) == {}


def test_a_record_without_a_position_is_late_after_half_a_minute() -> None:
    lamps.light("north")

    assert at_fault(seconds_later=30) == {}
    assert at_fault(seconds_later=31) == {"sequencer": "1 records wait for over 30 s; is `leeward sequencer` running?"}

    sequencer.stamp(at=AT + 32 * SECOND)
    assert at_fault(seconds_later=60) == {}


def test_a_capability_can_have_itself_watched() -> None:
    health.watch(lambda at: Finding("lamps", False, "the north lamp is out; light it"))

    assert at_fault() == {"lamps": "the north lamp is out; light it"}

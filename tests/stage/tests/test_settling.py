"""`settle` does everything that is owed, and does not pass over what fails."""

from __future__ import annotations

import pytest
from django.tasks import task

from leeward.core.models import Delivery
from tests.stage.settling import Settle


class LampBroken(Exception):
    """The lamp of this test is broken."""


@task
def light_next(*, left: int) -> None:
    """Light a lamp, and owe the lighting of the next."""
    if left:
        light_next.enqueue(left=left - 1)


@task
def break_lamp() -> None:
    """Fail, however often it is tried."""
    raise LampBroken


def test_what_follows_from_what_was_owed_is_done_too(settle: Settle) -> None:
    light_next.enqueue(left=3)

    settle()

    assert list(Delivery.objects.values_list("state", flat=True)) == [Delivery.State.DONE] * 4


def test_what_keeps_failing_raises_its_own_exception(settle: Settle) -> None:
    break_lamp.enqueue()

    with pytest.raises(LampBroken):
        settle()


def test_what_may_fail_stays_owed(settle: Settle) -> None:
    break_lamp.enqueue()

    settle(may_fail=("break_lamp",))

    assert Delivery.objects.get().state == Delivery.State.OWED

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from leeward.core import worker
from leeward.core.config import Jobs
from leeward.core.models import Delivery
from leeward.core.tests import lamps
from leeward.core.tests.lamps import AT, CANARY

LONGEST_S = 900.0


def performed() -> Delivery:
    """Claim the one delivery, whenever it is due, and perform it."""
    [delivery] = worker.claim(at=timezone.now() + timedelta(days=1), most=1)
    worker.perform(delivery)
    return Delivery.objects.get(pk=delivery.pk)


@pytest.mark.django_db
def test_a_reaction_that_was_done_is_done() -> None:
    lamps.owed("north")

    done = performed()

    assert lamps.noted == ["north"]
    assert (done.state, done.lease_until, done.last_error) == ("done", None, "")
    assert done.finished_at is not None


@pytest.mark.django_db
def test_a_reaction_that_failed_is_owed_again_after_a_wait(settings: Settings) -> None:
    lamps.use_jobs(settings, Jobs(retry_s=100))
    lamps.owed(task=lamps.break_down)
    before = timezone.now()

    failed = performed()

    assert (failed.state, failed.attempts, failed.lease_until) == ("owed", 1, None)
    assert before + timedelta(seconds=50) <= failed.due_at <= timezone.now() + timedelta(seconds=100)


@pytest.mark.django_db
def test_of_a_failure_only_its_kind_is_kept() -> None:
    lamps.owed(task=lamps.break_down)

    failed = performed()

    assert failed.last_error == "leeward.core.tests.lamps.LampBroken"
    assert CANARY not in str(Delivery.objects.values().get())


@pytest.mark.django_db
def test_a_reaction_is_parked_after_its_last_try(settings: Settings) -> None:
    lamps.use_jobs(settings, Jobs(attempts=3))
    lamps.owed(task=lamps.break_down)

    states = [performed().state for _ in range(3)]

    assert states == ["owed", "owed", "parked"]
    assert worker.claim(at=timezone.now() + timedelta(days=1), most=1) == []


@pytest.mark.django_db
def test_a_reaction_that_kills_every_worker_is_parked_and_not_run_again(settings: Settings) -> None:
    lamps.use_jobs(settings, Jobs(attempts=2))
    lamps.owed()
    Delivery.objects.update(attempts=2)

    parked = performed()

    assert (parked.state, parked.last_error) == ("parked", "leeward.core.worker.NeverEnded")
    assert lamps.noted == []


@pytest.mark.django_db
def test_a_parked_delivery_that_is_owed_again_has_all_its_tries(settings: Settings) -> None:
    lamps.use_jobs(settings, Jobs(attempts=2))
    delivery = lamps.owed(task=lamps.break_down)
    performed()
    performed()

    assert worker.unpark(str(delivery.uid), at=AT) is True

    again = Delivery.objects.get()
    assert (again.state, again.attempts, again.due_at) == ("owed", 0, AT)
    assert [performed().state for _ in range(2)] == ["owed", "parked"]


@pytest.mark.django_db
@pytest.mark.parametrize("state", [Delivery.State.OWED, Delivery.State.DONE])
def test_only_a_parked_delivery_can_be_owed_again(state: Delivery.State) -> None:
    delivery = lamps.owed()
    Delivery.objects.update(state=state)

    assert worker.unpark(str(delivery.uid), at=AT) is False

    assert Delivery.objects.get().state == state


@pytest.mark.django_db
def test_a_reaction_that_cannot_be_done_yet_does_not_lose_a_try() -> None:
    lamps.owed(task=lamps.wait_for_dusk)
    before = timezone.now()

    postponed = [performed() for _ in range(20)][-1]

    assert (postponed.state, postponed.attempts, postponed.lease_until) == ("owed", 0, None)
    assert before + timedelta(seconds=60) <= postponed.due_at <= timezone.now() + timedelta(seconds=60)
    assert postponed.last_error == ""


@pytest.mark.django_db
def test_one_broken_reaction_does_not_stop_the_others() -> None:
    lamps.owed("north", task=lamps.break_down)
    lamps.owed("south")

    for delivery in worker.claim(at=AT, most=2):
        worker.perform(delivery)

    assert lamps.noted == ["south"]


@pytest.mark.django_db
def test_a_task_that_is_no_longer_there_is_a_failure_and_not_the_end_of_the_worker() -> None:
    lamps.owed()
    Delivery.objects.update(task="leeward.core.tests.lamps.gone")

    failed = performed()

    assert (failed.state, failed.last_error) == ("owed", "builtins.ImportError")


@given(st.integers(min_value=1, max_value=10_000), st.floats(min_value=0, max_value=1))
def test_a_wait_is_bounded_and_spread_over_its_upper_half(attempts: int, chance: float) -> None:
    whole = min(LONGEST_S, 2.0 ** min(attempts - 1, 40))

    wait_s = worker.retry_wait_s(attempts, first_s=1.0, longest_s=LONGEST_S, chance=chance)

    assert whole / 2 <= wait_s <= whole


@given(st.integers(min_value=1, max_value=9), st.floats(min_value=0, max_value=1))
def test_a_wait_doubles_until_it_is_the_longest(attempts: int, chance: float) -> None:
    one, next_one = (
        worker.retry_wait_s(tries, first_s=1.0, longest_s=LONGEST_S, chance=chance)
        for tries in (attempts, attempts + 1)
    )

    assert next_one == 2 * one

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.tasks import TaskResultStatus
from django.tasks.exceptions import TaskResultDoesNotExist
from django.utils import timezone

from leeward.core import outbox, worker
from leeward.core.models import Delivery
from leeward.core.outbox import Owed
from leeward.core.tests import lamps
from leeward.core.tests.lamps import AT


class ChangedMyMind(Exception):
    pass


@pytest.mark.django_db
def test_an_enqueued_task_is_a_row_that_is_due_now() -> None:
    before = timezone.now()

    result = lamps.note.enqueue(lamp="north")

    delivery = Delivery.objects.get(uid=result.id)
    assert (delivery.task, delivery.arguments, delivery.state) == (lamps.note.module_path, {"lamp": "north"}, "owed")
    assert before <= delivery.due_at <= timezone.now()
    assert result.status == TaskResultStatus.READY


@pytest.mark.django_db
def test_a_task_is_gone_with_the_transaction_that_failed() -> None:
    with pytest.raises(ChangedMyMind), transaction.atomic():
        lamps.note.enqueue(lamp="north")
        raise ChangedMyMind

    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_arguments_without_a_name_are_refused() -> None:
    with pytest.raises(TypeError, match="pass keyword arguments"):
        lamps.note.enqueue("north")

    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_a_task_for_later_is_due_later() -> None:
    tomorrow = timezone.now() + timedelta(days=1)

    lamps.note.using(run_after=tomorrow).enqueue(lamp="north")

    assert Delivery.objects.get().due_at == tomorrow
    assert worker.claim(at=timezone.now(), most=1) == []


@pytest.mark.django_db
def test_the_result_follows_the_row() -> None:
    result = lamps.note.enqueue(lamp="north")
    [delivery] = worker.claim(at=timezone.now(), most=1)
    result.refresh()
    assert (result.status, result.attempts) == (TaskResultStatus.RUNNING, 1)

    worker.perform(delivery)

    result.refresh()
    assert result.status == TaskResultStatus.SUCCESSFUL
    assert result.finished_at is not None
    assert lamps.noted == ["north"]


@pytest.mark.django_db
def test_a_parked_task_counts_as_failed() -> None:
    result = lamps.note.enqueue(lamp="north")
    Delivery.objects.update(state=Delivery.State.PARKED)

    assert lamps.note.get_result(result.id).status == TaskResultStatus.FAILED


@pytest.mark.django_db
@pytest.mark.parametrize("result_id", [str(uuid.UUID(int=7)), "no such thing"])
def test_the_result_of_nothing_does_not_exist(result_id: str) -> None:
    with pytest.raises(TaskResultDoesNotExist):
        lamps.note.get_result(result_id)


@pytest.mark.django_db
def test_owing_nothing_writes_nothing() -> None:
    assert outbox.owe([], at=AT) == []

    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_what_is_owed_keeps_the_given_time_and_lane() -> None:
    outbox.owe([Owed(lamps.note, {"lamp": "north"}, "lamp:north")], at=datetime(2026, 1, 1, tzinfo=UTC))

    delivery = Delivery.objects.get()
    assert (delivery.created_at, delivery.due_at) == (datetime(2026, 1, 1, tzinfo=UTC),) * 2
    assert (delivery.lane, delivery.record) == ("lamp:north", None)

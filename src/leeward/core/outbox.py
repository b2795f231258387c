"""The rows behind Django's Tasks API: a task is enqueued by writing its `Delivery` in the caller's own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.tasks import Task, TaskResult, TaskResultStatus
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.exceptions import TaskResultDoesNotExist
from django.utils import timezone
from django.utils.module_loading import import_string

from leeward.core import rows, wakeups
from leeward.core.models import Delivery, Record

_STATUS = {
    Delivery.State.OWED: TaskResultStatus.READY,
    Delivery.State.RUNNING: TaskResultStatus.RUNNING,
    Delivery.State.DONE: TaskResultStatus.SUCCESSFUL,
    Delivery.State.PARKED: TaskResultStatus.FAILED,
}


@dataclass(frozen=True)
class Owed:
    """One task to be owed, with its keyword arguments, its lane, and the case that it is about where there is one."""

    task: Task[..., Any]
    arguments: dict[str, Any] = field(default_factory=dict)
    lane: str = ""
    about: str = ""


def owe(what: Sequence[Owed], *, at: datetime, record: Record | None = None) -> list[Delivery]:
    """Write one `Delivery` each, due now or when the task says. Rolls back with the caller's transaction."""
    deliveries = [
        Delivery(
            record=record,
            task=owed.task.module_path,
            arguments=owed.arguments,
            lane=owed.lane,
            about=owed.about,
            created_at=at,
            due_at=owed.task.run_after or at,
        )
        for owed in what
    ]
    for delivery in deliveries:
        rows.insert(delivery)
    return deliveries


def task_of(delivery: Delivery) -> Task[..., Any]:
    """Return the task that a delivery names."""
    task: Task[..., Any] = import_string(delivery.task)
    return task


class DeliveryBackend(BaseTaskBackend):
    """`django.tasks` over `Delivery` rows: transactional, leased, retried, parked after the last try."""

    supports_defer = True
    supports_get_result = True

    def enqueue(  # type: ignore[override]  # the base is generic over the task's own arguments, which rows cannot be
        self, task: Task[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
    ) -> TaskResult[..., Any]:
        """Owe a task. Positional arguments are refused, because a row that is read years later should say what they mean."""
        self.validate_task(task)
        if args:
            raise TypeError(f"{task.name}: pass keyword arguments")
        [delivery] = owe([Owed(task, kwargs)], at=timezone.now())
        wakeups.ring()
        return self._result(delivery)

    def get_result(self, result_id: str) -> TaskResult[..., Any]:
        try:
            return self._result(Delivery.objects.get(uid=result_id))
        except (Delivery.DoesNotExist, ValidationError):
            raise TaskResultDoesNotExist(result_id) from None

    def _result(self, delivery: Delivery) -> TaskResult[..., Any]:
        return TaskResult(
            task=task_of(delivery),
            id=str(delivery.uid),
            status=_STATUS[Delivery.State(delivery.state)],
            enqueued_at=delivery.created_at,
            started_at=None,
            finished_at=delivery.finished_at,
            last_attempted_at=None,
            args=[],
            kwargs=delivery.arguments,
            backend=self.alias,
            errors=[],
            worker_ids=[str(number) for number in range(delivery.attempts)],
        )

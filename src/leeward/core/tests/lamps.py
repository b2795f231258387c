"""A small world for the tests of core: a lighthouse keeper lights lamps, and some things follow from that."""

from __future__ import annotations

import dataclasses
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from django.tasks import task
from pytest_django import Settings

from leeward.core import facts, worker
from leeward.core.config import Jobs
from leeward.core.models import Delivery, Record

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
# A made-up word that stands for something personal: wherever it turns up outside, something leaked.
CANARY = "quillowmere-7731"

noted: list[str] = []
was_noted = threading.Event()


@dataclass(frozen=True)
class LampLit:
    """A fact of this world."""

    lamp: str
    colour: str = "green"


class LampBroken(Exception):
    """A reaction cannot be done; its text holds what no log may hold."""


@task
def note(lamp: str) -> None:
    noted.append(lamp)
    was_noted.set()


@task
def note_colour(lamp: str, colour: str) -> None:
    noted.append(f"{lamp} {colour}")


@task
def break_down(lamp: str) -> None:
    raise LampBroken(f"{lamp} {CANARY}")


@task
def wait_for_dusk(lamp: str) -> None:
    raise worker.Later(wait_s=60)


@task
def measure(lamp: str, height: int) -> None:
    raise AssertionError("nobody can give the height")


def light(lamp: str, *, at: datetime = AT, span: int = 1) -> Record:
    """Announce that a lamp was lit."""
    return facts.announce(LampLit(lamp), actor="system", at=at, span=span)


def owed(lamp: str = "north", *, task: object = note, lane: str = "", due_at: datetime = AT) -> Delivery:
    """Write one delivery that is owed."""
    return Delivery.objects.create(
        task=task.module_path,  # type: ignore[attr-defined]  # one of the tasks above
        arguments={"lamp": lamp},
        lane=lane,
        created_at=due_at,
        due_at=due_at,
    )


def use_jobs(settings: Settings, jobs: Jobs) -> None:
    """Put other job settings in force for one test."""
    settings.LEEWARD = dataclasses.replace(settings.LEEWARD, jobs=jobs)


def use_master_keys(settings: Settings, entries: str) -> None:
    """Put other master keys in force for one test."""
    storage = dataclasses.replace(settings.LEEWARD.storage, master_keys=entries)
    settings.LEEWARD = dataclasses.replace(settings.LEEWARD, storage=storage)

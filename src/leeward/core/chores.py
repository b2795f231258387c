"""Work of the clock: named chores, each run by one worker at a time when it is due."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from leeward.core.models import Chore

log = logging.getLogger("leeward.chores")


@dataclass(frozen=True)
class Every:
    """A function that takes the time, and how long to wait between two runs of it."""

    seconds: float
    run: Callable[[datetime], object]

    @property
    def name(self) -> str:
        return f"{self.run.__module__}.{self.run.__name__}"


_chores: list[Every] = []


def every(seconds: float, run: Callable[[datetime], object]) -> None:
    """State a chore. Only `site/loop.py` calls this."""
    _chores.append(Every(seconds, run))


def stated() -> list[Every]:
    """Return what was stated."""
    return list(_chores)


def run_due(*, at: datetime) -> None:
    """Run each chore that is due and that no other worker has claimed. One that fails is logged and comes again."""
    for chore in _chores:
        if not _claim(chore, at=at):
            continue
        try:
            chore.run(at)
        except Exception as error:  # noqa: BLE001  # the worker's isolation point: one broken chore must not stop deliveries
            log.error("chore failed", extra={"task": chore.name, "error": type(error).__qualname__})


def _claim(chore: Every, *, at: datetime) -> bool:
    next_at = at + timedelta(seconds=chore.seconds)
    if Chore.objects.filter(name=chore.name).exists():
        if not Chore.objects.filter(name=chore.name, next_at__lte=at).exists():
            return False
        return bool(Chore.objects.filter(name=chore.name, next_at__lte=at).update(next_at=next_at))
    return Chore.objects.get_or_create(name=chore.name, defaults={"next_at": next_at})[1]

"""Alive and ready are two answers: alive means that the process answers, ready means that every promise can be kept now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from leeward.core import worker
from leeward.core.models import Delivery, Record

STALE_AFTER = timedelta(seconds=30)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: its name, whether it is well, and a sentence with the next step where it is not."""

    name: str
    is_well: bool
    words: str


type Probe = Callable[[datetime], Finding]
_probes: list[Probe] = []


def watch(*probes: Probe) -> None:
    """Add probes to readiness. Only `site/loop.py` calls this."""
    _probes.extend(probes)


def findings(*, at: datetime) -> list[Finding]:
    """Look at everything now."""
    return [probe(at) for probe in (parked, overdue, unstamped, *_probes)]


def parked(at: datetime) -> Finding:
    count = Delivery.objects.filter(state=Delivery.State.PARKED).count()
    return Finding(
        "parked deliveries",
        count == 0,
        f"{count} parked; look at /operator/deliveries/ and owe them again" if count else "none",
    )


def overdue(at: datetime) -> Finding:
    late = worker.late(at=at - STALE_AFTER)
    return Finding(
        "worker",
        late == 0,
        f"{late} deliveries wait for over 30 s; is `leeward worker` running?" if late else "keeps up",
    )


def unstamped(at: datetime) -> Finding:
    late = Record.objects.filter(position=None, at__lt=at - STALE_AFTER).count()
    return Finding(
        "sequencer",
        late == 0,
        f"{late} records wait for over 30 s; is `leeward sequencer` running?" if late else "keeps up",
    )

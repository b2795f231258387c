"""Give a partner what it may see in files, and take its files: what goes over the network elsewhere, carried by hand.

How far both went is kept in the data folder. A file is planned there before it is written, so a run that was cut off is
followed by one that writes the same versions under the same number: that number may have been carried away already.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from django.db import transaction

from leeward.core import config
from leeward.engines.stix import taxii
from leeward.exchange.intake import services as intake
from leeward.exchange.intake.models import Received
from leeward.exchange.partners.models import Partner
from leeward.exchange.shapes import folder as folders
from leeward.exchange.shapes.taking import Taken
from leeward.exchange.shelf import services

_ALL = (taxii.Version.ALL,)


@dataclass(frozen=True, slots=True)
class Marks:
    """How far a partner's folder went. `planned` is the place up to which the next number goes, or 0 where none is begun."""

    given: int = 0
    reached: int = 0
    planned: int = 0
    taken: int = 0


def marks_of(partner: Partner) -> Marks:
    """Return the marks of a partner; those of the beginning where nothing was ever carried."""
    try:
        return Marks(**json.loads(_file(partner).read_bytes()))
    except FileNotFoundError:
        return Marks()


def _keep(partner: Partner, marks: Marks) -> Marks:
    path = _file(partner)
    path.parent.mkdir(parents=True, exist_ok=True)
    folders.put(path, json.dumps(asdict(marks)).encode())
    return marks


def _file(partner: Partner) -> Path:
    return config.current().server.data_dir / "exchange-folders" / f"{partner.uid}.json"


def give(partner: Partner, folder: Path, *, sender: str) -> list[folders.Manifest]:
    """Write what a partner may see and was not given yet, and return the manifests. Where nothing is new, nothing is written."""
    marks, written = marks_of(partner), []
    while (items := _items(partner, marks)) or marks.planned:
        # A number that was planned is written even where nothing of it may be shown any more: it may have been carried away.
        marks = marks if marks.planned else _keep(partner, replace(marks, planned=items[-1].place))
        bodies = [item.body for item in items]
        written.append(folders.write(folder, bodies, number=marks.given + 1, sender=sender))
        marks = _keep(partner, replace(marks, given=marks.given + 1, reached=marks.planned, planned=0))
    return written


def _items(partner: Partner, marks: Marks) -> tuple[services.Item, ...]:
    filters = taxii.Filters(next_position=marks.reached, limit=folders.OBJECTS_MAX, versions=_ALL)
    items = services.page(partner, filters=filters).items
    return tuple(item for item in items if not marks.planned or item.place <= marks.planned)


def take(partner: Partner, folder: Path, *, lost: int, at: datetime) -> tuple[list[int], Taken]:
    """Take the numbers that come next, each once, and return them with what became of their objects.

    `lost` is a number up to which missing files are given up, or 0. Raises `folders.Gap`, `folders.Changed` and `Unreadable`;
    what came before the file at fault is taken then.
    """
    marks, numbers, taken = marks_of(partner), [], Taken()
    if lost > marks.taken:
        marks = _keep(partner, replace(marks, taken=lost))
    for number in folders.waiting(folder, taken=marks.taken):
        _, objects = folders.read(folder, number)
        with transaction.atomic():
            states = [intake.take(partner, octets, at=at).state for octets in objects]
        # Noted after the commit: a run that was cut off between takes the file again, which has no effect.
        marks = _keep(partner, replace(marks, taken=number))
        numbers.append(number)
        refused = sum(state == Received.State.REFUSED for state in states)
        taken += Taken(sum(state is not None for state in states) - refused, refused)
    return numbers, taken

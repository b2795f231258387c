"""The slot `leeward.action_targets`: other ways to have an order carried out than a signed webhook.

The operator names the targets in use; each of them is given the orders of every provider that it serves.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol, runtime_checkable

from leeward.cases.models import Measure, Undo
from leeward.core import config

ACTION_TARGETS_GROUP = "leeward.action_targets"

# What an import or a constructor of somebody else's package was seen to raise.
_LOAD_FAULTS = (ImportError, AttributeError, SyntaxError, TypeError, ValueError, LookupError, OSError, RuntimeError)


class Answer(enum.Enum):
    """How a target answers an order. What cannot be answered now is raised as `NotCarriedOut` instead."""

    TAKEN = "taken"  # It will be done; nobody says when.
    DONE = "done"
    COULD_NOT = "could not"  # Trying again would not help; a person must look.


class NotCarriedOut(Exception):
    """A target cannot be reached now. The order is tried again with growing waits; look at the target if it goes on."""


class ActionTargetDidNotLoad(Exception):
    """A target in use cannot be used. Do what the message says, or take its name out of the setting."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{ACTION_TARGETS_GROUP}: {name}: {problem}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Order:
    """One order, as a system of the provider is given it. It holds no content and nothing about who reported it.

    `uid` is the same over all tries, and one `uid` has one effect. Of two orders about one item the one with the higher
    `sequence` is the later one. `author_id` and `ends_at` are empty where nobody said.
    """

    uid: str
    kind: Measure | Undo
    sequence: int
    provider: str
    item_id: str
    item_kind: str
    author_id: str
    case: str
    reason: str
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderExample:
    """Give a made-up order and the answer that the target must give to it."""

    order: Order
    answer: Answer


@runtime_checkable
class ActionTarget(Protocol):
    """Have orders carried out. Built without arguments by `in_use`; asked by several threads at once."""

    @property
    def name(self) -> str:
        """Return the name under which the target is registered."""

    def serves(self, provider: str) -> bool:
        """Return whether the orders about this provider's items, by its short name, are for this target."""

    def carry_out(self, order: Order) -> Answer:
        """Carry out one order; the same one again has no further effect. Raises `NotCarriedOut`."""

    def examples(self) -> Sequence[OrderExample]:
        """Return at least one made-up order and its answer; the shared test of the slot runs them."""


class FolderTarget:
    """Lay each order as a JSON file into a folder, from which other tools take them.

    A file appears whole or not at all and is named by its sequence and id, so that names sort in the order of events.
    """

    name = "folder"

    def serves(self, provider: str) -> bool:
        return bool(provider)

    def carry_out(self, order: Order) -> Answer:
        folder = config.current().server.data_dir / "orders"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _lay(folder / f"{order.sequence:012d}-{order.uid}.json", order)
        except OSError as error:
            # The exception's text holds a path; only its kind goes on.
            raise NotCarriedOut(type(error).__name__) from None
        return Answer.TAKEN

    def examples(self) -> Sequence[OrderExample]:
        made_up = Order(
            uid="0b1c2d3e-0000-4000-8000-000000000001",
            kind=Measure.REMOVE,
            sequence=1,
            provider="harbour",
            item_id="photo-7",
            item_kind="photo",
            author_id="",
            case="0B1C2D3E",
            reason="bullying",
        )
        back = dataclasses.replace(made_up, uid="0b1c2d3e-0000-4000-8000-000000000002", kind=Undo.RESTORE, sequence=2)
        return [OrderExample(made_up, Answer.TAKEN), OrderExample(back, Answer.TAKEN)]


def _lay(place: Path, order: Order) -> None:
    values = dataclasses.asdict(order) | {"ends_at": order.ends_at.isoformat() if order.ends_at else None}
    written = place.with_suffix(".tmp")
    with written.open("w", encoding="utf-8") as file:
        json.dump(values, file)
        file.flush()
        os.fsync(file.fileno())
    written.replace(place)


def in_use() -> Mapping[str, ActionTarget]:
    """Return the targets that the operator named. Raises `ActionTargetDidNotLoad` for the first that cannot be used.

    One that is left out in silence would let people believe that orders are carried out, so it stops the start.
    """
    return _loaded(config.current().desk.action_targets)


@cache
def _loaded(names: tuple[str, ...]) -> Mapping[str, ActionTarget]:
    return {name: _load(name) for name in names}


def _load(name: str) -> ActionTarget:
    entry = _entry(name)
    try:
        target: object = entry.load()()
    except _LOAD_FAULTS as fault:
        raise ActionTargetDidNotLoad(name, _repair(entry, f"it raised {type(fault).__name__}")) from fault
    if not isinstance(target, ActionTarget):
        raise ActionTargetDidNotLoad(name, _repair(entry, "it has no name, serves, carry_out or examples"))
    if target.name != name:
        raise ActionTargetDidNotLoad(name, _repair(entry, "it is registered under another name than its own"))
    return target


def _entry(name: str) -> EntryPoint:
    entries = entry_points(group=ACTION_TARGETS_GROUP)
    named = [entry for entry in entries if entry.name == name]
    if len(named) == 1:
        return named[0]
    if named:
        packages = " and ".join(sorted(entry.value for entry in named))
        raise ActionTargetDidNotLoad(name, f"the name is taken twice, by {packages}; uninstall one of the packages")
    known = ", ".join(sorted(entries.names)) or "none"
    raise ActionTargetDidNotLoad(name, f"no package registers it; install its package, or name one of: {known}")


def _repair(entry: EntryPoint, problem: str) -> str:
    return f"{entry.value}: {problem}; repair or uninstall its package"

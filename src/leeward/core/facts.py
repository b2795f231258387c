"""Announce a fact: one `Record` and one `Delivery` for each reaction owed, in the transaction that makes it true."""

from __future__ import annotations

import dataclasses
import inspect
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import connection, transaction
from django.tasks import Task

from leeward.core import faults, outbox, rows, wakeups
from leeward.core.models import Record

log = logging.getLogger("leeward.facts")


class AnnouncedOutsideTransaction(Exception):
    """A fact was announced with no transaction open: wrap the service function in `transaction.atomic`."""


class ReactionDoesNotFit(Exception):
    """A reaction asks for an argument that its fact does not have: rename the argument or add the field to the fact."""


@dataclass(frozen=True)
class Reaction:
    """One thing that follows from a fact: the task, its words for people, and the lane that keeps it in order.

    `when` says for which facts of its kind there is anything to do; without it, for all. One that is done `at_once` is a part
    of the transaction that announces the fact; where it fails there, it is owed like any other and the fact stands.
    """

    task: Task[..., Any]
    words: str
    lane: Callable[[Any], str] | None = None
    when: Callable[[Any], bool] | None = None
    at_once: bool = False

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return tuple(inspect.signature(self.task.func).parameters)


_reactions: dict[type, list[Reaction]] = {}


def kind_of(fact: type) -> str:
    """Return the name under which a fact is recorded, such as `cases.DecisionConfirmed`."""
    return f"{fact.__module__.split('.')[-2]}.{fact.__name__}"


def follow(fact: type, *reactions: Reaction) -> None:
    """State what follows from a fact. Only `site/loop.py` calls this; `ReactionDoesNotFit` stops the start."""
    fields = {field.name for field in dataclasses.fields(fact)}
    for reaction in reactions:
        if missing := set(reaction.parameters) - fields:
            raise ReactionDoesNotFit(
                f"{reaction.task.module_path} asks for {sorted(missing)}, which {kind_of(fact)} does not have"
            )
    _reactions[fact] = list(reactions)


def followed() -> dict[type, list[Reaction]]:
    """Return everything that was stated, for `leeward loop` and the tests."""
    return dict(_reactions)


def announce(fact: Any, *, actor: str, at: datetime, span: int = 1) -> Record:
    """Record a fact and owe what follows from it. Call it as the last line of a service, inside its transaction.

    `fact` is a frozen dataclass of ids, digests, numbers and short words; `actor` is `user:ID`, `partner:SLUG` or `system`.
    `span` is how many positions the fact takes: one for each row of a bulk import. Nothing leaves before the commit.
    """
    if not connection.in_atomic_block:
        raise AnnouncedOutsideTransaction(kind_of(type(fact)))
    values = dataclasses.asdict(fact)
    record = Record(kind=kind_of(type(fact)), facts=values, actor=actor, at=at, span=span)
    rows.insert(record)
    outbox.owe(list(_left_owed(fact, values)), record=record, at=at)
    faults.point("announce.before_commit")
    wakeups.ring()
    return record


def _left_owed(fact: Any, values: dict[str, Any]) -> Iterator[outbox.Owed]:
    for reaction in _reactions.get(type(fact), []):
        if reaction.when is not None and not reaction.when(fact):
            continue
        arguments = {name: values[name] for name in reaction.parameters}
        if not (reaction.at_once and _is_done(reaction, arguments)):
            lane = reaction.lane(fact) if reaction.lane else ""
            yield outbox.Owed(reaction.task, arguments, lane, about=values.get("case_uid", ""))


def _is_done(reaction: Reaction, arguments: dict[str, Any]) -> bool:
    try:
        with transaction.atomic():
            reaction.task.call(**arguments)
    except Exception as error:  # noqa: BLE001  # the worker's isolation, one step earlier: what failed here is owed there
        log.warning("not done at once", extra={"task": reaction.task.module_path, "error": type(error).__qualname__})
        return False
    return True

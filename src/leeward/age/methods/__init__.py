"""The methods that are registered, each under its own name. One that does not load stops the start."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from leeward.age.methods.protocol import Again, Example, Method, NextStep, Outcome, SetUp, State, Step

__all__ = [
    "AGE_METHODS_GROUP",
    "Again",
    "Example",
    "Method",
    "MethodDidNotLoad",
    "NextStep",
    "Outcome",
    "SetUp",
    "State",
    "Step",
    "registered",
]

AGE_METHODS_GROUP = "leeward.age_methods"
_LOAD_FAULTS = (ImportError, AttributeError, TypeError, ValueError)


class MethodDidNotLoad(Exception):
    """A registered method cannot be used: repair or uninstall the package that the message names, then start again."""

    def __init__(self, entry: EntryPoint, problem: str) -> None:
        super().__init__(
            f"{AGE_METHODS_GROUP}: {entry.name} = {entry.value}: {problem}; repair or uninstall its package"
        )


@cache
def registered() -> Mapping[str, Method]:
    """Return every registered method under its id, the surest first; raises `MethodDidNotLoad`."""
    methods: dict[str, Method] = {}
    for entry in entry_points(group=AGE_METHODS_GROUP):
        if entry.name in methods:
            raise MethodDidNotLoad(entry, "the name is taken twice")
        methods[entry.name] = _load(entry)
    return dict(sorted(methods.items(), key=lambda item: (-item[1].top_level, item[0])))


def _load(entry: EntryPoint) -> Method:
    try:
        method: object = entry.load()()
    except _LOAD_FAULTS as fault:
        raise MethodDidNotLoad(entry, f"it raised {type(fault).__name__}") from fault
    if not isinstance(method, Method):
        raise MethodDidNotLoad(entry, "it lacks something that a method must have")
    if method.id != entry.name:
        raise MethodDidNotLoad(entry, "it is registered under another name than its own")
    return method

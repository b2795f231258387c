"""The slot `leeward.hashers`: other ways to turn a file into a value that a list can hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, runtime_checkable

HASHERS_GROUP = "leeward.hashers"

# What an import or a constructor of somebody else's package was seen to raise.
_LOAD_FAULTS = (ImportError, AttributeError, SyntaxError, TypeError, ValueError, LookupError, OSError, RuntimeError)


@dataclass(frozen=True, slots=True)
class HasherExample:
    """Give a harmless file and the value that the hasher must return for it."""

    data: bytes
    value: str


@runtime_checkable
class Hasher(Protocol):
    """Turn a file into the text by which lists know it. Built without arguments by `load_hashers`."""

    @property
    def name(self) -> str:
        """Return the name under which the hasher is registered."""

    def value_of(self, data: bytes) -> str:
        """Return the value of a file. Raises PictureRefused when it has none."""

    def examples(self) -> Sequence[HasherExample]:
        """Return at least one harmless file and its value; the shared test of the slot runs them."""


class HasherDidNotLoad(Exception):
    """Tell that a registered hasher cannot be used. Repair or uninstall the package that it names, then start again."""

    def __init__(self, entry: EntryPoint, problem: str) -> None:
        super().__init__(f"{HASHERS_GROUP}: {entry.name} = {entry.value}: {problem}; repair or uninstall its package")
        self.entry = entry


def load_hashers() -> Mapping[str, Hasher]:
    """Return every registered hasher under its name. Raises HasherDidNotLoad for the first that does not load.

    A hasher that is left out in silence would let known files pass, so one that fails stops the start.
    """
    hashers: dict[str, Hasher] = {}
    for entry in entry_points(group=HASHERS_GROUP):
        if entry.name in hashers:
            raise HasherDidNotLoad(entry, "the name is taken twice")
        hashers[entry.name] = _load(entry)
    return hashers


def _load(entry: EntryPoint) -> Hasher:
    try:
        hasher: object = entry.load()()
    except _LOAD_FAULTS as fault:
        raise HasherDidNotLoad(entry, f"it raised {type(fault).__name__}") from fault
    if not isinstance(hasher, Hasher):
        raise HasherDidNotLoad(entry, "it has no name, value_of or examples")
    if hasher.name != entry.name:
        raise HasherDidNotLoad(entry, "it is registered under another name than its own")
    return hasher

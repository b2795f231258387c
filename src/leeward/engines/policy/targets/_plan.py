"""What a target has to say: which names are closed with all below, and which are open whatever is closed above them."""

from collections.abc import Iterable
from dataclasses import dataclass

from leeward.engines.policy import _names as names


@dataclass(frozen=True, slots=True)
class Plan:
    """Names in order. `closed` names none below another one of it and none that is open; `opened` keeps all below it open."""

    closed: tuple[str, ...]
    opened: tuple[str, ...]


def plan(closed: Iterable[str], *, never: Iterable[str]) -> Plan:
    """Return the fewest rows that mean the same. All names are normalised; those of `never` are open with all below."""
    opened = frozenset(never)
    listed = frozenset(closed)
    return Plan(
        closed=tuple(sorted(name for name in listed if _is_needed(name, listed=listed, opened=opened))),
        opened=tuple(sorted(name for name in opened if not opened.intersection(_above(name)))),
    )


def _is_needed(name: str, *, listed: frozenset[str], opened: frozenset[str]) -> bool:
    return name not in opened and not any(parent in listed or parent in opened for parent in _above(name))


def _above(name: str) -> Iterable[str]:
    return names.suffixes(name.partition(".")[2])

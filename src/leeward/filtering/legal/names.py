"""The names of an order as somebody pasted or sent them: one a line, each fault with its line and column."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from leeward.core import never
from leeward.engines import policy
from leeward.engines.policy import lists
from leeward.engines.policy.lists import Fault

log = logging.getLogger("leeward.filtering")
NAMES_MAX = 20_000  # Sealing so many takes about a second, in which nobody else writes to SQLite.
FAULTS_SHOWN = 50
_PROTECTED = (
    "Nobody may close this name, or a name below it: help must stay within reach. Leave it out, and tell the authority."
)
_TOO_MANY = f"One order names at most {NAMES_MAX:,} names; enter the rest as a second one."


@dataclass(frozen=True, slots=True)
class Names:
    """What was read. An order is taken whole or not at all, so where there is a fault nothing is taken."""

    names: tuple[str, ...]
    faults: tuple[Fault, ...]
    # So many lines ask for names that nobody may close.
    protected_count: int


def read(text: bytes) -> Names:
    """Return the names of a text in UTF-8, each once, in its order, and the first faults."""
    names: dict[str, None] = {}
    faults: list[Fault] = []
    protected_count, protected = 0, never.names()
    for number, line in enumerate(text.split(b"\n"), start=1):
        # Line by line, because a name that must stay reachable is refused with the line that asks for it.
        reading = lists.read([line], format=lists.Format.DOMAINS)
        found = [row.name for row in reading]
        wrong = [Fault(number, fault.column, fault.what) for fault in (*reading.faults, *reading.left_out)]
        if found and policy.is_protected(found[0], never_block=protected):
            protected_count += 1
            wrong.append(Fault(number, len(line) - len(line.lstrip()) + 1, _PROTECTED))
        names |= dict.fromkeys(found)
        if len(names) > NAMES_MAX:
            wrong.append(Fault(number, 1, _TOO_MANY))
        faults += wrong
        if len(faults) >= FAULTS_SHOWN:
            break
    if protected_count:
        log.error("a legal order asks for names that nobody may close", extra={"count": protected_count})
    return Names(tuple(names), tuple(faults[:FAULTS_SHOWN]), protected_count)

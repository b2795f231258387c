"""Whether filtering keeps its promise now."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from leeward.core import following
from leeward.core.health import Finding
from leeward.engines import policy
from leeward.filtering.family import facts as family_facts
from leeward.filtering.family import rows as family_rows
from leeward.filtering.family import state as family_state
from leeward.filtering.lists import listing
from leeward.filtering.reading import reader
from leeward.indicators import services as indicators
from leeward.indicators.models import Kind

NAME = "network policy"
FAMILIES = "families' policy"
_WAIT_S = 2.0
# Names of millions take some seconds to make, and as long again where others came meanwhile.
_NAMES_WAIT_S = 300.0
# The windows of a profile are reckoned for a week and anew each day.
_BAKED_S = 2 * 86_400.0
_ROOM_BYTES = 1 << 20


def table_follows(at: datetime) -> Finding:
    """Well where no change of a host name waits for the table."""
    table = reader()
    if not isinstance(table, policy.Reader):
        return Finding(NAME, False, "no table is compiled yet; is `leeward policy` running?")
    waiting = indicators.since(table.position, kinds=[Kind.DOMAIN], most=1)
    if waiting and (at - waiting[0].added_at).total_seconds() > 2:
        return Finding(NAME, False, "a change waits for over 2 s; is `leeward policy` running?")
    return Finding(NAME, True, "follows the signs")


def family_follows(at: datetime) -> Finding:
    """Well where nothing that a family changed waits for the tables, no list does for long, and no bedtime runs out soon."""
    place = family_state.folder()
    state = family_state.read(place)
    if state is None:
        is_needed = place.exists() or family_rows.is_anything()
        return _not_yet(place) if is_needed else Finding(FAMILIES, True, "no family and no list yet")
    if _waits(state.position, family_facts.KINDS, at=at) > _WAIT_S:
        return Finding(FAMILIES, False, f"a change waits for over 2 s; {_why(place)}")
    if _waits(state.names_position, family_facts.NAMES, at=at) > _NAMES_WAIT_S:
        lost = listing.in_force().lost
        why = f"{lost} files of lists are not on this machine; fetch these lists anew" if lost else _why(place)
        return Finding(FAMILIES, False, f"names of a list wait for over 5 minutes; {why}")
    if state.baked_until_s is not None and state.baked_until_s - at.timestamp() < _BAKED_S:
        return Finding(FAMILIES, False, f"bedtimes of some families are not reckoned anew; {_why(place)}")
    return Finding(FAMILIES, True, "follows the families")


def _not_yet(place: Path) -> Finding:
    return Finding(FAMILIES, False, f"no tables of the families yet; {_why(place)}")


def _waits(position: int, kinds: tuple[str, ...], *, at: datetime) -> float:
    """Return for how many seconds the first fact of these kinds after a position has waited."""
    waiting = following.since(position, kinds=kinds, most=1)
    stamped_at = waiting[0].stamped_at if waiting else None
    return (at - stamped_at).total_seconds() if stamped_at else 0.0


def _why(place: Path) -> str:
    is_full = shutil.disk_usage(place.parent).free < _ROOM_BYTES
    return "the disk of the data folder is full; make room" if is_full else "is `leeward policy` running?"

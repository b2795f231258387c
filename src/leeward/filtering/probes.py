"""Whether filtering keeps its promise now."""

from __future__ import annotations

from datetime import datetime

from leeward.core.health import Finding
from leeward.engines import policy
from leeward.filtering import compiler
from leeward.filtering.reading import reader
from leeward.indicators import services as indicators
from leeward.indicators.models import Kind

NAME = "network policy"


def table_follows(at: datetime) -> Finding:
    """Well where no change of a host name waits for the table."""
    table = reader(compiler.table_path())
    if not isinstance(table, policy.Reader):
        return Finding(NAME, False, "no table is compiled yet; is `leeward policy` running?")
    waiting = indicators.since(table.position, kinds=[Kind.DOMAIN], most=1)
    if waiting and (at - waiting[0].added_at).total_seconds() > 2:
        return Finding(NAME, False, "a change waits for over 2 s; is `leeward policy` running?")
    return Finding(NAME, True, "follows the signs")

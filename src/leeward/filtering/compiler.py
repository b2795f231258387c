"""Follow the signs of host names by position and keep the compiled table, which the resolver reads, at their state."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection
from pathlib import Path

from django.db import connection
from django.db.models import Q

from leeward.core import never, wakeups
from leeward.core.faults import point
from leeward.engines import policy
from leeward.filtering.legal import plane as legal_plane
from leeward.filtering.reading import table_path
from leeward.indicators import services as indicators
from leeward.indicators.models import Change, Indicator, Kind, Stamped

log = logging.getLogger("leeward.filtering")
_IDLE_S = 1.0


class Compiler:
    """The one writer of the table. Opens the last good one, or compiles a new one from the signs in force."""

    def __init__(self, path: Path) -> None:
        try:
            self._writer = policy.Writer.open(path)
        except (policy.TableMissing, policy.BadTable):
            self._writer = _compiled(path)
        self._protected = never.names()
        self._open(self._protected)
        self._orders = legal_plane.Orders()
        self._orders.catch_up(self._writer)
        # How far the log was read; the stored position moves with our own changes only, because storing it costs two syncs.
        self._seen = self._writer.position

    def _open(self, names: frozenset[str]) -> None:
        """Lift what the table blocks and must not any more, because somebody put it on the never-block list."""
        if count := self._writer.lift(names):
            log.error("block lifted: the name is protected now", extra={"count": count})

    @property
    def position(self) -> int:
        """The position up to which the table follows the change log."""
        return self._writer.position

    def catch_up(self) -> int:
        """Take in everything that was stamped since, and return the number of changes."""
        count, head = 0, indicators.head()
        if head == self._seen:
            return 0
        self._follow_protected(never.names())
        while changes := indicators.since(self._seen, kinds=[Kind.DOMAIN]):
            for change in changes:
                self._apply(change)
            point("policy.before_advance")
            self._writer.advance(changes[-1].position)
            self._seen = changes[-1].position
            count += len(changes)
        count += self._orders.catch_up(self._writer)
        self._seen = max(self._seen, head)
        return count

    def _follow_protected(self, protected: frozenset[str]) -> None:
        """Open what is protected now, and close again what our own signs and the law close and is protected no longer."""
        before, self._protected = self._protected, protected
        if new := protected - before:
            self._open(new)
        if no_longer := before - protected:
            closed = indicators.in_force([Kind.DOMAIN]).filter(_closes_any(no_longer))
            for pk, value in closed.values_list("pk", "value"):
                self._block(pk, value, position=self._seen)
            # The law's own look at everything finds what it had to leave open.
            self._orders = legal_plane.Orders()

    def _apply(self, change: Stamped) -> None:
        indicator = change.indicator
        if change.op != Change.Op.PUBLISH or indicator.state != Indicator.State.ACTIVE:
            self._writer.unblock(indicator.pk)
            return
        self._block(indicator.pk, indicator.value, position=change.position)

    def _block(self, pk: int, name: str, *, position: int) -> None:
        try:
            self._writer.block(_entry(pk, name), never_block=self._protected)
            self._orders.put_before(self._writer, name)
        except (policy.NeverBlocked, policy.PublicSuffix, policy.NotAHostName) as error:
            _refused(position, error)

    def close(self) -> None:
        """Let another process write the table."""
        self._writer.close()


def _entry(pk: int, name: str) -> policy.Entry:
    return policy.Entry(name, policy.Reason.operator_block, pk)


def _closes_any(names: Collection[str]) -> Q:
    """Find the names whose block would close one of these or something below it: each itself, its parents, what is below."""
    found = Q(value__in={parent for name in names for parent in policy.suffixes(name)})
    for name in names:
        found |= Q(value__endswith=f".{name}")
    return found


def _refused(position: int, error: Exception) -> None:
    # A name that must stay reachable is not blocked whoever asked for it; the operator is told which change asked.
    log.error("name not blocked", extra={"position": position, "error": type(error).__name__})


def _compiled(path: Path) -> policy.Writer:
    position, protected, entries = indicators.head(), never.names(), []
    for pk, value in indicators.in_force([Kind.DOMAIN]).values_list("pk", "value").iterator():
        try:
            policy.blockable(value, never_block=protected)
        except (policy.NeverBlocked, policy.PublicSuffix, policy.NotAHostName) as error:
            _refused(position, error)
            continue
        entries.append(_entry(pk, value))
    # After our own decisions, because the newest entry of a name is the one that answers, and the law answers first.
    entries += legal_plane.entries()
    path.parent.mkdir(parents=True, exist_ok=True)
    return policy.Writer.create(path, entries, position=position, never_block=protected)


def run(stop: threading.Event) -> None:
    """Follow until told to stop."""
    with wakeups.bell(rest_s=wakeups.FOLLOWERS_REST_S) as bell:
        compiler = Compiler(table_path())
        try:
            while not stop.is_set():
                compiler.catch_up()
                bell.wait(_IDLE_S)
        finally:
            compiler.close()
            connection.close()

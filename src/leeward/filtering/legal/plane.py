"""Legal orders in the compiled table: the names of each order in force, whatever was there before."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress

from leeward.core import never
from leeward.engines import policy
from leeward.filtering.legal.models import LegalName, LegalOrder

log = logging.getLogger("leeward.filtering")
# The key of an indicator is a signed 64-bit number, so the upper half of the table's unsigned signs is free for names of
# orders. Each name has a sign of its own, so that one of them can be withdrawn alone.
FIRST_SIGN = 1 << 63


class Orders:
    """What the table knows of the orders. At first nothing, so the first look takes in all of them, which is harmless."""

    def __init__(self) -> None:
        self._states: dict[int, str] = {}
        self._signs: dict[str, set[int]] = {}

    def catch_up(self, writer: policy.Writer) -> int:
        """Close what orders in force name, open what lifted ones named, and return how many orders changed."""
        now = dict(LegalOrder.objects.values_list("pk", "state"))
        changed = [(pk, state) for pk, state in now.items() if self._states.get(pk) != state]
        for pk, state in changed:
            if state == LegalOrder.State.IN_FORCE:
                self._close(writer, pk)
            else:
                self._open(writer, pk)
        self._states = now
        return len(changed)

    def put_before(self, writer: policy.Writer, name: str) -> None:
        """Let an order, where one names `name`, answer before our own decision, which was just put in: the newest answers."""
        for sign in self._signs.get(name, ()):
            writer.unblock(sign)
            _block(writer, name, sign, never.names())

    def _close(self, writer: policy.Writer, order: int) -> None:
        refused, protected = 0, never.names()
        for pk, name in LegalName.objects.filter(order=order).values_list("pk", "name").iterator():
            if _block(writer, name, FIRST_SIGN + pk, protected):
                self._signs.setdefault(name, set()).add(FIRST_SIGN + pk)
            else:
                refused += 1
        if refused:
            log.error("names of a legal order stay open", extra={"task": f"order:{order}", "count": refused})

    def _open(self, writer: policy.Writer, order: int) -> None:
        for pk, name in LegalName.objects.filter(order=order).values_list("pk", "name").iterator():
            writer.unblock(FIRST_SIGN + pk)
            self._signs.get(name, set()).discard(FIRST_SIGN + pk)


def entries() -> Iterator[policy.Entry]:
    """Yield what orders in force close, for a table that is compiled anew."""
    rows = LegalName.objects.filter(order__state=LegalOrder.State.IN_FORCE).values_list("pk", "name")
    protected = never.names()
    for pk, name in rows.iterator():
        # The first look at the orders tells the operator of those that stay open.
        with suppress(policy.NeverBlocked, policy.PublicSuffix, policy.NotAHostName):
            policy.blockable(name, never_block=protected)
            yield policy.Entry(name, policy.Reason.censored, FIRST_SIGN + pk)


def _block(writer: policy.Writer, name: str, sign: int, protected: frozenset[str]) -> bool:
    """Close a name; False where it was put on the never-block list, or became a public suffix, after it was entered."""
    try:
        writer.block(policy.Entry(name, policy.Reason.censored, sign), never_block=protected)
    except (policy.NeverBlocked, policy.PublicSuffix, policy.NotAHostName):
        return False
    return True

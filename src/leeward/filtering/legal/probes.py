"""Whether what the law closes is closed now: the table is asked, not the database, which says only what should be."""

from __future__ import annotations

from datetime import datetime, timedelta

from leeward.core import never
from leeward.core.health import Finding
from leeward.engines import policy
from leeward.filtering.legal.models import LegalOrder, LegalStep
from leeward.filtering.legal.plane import FIRST_SIGN
from leeward.filtering.reading import reader

NAME = "legal orders"
WITHIN = timedelta(seconds=2)


def is_followed(order: LegalOrder) -> bool:
    """Say whether the table does what an order says, by the first of its names."""
    first = order.names.order_by("pk")[0]
    verdict = reader().decide(first.name)
    if not order.is_in_force:
        return verdict.sign != FIRST_SIGN + first.pk
    return verdict.blocked or _stays_open(first.name)


def _stays_open(name: str) -> bool:
    try:
        policy.blockable(name, never_block=never.names())
    except (policy.NeverBlocked, policy.PublicSuffix):
        return True
    return False


def orders_are_followed(at: datetime) -> Finding:
    """Well where the order that somebody changed last is closed, or open, as it says."""
    step = LegalStep.objects.select_related("order").order_by("-at", "-pk").first()
    if step is not None and at > step.at + WITHIN and not is_followed(step.order):
        return Finding(NAME, False, "the last change of an order is not in the table; is `leeward policy` running?")
    return Finding(NAME, True, "closed as they say")

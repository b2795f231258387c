"""Whether withdrawals arrive."""

from __future__ import annotations

from datetime import datetime, timedelta

from leeward.core import config
from leeward.core.health import Finding
from leeward.exchange.receipts import services as receipts

NAME = "withdrawals at partners"


def withdrawals_are_confirmed(at: datetime) -> Finding:
    """Well where no partner that confirms withdrawals has left one unconfirmed for longer than the operator allows."""
    late = receipts.late(older_than=timedelta(minutes=config.current().exchange.receipt_minutes), at=at)
    if not late:
        return Finding(NAME, True, "confirmed")
    who = len({one.partner.pk for one in late})
    words = f"{len(late)} not confirmed in time, by {who} partners; look at /exchange/withdrawals/ and ask them"
    return Finding(NAME, False, words)

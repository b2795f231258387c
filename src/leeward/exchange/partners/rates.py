"""How often a partner may ask: so many requests in each minute of the clock, and then it waits for the next one.

The counts lie in a folder that every web process of a machine shares, through Django's file cache; a lock beside them makes
many requests at once count as many. Web machines that share no data folder count each for itself.
"""

from __future__ import annotations

import math
from datetime import datetime

from django.core.cache.backends.filebased import FileBasedCache
from django.core.files import locks

from leeward.core import config
from leeward.exchange.partners.models import Partner

_MINUTE_S = 60
_KEPT_COUNTS = 10_000


def over_limit(partner: Partner, *, at: datetime) -> int | None:
    """Count one request of a partner, and return after how many seconds to try again where it was one too many.

    A request that is refused counts nothing, so whoever waits as told comes in.
    """
    minute, second = divmod(at.timestamp(), _MINUTE_S)
    folder = config.current().server.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    cache = FileBasedCache(str(folder / "partner-rates"), {"MAX_ENTRIES": _KEPT_COUNTS})
    key = f"{partner.uid.hex}-{int(minute)}"
    with (folder / "partner-rates.lock").open("wb") as file:
        locks.lock(file, locks.LOCK_EX)  # Closing the file frees the lock.
        count = cache.get(key, 0)
        if count >= partner.rate_per_minute:
            return max(1, math.ceil(_MINUTE_S - second))
        cache.set(key, count + 1, timeout=2 * _MINUTE_S)
    return None

"""The `policy` role: one follower for the signs that close names for everybody, and one for the families."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from leeward.core import wakeups
from leeward.filtering import compiler
from leeward.filtering.family import rows as family_rows
from leeward.filtering.family import state as family_state

_IDLE_S = 1.0


def run(stop: threading.Event) -> None:
    """Follow until told to stop. Where one of the two fails, both end, and whoever started this process starts it again."""
    with ThreadPoolExecutor(2, thread_name_prefix="policy") as threads:
        for running in [threads.submit(_to_the_end, work, stop) for work in (compiler.run, _follow_families)]:
            running.result()


def _to_the_end(work: Callable[[threading.Event], None], stop: threading.Event) -> None:
    try:
        work(stop)
    finally:
        stop.set()
        connection.close()


def _follow_families(stop: threading.Event) -> None:
    place = family_state.folder()
    with wakeups.bell(rest_s=wakeups.FOLLOWERS_REST_S) as bell:
        while not (place.exists() or family_rows.is_anything() or stop.is_set()):
            bell.wait(_IDLE_S)
    if not stop.is_set():
        # It brings a compiler, whose memory and seconds a provider without families need not spend.
        from leeward.filtering.family import follow as family_follow

        family_follow.run(stop)

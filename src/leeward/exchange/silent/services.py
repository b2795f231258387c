"""Count what signs that wait would have met: a reviewer sees by it whether a sign is about anything that happens here.

Screening hands on what it compared, after its answer is made. It lies in the memory of the process for some seconds; one thread
compares it with what waits and adds to a number. Nothing of it is stored, and nobody is held, refused or reported by it.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Iterator
from itertools import batched

import numpy as np
from django.db import DatabaseError, close_old_connections, connections, transaction
from django.db.models import Count, F, Max, Sum

from leeward.engines import matching, urls
from leeward.exchange.intake.models import Received
from leeward.indicators.comparing import Asked
from leeward.indicators.models import Kind

EVERY_S = 5.0
# What a process remembers at most until the next count: past that the oldest goes uncounted, and no answer waits for a place.
KEPT = 20_000
_BATCH = 500

log = logging.getLogger("leeward.exchange")
_noted: deque[Asked] = deque(maxlen=KEPT)


def note(asked: Asked) -> None:
    """Remember what was compared until the next count."""
    _noted.append(asked)


def watch(stop: threading.Event) -> None:
    """Count every few seconds until `stop` is set; for a thread of each process that answers."""
    while not stop.wait(EVERY_S):
        try:
            count()
        except DatabaseError as error:
            log.warning("what waits was not counted", extra={"error": type(error).__name__})
            connections.close_all()
        close_old_connections()
    connections.close_all()


def count() -> int:
    """Compare everything that was noted with the signs that wait, and return how often one would have met something.

    Each file or address counts once for a sign, in however many ways it is met.
    """
    asked = list(_drained())
    waiting = Received.objects.filter(state=Received.State.QUARANTINE)
    if not asked or not waiting.exists():
        return 0
    met = _exactly(asked) + _alike(asked)
    with transaction.atomic():
        for source, often in met.items():
            count_met(source, often)
    return met.total()


def waiting_for(kind: Kind, values: list[str]) -> dict[str, str]:
    """Return the sources of signs that wait, with the value that each names."""
    rows = Received.objects.filter(state=Received.State.QUARANTINE, kind=kind, value__in=values)
    return dict(rows.values_list("source", "value"))


def count_met(source: str, often: int) -> None:
    """Add to what a sign would have met. One that waits no more is left as it is."""
    Received.objects.filter(source=source, state=Received.State.QUARANTINE).update(met=F("met") + often)


def _drained() -> Iterator[Asked]:
    for _ in range(len(_noted)):
        try:
            yield _noted.popleft()
        except IndexError:  # Another thread notes meanwhile, and what is full drops its oldest.
            return


def _exactly(asked: list[Asked]) -> Counter[str]:
    """Return how many of these name exactly what a sign names, by the source of the sign."""
    named: dict[Kind, Counter[str]] = {}
    for one in asked:
        for kind, value in {name for pair in one.exact for name in _names(*pair)}:
            named.setdefault(kind, Counter())[value] += 1
    met: Counter[str] = Counter()
    for kind, often in named.items():
        for values in batched(often, _BATCH):
            met.update({source: often[value] for source, value in waiting_for(kind, list(values)).items()})
    return met


def _names(kind: Kind, value: str) -> Iterator[tuple[Kind, str]]:
    """Yield under which names something may be listed: an address by its paths and its host, a host by those above it."""
    if kind is Kind.URL:
        for key in urls.prefixes(value):
            yield from ((Kind.URL, f"{scheme}://{key}") for scheme in ("https", "http"))
        yield from _names(Kind.DOMAIN, urls.host_of(value))
    elif kind is Kind.DOMAIN:
        labels = value.split(".")
        yield from ((Kind.DOMAIN, ".".join(labels[at:])) for at in range(len(labels)))
    else:
        yield kind, value


def _alike(asked: list[Asked]) -> Counter[str]:
    """Return how many of these have a picture that is like the one of a sign, by the source of the sign."""
    met: Counter[str] = Counter()
    with_pictures = [one for one in asked if one.pictures]
    if not with_pictures:
        return met
    sources, index = _pictures.current()
    if not sources:
        return met
    for one in with_pictures:
        hashes = np.frombuffer(b"".join(one.pictures), dtype=np.uint8).reshape(-1, 32)
        met.update({sources[match.key] for matches in index.near_many(hashes) for match in matches})
    return met


class _Pictures:
    """The picture hashes that wait, as this process holds them: read anew where any came or went."""

    def __init__(self) -> None:
        self._state: tuple[object, ...] = ()
        self._sources: list[str] = []
        self._index: matching.Index | None = None

    def current(self) -> tuple[list[str], matching.Index]:
        """Return the sources of the signs, and an index whose keys are places in that list."""
        rows = Received.objects.filter(state=Received.State.QUARANTINE, kind=Kind.PDQ)
        state = tuple(rows.aggregate(Count("pk"), Sum("pk"), Max("version_at"), Max("value")).values())
        if self._index is None or state != self._state:
            known = list(rows.values_list("source", "value"))
            self._sources = [source for source, _ in known]
            self._index = _index_of([bytes.fromhex(value) for _, value in known])
            self._state = state
        return self._sources, self._index


def _index_of(hashes: list[bytes]) -> matching.Index:
    index = matching.Index.empty()
    if hashes:
        index.publish_many(
            keys=np.arange(len(hashes), dtype=np.int64),
            values=np.frombuffer(b"".join(hashes), dtype=np.uint8).reshape(-1, 32),
            exact_keys=np.empty(0, dtype=np.int64),
            exact_values=np.empty((0, 16), dtype=np.uint8),
            position=1,
        )
    return index


_pictures = _Pictures()

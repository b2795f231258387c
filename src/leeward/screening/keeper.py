"""The one writer of the shared base: it follows like everybody else, and writes a new file when too much lies beside the old one.

The file is a cache: without it, or with one that does not belong to this database, it is compiled from the signs in force.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from django.db import connection

from leeward.core import config, faults, sequencer, wakeups
from leeward.engines import matching
from leeward.indicators import services as indicators
from leeward.indicators.models import SCREENED_KINDS, Kind
from leeward.screening import index

log = logging.getLogger("leeward.screening")
_IDLE_S = 1.0
_LOAD_ROWS = 20_000
_HASH_BYTES, _EXACT_BYTES = 32, 16

type Rows = tuple[list[int], list[bytes]]


def compile_base() -> None:
    """Write the base from the signs in force, in one pass over them."""
    # Read before the rows: what changes meanwhile comes again by position, and coming twice is harmless.
    position = indicators.head()
    near: Rows = ([], [])
    exact: Rows = ([], [])
    for kind, pk, value, features in _in_force():
        for part, hashes in index.near_parts(kind, value, features).items():
            near[0].extend([pk * index.PARTS + part] * len(hashes))
            near[1].extend(hashes)
        for name in index.exact_names(kind, value):
            exact[0].append(pk * index.PARTS + index.WHOLE)
            exact[1].append(name)
    matching.build(
        _made_place(),
        keys=np.array(near[0], dtype=np.int64),
        values=_octets(near[1], _HASH_BYTES),
        exact_keys=np.array(exact[0], dtype=np.int64),
        exact_values=_octets(exact[1], _EXACT_BYTES),
        position=position,
        mark=sequencer.mark(position),
    )
    log.info("match file compiled", extra={"position": position, "count": len(near[0]) + len(exact[0])})


def _made_place() -> Path:
    path = index.segment_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _octets(values: list[bytes], width: int) -> np.ndarray:
    return np.frombuffer(b"".join(values), dtype=np.uint8).reshape(-1, width)


def _in_force() -> Iterator[tuple[Kind, int, str, bytes]]:
    kinds = [kind for kind in SCREENED_KINDS if kind is not Kind.TLSH]
    rows = indicators.in_force(kinds).values_list("kind", "pk", "value").iterator(_LOAD_ROWS)
    for batch in itertools.batched(rows, _LOAD_ROWS):
        features = indicators.features_of(pk for kind, pk, _ in batch if kind in {Kind.PDQ, Kind.VPDQ})
        for kind, pk, value in batch:
            yield Kind(kind), pk, value, features.get(pk, b"")


class Keeper:
    """Follows the change log and keeps the base near its end."""

    def __init__(self) -> None:
        self._index = index.Index()

    def turn(self) -> bool:
        """Catch up and write a new base where one is due; return whether one was written."""
        try:
            self._index.catch_up()
        except index.Behind:
            compile_base()
            self._index.catch_up()
            return True
        figures = self._index.figures()
        if figures is None or figures.delta_rows + figures.withdrawn < config.current().screening.merge_rows:
            return False
        faults.point("index.before_write")
        self._index.write(_made_place())
        log.info("match file written", extra={"position": self._index.position})
        return True


def run(stop: threading.Event) -> None:
    """Keep the base until told to stop."""
    keeper = Keeper()
    with wakeups.bell(rest_s=wakeups.FOLLOWERS_REST_S) as bell:
        try:
            while not stop.is_set():
                keeper.turn()
                bell.wait(_IDLE_S)
        finally:
            connection.close()

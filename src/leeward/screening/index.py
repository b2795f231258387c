"""The signs of pictures and files that this process holds in memory. It follows the change log by position.

It asks for the head before every answer, so a sign is in force on the next question after it was stamped, and a
withdrawn one never matches again. While it cannot follow, it is not ready, and whoever asks must hold the upload.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass

import numpy as np

from leeward.engines import hashing, matching
from leeward.indicators import services as indicators
from leeward.indicators.models import PICTURE_KINDS, Change, Indicator, Kind, Stamped

LOAD_ROWS = 20_000


@dataclass(frozen=True)
class Hit:
    """One sign that an upload matches."""

    indicator_id: int
    distance_bits: int


class Index:
    """Exact sets and a near index over the signs in force, for all threads of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._near = matching.NearIndex()
        self._exact = matching.ExactSet()
        self._position: int | None = None

    @property
    def position(self) -> int | None:
        """The position up to which this follows the change log; None before it was loaded."""
        return self._position

    def __len__(self) -> int:
        return len(self._near)

    def catch_up(self) -> None:
        """Take in everything that was stamped since the last call. Raises what the database raises."""
        if self._position is not None and indicators.head() == self._position:
            return
        with self._lock:
            if self._position is None:
                self._position = self._load()
            head = indicators.head()
            while changes := indicators.since(self._position, kinds=PICTURE_KINDS):
                for change in changes:
                    self._apply(change)
                self._position = changes[-1].position
            # Positions up to the head that are not ours were facts of other kinds.
            self._position = max(self._position, head)

    def _load(self) -> int:
        position = indicators.head()
        # A load that broke off left signs behind that may have been taken back since, so each one begins with nothing.
        self._near, self._exact = matching.NearIndex(), matching.ExactSet()
        rows = indicators.in_force([Kind.PDQ]).values_list("pk", "value").iterator(LOAD_ROWS)
        for batch in itertools.batched(rows, LOAD_ROWS):
            keys = np.array([pk for pk, _ in batch], dtype=np.int64)
            octets = np.frombuffer(bytes.fromhex("".join(value for _, value in batch)), dtype=np.uint8)
            self._near.add_many(keys, octets.reshape(len(batch), -1))
        others = indicators.in_force([kind for kind in PICTURE_KINDS if kind is not Kind.PDQ])
        for pk, kind, value in others.values_list("pk", "kind", "value").iterator(LOAD_ROWS):
            self._exact.add(pk, f"{kind}:{value}")
        return position

    def _apply(self, change: Stamped) -> None:
        indicator = change.indicator
        is_in_force = change.op == Change.Op.PUBLISH and indicator.state == Indicator.State.ACTIVE
        if indicator.kind == Kind.PDQ:
            if is_in_force:
                self._near.add(indicator.pk, bytes.fromhex(indicator.value))
            else:
                self._near.remove(indicator.pk)
        elif is_in_force:
            self._exact.add(indicator.pk, f"{indicator.kind}:{indicator.value}")
        else:
            self._exact.remove(indicator.pk)

    def hits(self, digests: hashing.Digests, picture: hashing.PictureHash | None, *, quality: int) -> list[Hit]:
        """Return what an upload matches, the nearest first. A picture of less than `quality` is matched exactly only."""
        found = [
            Hit(pk, 0)
            for kind, value in ((Kind.SHA256, digests.sha256), (Kind.SHA1, digests.sha1), (Kind.MD5, digests.md5))
            for pk in self._exact.find(f"{kind}:{value}")
        ]
        if picture is not None and picture.quality >= quality:
            found += [Hit(match.key, match.distance_bits) for match in self._near.near(picture.pdq)]
        return found


_index = Index()


def shared() -> Index:
    """Return the index of this process."""
    return _index

"""The signs that uploads and addresses are compared with, as this process holds them. It follows the change log by position.

A mapped file, which all processes share, holds what was in force when the keeper wrote it; what came after lies in the
memory of each process. Every question asks for the head first, so a sign is in force on the next question after it was
stamped, and a withdrawn one never matches again. While it cannot follow, it is not ready, and whoever asks must hold the upload.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leeward.core import config, sequencer
from leeward.engines import hashing, matching, urls
from leeward.engines.hashing import text
from leeward.indicators import services as indicators
from leeward.indicators.models import SCREENED_KINDS, Change, Indicator, Kind, Stamped

log = logging.getLogger("leeward.screening")

# One sign can have many rows in the matching engine; a row's key says of which part of the thing it is.
PARTS = 16
WHOLE, FRAME = 0, 15
# So many changes are taken in while somebody waits for the answer; more of them are the keeper's work.
MOST_BEHIND = 50_000


class Behind(Exception):
    """This process has too much to take in and no base to begin with: is `leeward index` running? Hold what was asked."""


@dataclass(frozen=True)
class Hit:
    """One sign that was matched: how far, in which part of it, and for a video by which share of the asked frames."""

    indicator_id: int
    kind: Kind
    distance: int
    part: int = WHOLE
    share: float = 1.0
    orientation: str = hashing.Orientation.ORIGINAL
    is_trimmed: bool = False


def segment_path() -> Path:
    """Return where the shared base lies."""
    return config.current().server.data_dir.resolve() / "match" / "signs.seg"


def exact_names(kind: Kind, value: str) -> list[bytes]:
    """Return under which values of the exact set a sign is listed: one, or none where it is matched by likeness."""
    if kind in {Kind.PDQ, Kind.VPDQ, Kind.TLSH}:
        return []
    return [matching.exact_value(kind, urls.prefixes(value)[0] if kind is Kind.URL else value)]


def near_parts(kind: Kind, value: str, features: bytes) -> dict[int, list[bytes]]:
    """Return the 32-byte hashes of a sign by the part of the thing they are of."""
    parts: dict[int, list[bytes]] = {WHOLE: [bytes.fromhex(value)]} if kind is Kind.PDQ else {}
    for start in range(0, len(features), indicators.FEATURE_BYTES):
        row = features[start : start + indicators.FEATURE_BYTES]
        parts.setdefault(row[0] % PARTS, []).append(row[1:])
    return parts


class Index:
    """Near and exact signs for all threads of one process."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._path = path
        self._base: tuple[int, int] | None = None
        self._live: matching.Index | None = None
        # Set when changes were taken in whole; the engine's own position moves between the parts of one change.
        self._position: int | None = None
        self._texts = text.TextIndex()

    @property
    def path(self) -> Path:
        return self._path or segment_path()

    @property
    def position(self) -> int | None:
        """The position up to which this follows the change log; None before it was loaded."""
        return self._position

    def figures(self) -> matching.Figures | None:
        """Return the sizes of what is held, or None before it was loaded."""
        return None if self._live is None else self._live.figures()

    def catch_up(self) -> None:
        """Take in everything that was stamped since the last call. Raises `Behind`, and what the database raises."""
        head = indicators.head()
        if head == self._position and self._base == self._file():
            return
        with self._lock:
            self._position = self._caught_up(head)

    def _caught_up(self, head: int) -> int:
        live, self._live = self._based(head), None
        position = self._followed(live)
        # Whoever breaks off above leaves nothing behind: half a change must not be asked, so the next one begins anew.
        self._live = live
        return position

    def _held(self) -> matching.Index:
        if self._live is None:
            raise Behind
        return self._live

    def _file(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _based(self, head: int) -> matching.Index:
        """Return what is held, on the newest base that belongs to this database."""
        file = self._file()
        if self._live is None:
            live = self._opened(head)
        elif file is not None and file != self._base and self._belongs(head):
            live = self._live
            live.rebase(self.path)
        else:
            live = self._live
        self._base = file
        return live

    def _belongs(self, head: int) -> bool:
        """Say whether the file was written from this database: a restored backup has another history."""
        try:
            base = matching.Index.open(self.path)
        except (matching.SegmentMissing, matching.BadSegment) as error:
            log.error("match file not used", extra={"error": type(error).__name__})
            return False
        return base.position <= head and base.mark == sequencer.mark(base.position)

    def _opened(self, head: int) -> matching.Index:
        texts = text.TextIndex()
        live = matching.Index.open(self.path) if self._file() and self._belongs(head) else matching.Index.empty()
        if live.position == 0 and head > MOST_BEHIND:
            raise Behind
        # Texts are few and lie in memory; what changes after this reading is followed like everything else.
        for pk, value in indicators.in_force([Kind.TLSH]).values_list("pk", "value"):
            texts.add(pk, value)
        self._texts = texts
        return live

    def _followed(self, live: matching.Index) -> int:
        head = indicators.head()
        while changes := indicators.since(live.position, kinds=SCREENED_KINDS):
            self._apply(live, changes)
        # Positions up to the head that are not ours were facts of other kinds.
        live.advance(max(live.position, head))
        return live.position

    def _apply(self, live: matching.Index, changes: Sequence[Stamped]) -> None:
        likely = {change.indicator.pk for change in changes if change.indicator.kind in {Kind.PDQ, Kind.VPDQ}}
        features = indicators.features_of(likely)
        for change in changes:
            sign, position = change.indicator, change.position
            is_in_force = change.op == Change.Op.PUBLISH and sign.state == Indicator.State.ACTIVE
            if sign.kind == Kind.TLSH:
                self._texts.add(sign.pk, sign.value) if is_in_force else self._texts.remove(sign.pk)
                live.advance(position)
            elif is_in_force:
                _publish(live, sign, features.get(sign.pk, b""), position=position)
            else:
                _withdraw(live, sign, features.get(sign.pk, b""), position=position)

    def near(self, variants: Sequence[hashing.Variant]) -> list[Hit]:
        """Return what a picture is like, each sign once at its nearest, the nearest first."""
        live = self._held()
        if not variants:
            return []
        asked = np.frombuffer(b"".join(variant.pdq for variant in variants), dtype=np.uint8).reshape(-1, 32)
        best: dict[int, Hit] = {}
        for variant, matches in zip(variants, live.near_many(asked), strict=True):
            for match in matches:
                hit = _near_hit(match, variant)
                if hit.part != FRAME and _is_nearer(hit, best.get(hit.indicator_id)):
                    best[hit.indicator_id] = hit
        return sorted(best.values(), key=lambda hit: (hit.distance, hit.indicator_id))

    def near_frames(self, hashes: np.ndarray) -> list[Hit]:
        """Return which videos share frames with the asked ones (shape (n, 32)), and which share of the asked they are."""
        live = self._held()
        if not len(hashes):
            return []
        asked, distances = [], dict[int, int]()
        for matches in live.near_many(hashes):
            found = [match for match in matches if match.key % PARTS == FRAME]
            asked.append({match.key // PARTS for match in found})
            for match in found:
                pk = match.key // PARTS
                distances[pk] = min(match.distance_bits, distances.get(pk, match.distance_bits))
        shares = {pk: sum(pk in keys for keys in asked) / len(asked) for pk in distances}
        hits = [Hit(pk, Kind.VPDQ, distances[pk], FRAME, share) for pk, share in shares.items()]
        return sorted(hits, key=lambda hit: (-hit.share, hit.distance, hit.indicator_id))

    def exact(self, kind: Kind, value: str) -> list[Hit]:
        """Return the signs of a kind that are listed under exactly this value."""
        return [Hit(key // PARTS, kind, 0) for key in self._held().exact(matching.exact_value(kind, value))]

    def address(self, address: str) -> list[Hit]:
        """Return the signs that cover a canonical address: of itself, of a path above it, or of its host name."""
        found = [hit for name in urls.prefixes(address) for hit in self.exact(Kind.URL, name)]
        return found + self.host(urls.host_of(address))

    def host(self, name: str) -> list[Hit]:
        """Return the signs that cover a host name: of itself or of a name above it."""
        labels = name.split(".")
        names = [".".join(labels[at:]) for at in range(len(labels))]
        return [hit for above in names for hit in self.exact(Kind.DOMAIN, above)]

    def texts(self, fingerprint: str, *, within: int) -> list[Hit]:
        """Return the texts that one is a copy of, the nearest first; distances are those of TLSH and not bits."""
        return [Hit(pk, Kind.TLSH, distance) for pk, distance in self._texts.near(fingerprint, within=within)]

    def write(self, path: Path) -> None:
        """Write the next base: everything that is in force for this process now."""
        live = self._held()
        live.write(path, mark=sequencer.mark(live.position))


def _keys(sign: Indicator, features: bytes) -> Iterable[tuple[int, list[bytes], list[bytes]]]:
    kind = Kind(sign.kind)
    if exact := exact_names(kind, sign.value):
        yield sign.pk * PARTS + WHOLE, [], exact
    for part, hashes in near_parts(kind, sign.value, features).items():
        yield sign.pk * PARTS + part, hashes, []


def _publish(live: matching.Index, sign: Indicator, features: bytes, *, position: int) -> None:
    for key, near, exact in _keys(sign, features):
        live.publish(key, near=near, exact=exact, position=position)


def _withdraw(live: matching.Index, sign: Indicator, features: bytes, *, position: int) -> None:
    for key, _, _ in _keys(sign, features):
        live.withdraw(key, position=position)


def _near_hit(match: matching.Match, variant: hashing.Variant) -> Hit:
    return Hit(
        match.key // PARTS,
        Kind.PDQ,
        match.distance_bits,
        match.key % PARTS,
        orientation=variant.orientation,
        is_trimmed=variant.is_trimmed,
    )


def _is_nearer(hit: Hit, other: Hit | None) -> bool:
    return other is None or hit.distance < other.distance


_index = Index()


def shared() -> Index:
    """Return the index of this process."""
    return _index

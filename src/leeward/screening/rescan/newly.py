"""Ask only the signs that are new, of everything that sweeps have seen, without reading one file again."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from leeward.core import sequencer
from leeward.engines import matching
from leeward.engines.hashing import text
from leeward.indicators import services as indicators
from leeward.indicators.models import SCREENED_KINDS, Change, Indicator, Kind
from leeward.screening import index, rules
from leeward.screening.rescan import work
from leeward.screening.rescan.items import Item, Place
from leeward.screening.rescan.reading import GONE
from leeward.screening.rescan.seen import Asked, Seen
from leeward.screening.rescan.sources import unsealed
from leeward.screening.rescan.work import Finding

_FOLLOWED = [kind for kind in SCREENED_KINDS if kind not in {Kind.URL, Kind.DOMAIN}]


@dataclass(frozen=True)
class Candidates:
    """The files that new signs point at, as a source: they are looked at once more, and judged as at upload."""

    seen: Seen
    ids: Sequence[int]
    name: str = "new signs"
    is_by_host: bool = True

    def count(self) -> int:
        return len(self.ids)

    def items(self, *, after: str = "") -> Iterator[Item]:
        for item in self.seen.items(self.ids):
            if item.place is Place.SEALED:
                data = unsealed(item.ref)
                yield _with(item, data=data, reason="" if data is not None else GONE)
            else:
                yield item


@dataclass(frozen=True)
class Settles:
    """Remembers of the files that new signs pointed at which could not be read, to be tried again, and forgets what is gone."""

    seen: Seen

    def add(self, findings: Sequence[Finding], *, asked: Asked) -> None:
        """Take in what became of some of them."""
        read = [int(finding.item.cursor) for finding in findings if finding.traits is not None]
        gone = [int(finding.item.cursor) for finding in findings if finding.traits is None and finding.reason == GONE]
        unread = {int(finding.item.cursor) for finding in findings} - {*read, *gone}
        self.seen.settle(read=read, unread=unread, gone=gone)


def _with(item: Item, *, data: bytes | None, reason: str) -> Item:
    return Item(
        item.place,
        item.ref,
        item.item_id,
        item.organisation_id,
        item.cursor,
        item.uploaded_at,
        reason=reason,
        data=data,
    )


@dataclass(frozen=True)
class New:
    """What is new: hashes of shape (n, 32), exact values of shape (m, 16), fingerprints, and how many signs that are."""

    near: np.ndarray
    exact: np.ndarray
    texts: Sequence[str]
    signs: int


def since(asked: Asked | None) -> int:
    """Return the position behind which signs are new: 0, which is all of them, where the store is of another database."""
    if asked is None or asked.position > indicators.head() or asked.mark != sequencer.mark(asked.position):
        return 0
    return asked.position


def new_signs(position: int, *, until: int) -> Iterator[New]:
    """Yield the signs in force that came behind a position, some at a time."""
    while changes := indicators.since(position, kinds=_FOLLOWED):
        position = changes[-1].position
        signs = {
            change.indicator.pk: change.indicator
            for change in changes
            if change.position <= until
            and change.op == Change.Op.PUBLISH
            and change.indicator.state == Indicator.State.ACTIVE
        }
        yield _new(list(signs.values()))
        if position >= until:
            return


def _new(signs: Sequence[Indicator]) -> New:
    features = indicators.features_of(sign.pk for sign in signs if sign.kind in {Kind.PDQ, Kind.VPDQ})
    near, exact = bytearray(), bytearray()
    for sign in signs:
        kind = Kind(sign.kind)
        for hashes in index.near_parts(kind, sign.value, features.get(sign.pk, b"")).values():
            near += b"".join(hashes)
        exact += b"".join(index.exact_names(kind, sign.value))
    texts = [sign.value for sign in signs if sign.kind == Kind.TLSH]
    return New(
        work.octets(bytes(near), work.HASH_BYTES), work.octets(bytes(exact), work.EXACT_BYTES), texts, len(signs)
    )


def met(new: New, seen: Seen, held: matching.Index) -> set[int]:
    """Return the ids of the files that may meet one of these signs: each that does, and a few that do not."""
    found: set[int] = set()
    if len(new.near):
        # A file is kept in four orientations; these are the other four.
        asked = np.concatenate((new.near, work.transposed(new.near)))
        found |= {match.key for matches in held.near_many(asked) for match in matches}
    if len(new.exact):
        found |= set(itertools.chain.from_iterable(held.exact_many(new.exact)))
    if new.texts:
        texts = text.TextIndex()
        for number, fingerprint in enumerate(new.texts):
            texts.add(number, fingerprint)
        found |= {pk for pk, fingerprint in seen.texts() if texts.near(fingerprint, within=rules.TLSH_WITHIN)}
    return found

"""What every engine does with a batch: read, look, compare. Plain values in, plain values out, in any process.

It says which files meet a sign that was in force when the sweep began; what follows from that, the parent judges.
"""

from __future__ import annotations

import mimetypes
import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import connection, parent_process
from pathlib import Path

import numpy as np

from leeward.engines import hashing, matching
from leeward.engines.hashing import Orientation, text
from leeward.screening import looks
from leeward.screening.looks import Look
from leeward.screening.rescan.items import Item
from leeward.screening.rescan.reading import NotRead, Reach, opened

HASH_BYTES, EXACT_BYTES = 32, 16
# The other four orientations are these four with rows and columns exchanged, which needs no picture; see `transposed`.
KEPT_ORIENTATIONS = frozenset(
    {Orientation.ORIGINAL, Orientation.ROTATED_180, Orientation.FLIPPED_X, Orientation.FLIPPED_Y}
)


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of a sweep: a file that nobody changes, the texts beside it, and from where on something counts as met."""

    path: str
    least_quality: int
    texts_within: int


@dataclass(frozen=True, slots=True)
class Order:
    """What all batches of a sweep have in common."""

    signs: Signs
    reach: Reach


@dataclass(frozen=True, slots=True)
class Traits:
    """By what a file can be recognised later: 32-byte hashes, 16-byte exact values, and text fingerprints."""

    near: bytes = b""
    exact: bytes = b""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one item. `look` is there only where it meets a sign; `reason` says why it could not be judged."""

    item: Item
    traits: Traits | None = None
    look: Look | None = None
    reason: str = ""
    size_bytes: int = 0


def begin() -> None:
    """Prepare a worker process: Ctrl-C is the parent's to hear, and without a parent there is nothing to do."""
    # SIGTERM stays: with it a pool ends the workers that are left when one has died.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), name="parent", daemon=True).start()


def _follow(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def examine(order: Order, items: Sequence[Item]) -> list[Finding]:
    """Look at each item and return one finding each, in order."""
    return [_examined(order, item) for item in items]


def _examined(order: Order, item: Item) -> Finding:
    # The finding goes back without bytes that were handed over: the parent has them.
    named = item if item.data is None else without_data(item)
    try:
        with opened(item, reach=order.reach) as source:
            look = looks.look_at(source, is_text=media_type(item.ref).startswith("text/"))
            size_bytes = len(source) if isinstance(source, bytes) else source.seek(0, os.SEEK_END)
    except NotRead as refused:
        return Finding(named, reason=refused.reason)
    except OSError:
        return Finding(named, reason="read_error")
    traits = traits_of(look, least_quality=order.signs.least_quality)
    return Finding(named, traits, look if _meets(look, traits, order.signs) else None, look.reason, size_bytes)


def without_data(item: Item) -> Item:
    """Return the item without bytes that were handed over."""
    return Item(
        item.place, item.ref, item.item_id, item.organisation_id, item.cursor, item.uploaded_at, item.size_bytes
    )


def media_type(ref: str) -> str:
    """Return what a file is by the end of its name, as its provider would say at upload, or nothing."""
    return mimetypes.guess_type(ref.partition("?")[0])[0] or ""


def traits_of(look: Look, *, least_quality: int) -> Traits:
    """Return by what a file, and everything inside of it, can be recognised later."""
    near, exact, texts = bytearray(), bytearray(), []
    for part in look.all():
        if part.quality is not None and part.quality >= least_quality:
            near += b"".join(variant.pdq for variant in part.variants if variant.orientation in KEPT_ORIENTATIONS)
        near += part.frames
        exact += b"".join(exact_values(part.digests))
        if part.fingerprint:
            texts.append(part.fingerprint)
    return Traits(bytes(near), bytes(exact), tuple(texts))


def exact_values(digests: hashing.Digests) -> list[bytes]:
    """Return the digests of a file as the matching engine keeps them."""
    named = {"sha256": digests.sha256, "sha1": digests.sha1, "md5": digests.md5}
    return [matching.exact_value(kind, value) for kind, value in named.items()]


def transposed(hashes: np.ndarray) -> np.ndarray:
    """Return the hashes of the same pictures with rows and columns exchanged. Shapes (n, 32), bit for bit.

    PDQ compares 16 by 16 frequencies with their median, and exchanging rows and columns changes neither of them.
    """
    grids = np.unpackbits(hashes, axis=1).reshape(-1, 16, 16)
    return np.packbits(grids.transpose(0, 2, 1).reshape(-1, 256), axis=1)


@lru_cache(maxsize=1)
def _held(path: str) -> tuple[matching.Index, text.TextIndex]:
    """Open the signs of a sweep, once in a process."""
    texts = text.TextIndex()
    for key, fingerprint in enumerate(Path(path).with_suffix(".texts").read_text(encoding="ascii").split()):
        texts.add(key, fingerprint)
    return matching.Index.open(Path(path)), texts


def _meets(look: Look, traits: Traits, signs: Signs) -> bool:
    """Say whether a file may meet a sign; it may say so too often, and never too seldom."""
    held, texts = _held(signs.path)
    if any(held.exact_many(octets(traits.exact, EXACT_BYTES))):
        return True
    asked = _asked(look, least_quality=signs.least_quality)
    if asked and any(held.near_many(octets(asked, HASH_BYTES))):
        return True
    return any(texts.near(fingerprint, within=signs.texts_within) for fingerprint in traits.texts)


def _asked(look: Look, *, least_quality: int) -> bytes:
    asked = bytearray()
    for part in look.all():
        if part.quality is not None and part.quality >= least_quality:
            asked += b"".join(variant.pdq for variant in part.variants)
        asked += part.frames
    return bytes(asked)


def octets(values: bytes, width: int) -> np.ndarray:
    """Return the rows of `width` bytes that lie one behind the other, as an array of shape (n, width)."""
    return np.frombuffer(values, dtype=np.uint8).reshape(-1, width)

"""What a sweep is made of: files by reference, in batches that are small enough to be lost."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

BATCH = 32
ITEM_ID_LONGEST = 200


class Place(StrEnum):
    """Where the bytes of a file lie."""

    FILE = "file"
    BUCKET = "bucket"
    SEALED = "sealed"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a provider: where it lies and what the provider calls it.

    `ref` is a path, BUCKET/KEY, the id of a sealed blob or an address. `cursor` is its place in the order of its source.
    `reason` is set where the list shows already that it cannot be read; `data` where its bytes must not be read elsewhere.
    """

    place: Place
    ref: str
    item_id: str
    organisation_id: int
    cursor: str = ""
    uploaded_at: datetime | None = None
    size_bytes: int = 0
    reason: str = ""
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some items that one worker takes at a time, numbered from 0.

    `cursor` is where a later sweep goes on when this batch and all before it are done; None: not yet there.
    Of the batches of one lane, which is a host name or nothing, only one is under way at a time.
    """

    number: int
    items: tuple[Item, ...]
    cursor: str | None
    lane: str = ""


class SourceRefused(Exception):
    """A source cannot be swept. The message says what is wrong with it and what to do."""


def item_id_of(ref: str) -> str:
    """Return a reference as an item's id, shortened to what a row holds and still different for different ones."""
    if len(ref) <= ITEM_ID_LONGEST:
        return ref
    digest = hashlib.sha256(ref.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{digest}:{ref[-(ITEM_ID_LONGEST - len(digest) - 1) :]}"

"""Where files are listed: a folder, a bucket, a list of addresses, the sealed evidence. Always in the same order.

An order makes a sweep resumable: each item carries its place in it, and `items(after=...)` goes on behind one.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from django.db.models import QuerySet

from leeward.core import blobs, keys
from leeward.core.models import Blob
from leeward.indicators.models import Indicator, Kind
from leeward.reports.models import Attachment
from leeward.screening.rescan import fetching, items, lists, reading
from leeward.screening.rescan.items import BATCH, Batch, Item, Place

# Rows of a list that are sorted by host at a time, so that many hosts are asked beside each other.
WINDOW = 2000
BUCKET_WORD, SEALED_WORD = "s3:", "sealed"


class Source(Protocol):
    """A list of files. `name` is how a sweep remembers it, without keys; `is_by_host`: its addresses are sorted by host."""

    @property
    def name(self) -> str: ...

    @property
    def is_by_host(self) -> bool: ...

    def count(self) -> int | None:
        """Return how many items there are, or None where that would cost as much as to list them."""

    def items(self, *, after: str = "") -> Iterator[Item]:
        """Yield the items behind a cursor, in order."""


@dataclass(frozen=True)
class Folder:
    """Every regular file under a folder. Links are not followed."""

    root: Path
    organisation_id: int
    is_by_host: bool = False

    @property
    def name(self) -> str:
        return str(self.root)

    def count(self) -> int:
        return sum(1 for _ in _walk(str(self.root), after=()))

    def items(self, *, after: str = "") -> Iterator[Item]:
        start = len(str(self.root)) + 1
        for path, found in _walk(str(self.root), after=tuple(after.split("/")) if after else ()):
            named = _named(path[start:])
            yield Item(
                Place.FILE,
                path,
                items.item_id_of(named),
                self.organisation_id,
                cursor=named,
                uploaded_at=datetime.fromtimestamp(found.st_mtime, tz=UTC) if found else None,
                size_bytes=found.st_size if found else 0,
                reason="" if found else "folder_not_permitted",
            )


def _walk(folder: str, *, after: tuple[str, ...]) -> Iterator[tuple[str, os.stat_result | None]]:
    """Yield the files under a folder in the order of their names, each folder at its own name; None for one that is closed."""
    try:
        with os.scandir(folder) as listed:
            entries = sorted(listed, key=lambda entry: _named(entry.name))
    except OSError:
        yield folder, None
        return
    for entry in entries:
        name = _named(entry.name)
        if after and name < after[0]:
            continue
        rest = after[1:] if after and name == after[0] else ()
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, after=rest)
        elif entry.is_file(follow_symlinks=False) and not (after and name == after[0]):
            try:
                yield entry.path, entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # It was taken away in this moment.


def _named(name: str) -> str:
    """Return a file name as a database can hold it: what is no UTF-8 is written out as numbers."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class Bucket:
    """Every object of an S3 bucket whose key begins with a prefix."""

    bucket: str
    prefix: str
    endpoint: str
    organisation_id: int
    is_by_host: bool = False

    @property
    def name(self) -> str:
        return f"{BUCKET_WORD}{self.bucket}/{self.prefix}"

    def count(self) -> None:
        return None

    def items(self, *, after: str = "") -> Iterator[Item]:
        listed = reading.bucket(self.bucket, endpoint=self.endpoint).objects.filter(Prefix=self.prefix, Marker=after)
        for found in listed:
            if not found.key.endswith("/"):
                yield Item(
                    Place.BUCKET,
                    f"{self.bucket}/{found.key}",
                    items.item_id_of(found.key),
                    self.organisation_id,
                    cursor=found.key,
                    uploaded_at=found.last_modified,
                    size_bytes=found.size,
                )


@dataclass(frozen=True)
class Sealed:
    """The sealed evidence that came with reports about a provider's items. Its bytes are opened here and not elsewhere."""

    organisation_id: int
    name: str = SEALED_WORD
    is_by_host: bool = False

    def _attachments(self) -> QuerySet[Attachment]:
        about = Attachment.objects.filter(report__provider_id=self.organisation_id).exclude(report__item_id="")
        # What was met by a sign when it came is not met anew.
        return about.filter(report__known_as="")

    def count(self) -> int:
        return self._attachments().count()

    def items(self, *, after: str = "") -> Iterator[Item]:
        behind = self._attachments().filter(pk__gt=int(after or 0)).order_by("pk")
        for pks in itertools.batched(list(behind.values_list("pk", flat=True)), BATCH):
            found = Attachment.objects.filter(pk__in=pks).select_related("blob", "report").order_by("pk")
            yield from map(self._item, _not_decided(list(found)))

    def _item(self, found: Attachment) -> Item:
        data = unsealed(str(found.blob.uid))
        return Item(
            Place.SEALED,
            str(found.blob.uid),
            found.report.item_id,
            self.organisation_id,
            cursor=str(found.pk),
            uploaded_at=found.report.received_at,
            size_bytes=found.blob.size_bytes,
            reason="" if data is not None else "seal_broken",
            data=data,
        )


def _not_decided(found: Sequence[Attachment]) -> list[Attachment]:
    """Leave out the files that our own decisions have published as signs: of these nothing new can be learned."""
    digests = [attachment.blob.sha256 for attachment in found]
    signs = Indicator.objects.filter(
        kind=Kind.SHA256, value__in=digests, state=Indicator.State.ACTIVE, source__startswith="decision:"
    )
    decided = set(signs.values_list("value", flat=True))
    return [attachment for attachment in found if attachment.blob.sha256 not in decided]


def unsealed(uid: str) -> bytes | None:
    """Return the bytes of a sealed file, or None where they cannot be opened."""
    try:
        return blobs.unseal(Blob.objects.get(uid=uid))
    except (Blob.DoesNotExist, FileNotFoundError, keys.SealBroken, keys.NoSuchKey):
        return None


def source_of(word: str, *, organisation_id: int, s3_endpoint: str) -> Source:
    """Return the source that an operator means by a word. Raises `items.SourceRefused`."""
    if word == SEALED_WORD:
        return Sealed(organisation_id)
    if word.startswith(BUCKET_WORD):
        bucket, _, prefix = word.removeprefix(BUCKET_WORD).partition("/")
        if not bucket:
            raise items.SourceRefused("s3: needs the name of a bucket; write it as s3:BUCKET/PREFIX")
        return Bucket(bucket, prefix, s3_endpoint, organisation_id)
    path = Path(word)
    if path.is_dir():
        return Folder(path.resolve(), organisation_id)
    if path.suffix.lower() in {".csv", ".parquet"} and path.is_file():
        return lists.Addresses(path.resolve(), organisation_id)
    raise items.SourceRefused(
        "a source is a folder, s3:BUCKET/PREFIX, a .csv or .parquet file, or the word sealed; correct it"
    )


def batches(source: Source, *, after: str, size: int = BATCH) -> Iterator[Batch]:
    """Yield the items behind a cursor in batches; those of addresses hold one host each."""
    number = 0
    for window in itertools.batched(source.items(after=after), WINDOW if source.is_by_host else size):
        parts = [(lane, some) for lane, items in _by_lane(window) for some in itertools.batched(items, size)]
        for left, (lane, some) in zip(reversed(range(len(parts))), parts, strict=True):
            yield Batch(number, some, None if left else window[-1].cursor, lane)
            number += 1


def _by_lane(items: Iterable[Item]) -> Iterable[tuple[str, list[Item]]]:
    lanes: dict[str, list[Item]] = {}
    for item in items:
        lane = fetching.host_of(item.ref) if item.place is Place.ADDRESS else ""
        lanes.setdefault(lane, []).append(item)
    return lanes.items()

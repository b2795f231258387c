"""A CSV or Parquet file that names files: a column `url` or `path`, and optionally `item_id` and `uploaded_at`."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from leeward.screening.rescan import fetching
from leeward.screening.rescan.items import Item, Place, SourceRefused, item_id_of

_ROWS = 10_000
_CELL_LONGEST = 8192


@dataclass(frozen=True)
class Addresses:
    """Files named by a list: each by its address, or by its path, relative to the folder of the list."""

    path: Path
    organisation_id: int
    is_by_host: bool = True

    @property
    def name(self) -> str:
        return str(self.path)

    def count(self) -> int:
        if self._is_parquet:
            return int(_parquet(self.path).metadata.num_rows)
        return sum(1 for _ in self._rows())

    def items(self, *, after: str = "") -> Iterator[Item]:
        start = int(after or 0)
        for number, row in enumerate(itertools.islice(self._rows(), start, None), start + 1):
            yield self._item(number, row)

    @property
    def _is_parquet(self) -> bool:
        return self.path.suffix.lower() == ".parquet"

    def _rows(self) -> Iterator[dict[str, Any]]:
        rows = _parquet_rows(self.path) if self._is_parquet else _csv_rows(self.path)
        return iter(rows)

    def _item(self, number: int, row: dict[str, Any]) -> Item:
        address, path = _text(row.get("url")), _text(row.get("path"))
        place = Place.ADDRESS if address else Place.FILE
        reason = "" if address or path else "row_without_address"
        if address and not fetching.host_of(address):
            reason = "not_an_address"
        given = _text(row.get("item_id"))
        return Item(
            place,
            address or (str(self.path.parent / path) if path else ""),
            # The question mark and what follows it may be a key, so it is no part of a name.
            item_id_of(
                given or (urlsplit(address).path.lstrip("/") if address and not reason else path) or f"row {number}"
            ),
            self.organisation_id,
            cursor=str(number),
            uploaded_at=_time(row.get("uploaded_at")),
            reason=reason,
        )


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()[:_CELL_LONGEST]


def _time(value: object) -> datetime | None:
    """Return a time of a list, in UTC where it does not say, or None where it is none."""
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _csv_rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.DictReader(file)
        try:
            _check(reader.fieldnames or ())
            yield from reader
        except csv.Error:
            raise SourceRefused(f"line {reader.line_num} of the list is no CSV; correct it") from None


def _parquet(path: Path) -> Any:
    try:
        from pyarrow import ArrowInvalid, parquet  # part of the extra `scale`, and large
    except ImportError:
        raise SourceRefused("a Parquet list needs the extra `scale`: install leeward[scale], or give a CSV") from None
    try:
        return parquet.ParquetFile(path)
    except ArrowInvalid:
        raise SourceRefused("the list is no Parquet file; write it again") from None


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    with _parquet(path) as file:
        names = file.schema_arrow.names
        _check(names)
        wanted = [name for name in names if name in {"url", "path", "item_id", "uploaded_at"}]
        for some in file.iter_batches(_ROWS, columns=wanted):
            yield from some.to_pylist()


def _check(names: Iterable[str]) -> None:
    if not {"url", "path"} & set(names):
        raise SourceRefused(
            "the list has neither a column `url` nor a column `path`; name one of them so in its first line"
        )

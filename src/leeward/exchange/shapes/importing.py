"""Take a file or a feed of somebody's into quarantine, and say what was wrong with which line."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from leeward.engines.policy import lists
from leeward.exchange.partners.models import Partner
from leeward.exchange.shapes import csv_files, fetching, name_files, taking
from leeward.exchange.shapes.taking import Taken
from leeward.exchange.shapes.values import Fault, Offered, object_id
from leeward.indicators.models import Category
from leeward.indicators.services import Sign


class Shape(StrEnum):
    """What a file holds; `ut1` is a folder with a folder for each category."""

    CSV = "csv"
    URLS = "urls"
    HOSTS = "hosts"
    DOMAINS = "domains"
    ADBLOCK = "adblock"
    DNSMASQ = "dnsmasq"
    RPZ = "rpz"
    UT1 = "ut1"


class Reading(Protocol):
    """Signs to iterate over once; afterwards what was wrong is known."""

    def __iter__(self) -> Iterator[Sign]: ...
    @property
    def faults(self) -> list[Fault]: ...
    @property
    def fault_count(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one file. `name` is its own name, or that of the category in a folder."""

    name: str
    taken: Taken
    faults: tuple[Fault, ...]
    fault_count: int


def take_file(partner: Partner, path: Path, shape: Shape, *, category: Category, at: datetime) -> list[Result]:
    """Take a file, or each category of a UT1 folder. The same file again has no effect. Raises `OSError`."""
    if shape == Shape.UT1:
        files = sorted(found for name in ("domains", "urls") for found in path.glob(f"*/{name}"))
        return [_take(partner, file, _of_folder(file), category=category, at=at) for file in files]
    return [_take(partner, path, shape, category=category, at=at)]


def _of_folder(file: Path) -> Shape:
    return Shape.URLS if file.name == "urls" else Shape.DOMAINS


def _take(partner: Partner, path: Path, shape: Shape, *, category: Category, at: datetime) -> Result:
    # The time of the file is the version of its rows, so that the same file again is the same version again.
    changed_at = min(datetime.fromtimestamp(path.stat().st_mtime, UTC), at)
    if shape in (Shape.CSV, Shape.URLS):
        with path.open(encoding="utf-8", errors="replace", newline="") as lines:
            return _taken(partner, path, _of_lines(lines, shape, path, category), version_at=changed_at, at=at)
    with path.open("rb") as file:
        names = name_files.Names(lists.chunks(file), lists.Format(shape.value), category=category)
        return _taken(partner, path, names, version_at=changed_at, at=at)


def _of_lines(lines: Iterable[str], shape: Shape, path: Path, category: Category) -> Reading:
    if shape == Shape.CSV:
        return csv_files.Reading(lines)
    # The addresses of UT1 have no scheme.
    return name_files.Addresses(lines, category=category, scheme="http" if path.name == "urls" else "")


def _taken(partner: Partner, path: Path, reading: Reading, *, version_at: datetime, at: datetime) -> Result:
    offered = (Offered(sign, _id(partner.uid, sign), version_at) for sign in reading)
    taken = taking.take_offered(partner, offered, at=at)
    name = path.parent.name + "/" + path.name if path.name in ("domains", "urls") else path.name
    return Result(name, taken, tuple(reading.faults), reading.fault_count)


def _id(partner: uuid.UUID, sign: Sign) -> str:
    return object_id(partner, "file", sign.kind, sign.value)


def take_stopncii(partner: Partner, feed: fetching.Feed, *, category: Category, at: datetime) -> Taken:
    """Take what is new in a feed of the StopNCII shape. The mark moves when everything was taken."""
    taken, mark = Taken(), partner.mark
    for page in fetching.stopncii_pages(feed, mark=partner.mark):
        offered = taking.offered_records(partner, page.records, category=category, at=at)
        taken += taking.take_offered(partner, offered, at=at) + Taken(refused=page.unread)
        mark = str(page.mark)
    _move(partner, mark)
    return taken


def take_ncmec(partner: Partner, feed: fetching.Feed, *, category: Category, at: datetime) -> Taken:
    """Take what is new in a feed of the NCMEC shape. The mark moves when everything was taken."""
    taken, mark = Taken(), partner.mark
    for page, reached in fetching.ncmec_pages(feed, mark=partner.mark, at=at):
        offered = taking.offered_entries(partner, page.entries, category=category, at=at)
        taken += taking.take_offered(partner, offered, at=at)
        mark = reached
    _move(partner, mark)
    return taken


def _move(partner: Partner, mark: str) -> None:
    """Keep the mark, unless another run has moved it meanwhile: what that took is the newer word."""
    Partner.objects.filter(pk=partner.pk, mark=partner.mark).update(mark=mark)

"""What the data planes counted about closed doors, on its way to whoever adds it up. `COUNTED.md` has every octet.

Each writer has a file of its own for each five minutes, so nobody waits for anybody and nothing is written by two. A
file is read once its time is over, and then deleted.
"""

import os
import struct
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

PERIOD_S: Final = 300  # Divides the quarter of an hour on which every zone's midnight lies.
GRACE_S: Final = 30  # A writer that buffers for a second is surely done with a period so long after it.
EVERYBODY: Final = 0xFFFFFFFF  # In place of a profile's number: the law or the provider decided, for whoever asked.
RULES_FROM: Final = 128  # Kinds below are bits of the marks; from here on, places in `family.Rule`.
MOST_COUNTS: Final = 196_608  # Pairs of profile and kind in one file.
MOST_NAMES: Final = 2_048

_MAGIC: Final = 0x544E434C  # "LCNT" as little-endian text.
_VERSION: Final = 1
_HEAD: Final = struct.Struct("<6I40x")
_SLOT: Final = struct.Struct("<II")
_RECORD: Final = struct.Struct("<IIB255s")
_KIND_SHIFT: Final = 24
_MOST_COUNT: Final = (1 << _KIND_SHIFT) - 1
_FOLDER_MODE: Final = 0o2770  # dnsdist is in our group: it makes files here that we read and delete.
_FILE_MODE: Final = 0o640


class Sort(StrEnum):
    """What a file holds; its name begins so."""

    COUNTS = "counts"
    NAMES = "names"

    @property
    def number(self) -> int:
        """How the header says it."""
        return 1 if self is Sort.COUNTS else 2


class BadCounts(ValueError):
    """The octets are no such file. Delete it: what was in it is lost, and nothing else."""


class Key(NamedTuple):
    """Whose answer was counted and why it was closed; `name` as it stands on the wire, empty where none is kept."""

    whose: int
    kind: int
    name: bytes = b""


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says. `dropped` answers found no room in it."""

    sort: Sort
    period: int
    counts: dict[Key, int]
    dropped: int

    @property
    def at_s(self) -> int:
        """Return seconds since 1970 at which the period begins."""
        return self.period * PERIOD_S


@dataclass(slots=True)
class Taken:
    """What was counted since the last time, and how many found no room."""

    counts: dict[Key, int] = field(default_factory=dict)
    dropped: int = 0


class Counts:
    """Count in memory, and bring it into the files now and then. A fault of the disk loses counts and is not raised.

    `add` and `take` belong to one thread; `write` may run in another, one at a time.
    """

    def __init__(self, folder: Path) -> None:
        """Write into `folder`, which is made when something is counted."""
        self._folder = folder
        self._now = Taken()
        self._files: dict[Sort, _File] = {}

    def add(self, key: Key) -> None:
        """Count one answer."""
        counts = self._now.counts
        found = counts.get(key)
        if found is not None:
            counts[key] = found + 1
        elif len(counts) < MOST_COUNTS:
            counts[key] = 1
        else:
            self._now.dropped += 1

    def take(self) -> Taken:
        """Return what was counted since the last call."""
        taken, self._now = self._now, Taken()
        return taken

    def write(self, taken: Taken, *, at_s: int) -> None:
        """Add what was taken to the files of the present period, at seconds since 1970."""
        for sort in Sort:
            counts = {key: count for key, count in taken.counts.items() if bool(key.name) is (sort is Sort.NAMES)}
            if counts:
                with suppress(OSError):
                    self._file(sort, at_s // PERIOD_S).add(counts, dropped=taken.dropped if sort is Sort.COUNTS else 0)

    def close(self, *, at_s: int) -> None:
        """Write what is left, and let go of the files."""
        self.write(self.take(), at_s=at_s)
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _file(self, sort: Sort, period: int) -> "_File":
        file = self._files.get(sort)
        if file is None or file.period != period:
            if file is not None:
                file.close()
            make_folder(self._folder)
            file = self._files[sort] = _File(self._folder, sort, period)
        return file


class _File:
    """One file of one writer. What is in it stands in memory too, and goes out with one call of the system."""

    def __init__(self, folder: Path, sort: Sort, period: int) -> None:
        self.period = period
        self._sort = sort
        self._most = MOST_COUNTS if sort is Sort.COUNTS else MOST_NAMES
        self._places: dict[Key, int] = {}
        self._dropped = 0
        self._image = bytearray(_HEAD.size)
        self._file, _ = tempfile.mkstemp(prefix=f"{sort}-{period}-", suffix=".tbl", dir=folder)
        os.fchmod(self._file, _FILE_MODE)

    def add(self, counts: dict[Key, int], *, dropped: int) -> None:
        self._dropped += dropped
        for key, count in counts.items():
            self._add(key, count)
        slots, dropped = len(self._places), min(self._dropped, EVERYBODY)
        _HEAD.pack_into(self._image, 0, _MAGIC, _VERSION, self._sort.number, self.period, slots, dropped)
        os.pwrite(self._file, self._image, 0)

    def close(self) -> None:
        os.close(self._file)

    def _add(self, key: Key, count: int) -> None:
        place = self._places.get(key)
        if place is None:
            if len(self._places) >= self._most:
                self._dropped += count
                return
            place = self._places[key] = len(self._image)
            empty = _SLOT.pack(key.whose, 0)
            self._image += empty if self._sort is Sort.COUNTS else _RECORD.pack(key.whose, 0, len(key.name), key.name)
        _, word = _SLOT.unpack_from(self._image, place)
        _SLOT.pack_into(self._image, place, key.whose, word_of(key.kind, (word & _MOST_COUNT) + count))


def word_of(kind: int, count: int) -> int:
    """Return the word of a slot; a count that is too large for it stays at the largest."""
    return kind << _KIND_SHIFT | min(count, _MOST_COUNT)


def make_folder(folder: Path) -> None:
    """Make the folder so that a data plane of another user in our group can write there. Raises `OSError`."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(_FOLDER_MODE)


def finished(folder: Path, *, at_s: int) -> list[Path]:
    """Return the files whose period is over, the oldest first; those with another name are nobody's business."""
    found = []
    for path in folder.glob("*-*-*.tbl"):
        sort, period, _ = path.name.split("-", 2)
        if sort in set(Sort) and period.isdecimal() and (int(period) + 1) * PERIOD_S + GRACE_S <= at_s:
            found.append((int(period), path))
    return [path for _, path in sorted(found)]


def read(path: Path) -> Read:
    """Return what a finished file says. Raises `BadCounts` or `OSError`."""
    octets = path.read_bytes()
    if len(octets) < _HEAD.size:
        raise BadCounts(f"{path.name}: it is cut off; delete it")
    magic, version, number, period, slots, dropped = _HEAD.unpack_from(octets)
    sort = next((one for one in Sort if one.number == number), None)
    if (magic, version) != (_MAGIC, _VERSION) or sort is None:
        raise BadCounts(f"{path.name}: it is no file of counts of this version; delete it")
    size = _SLOT.size if sort is Sort.COUNTS else _RECORD.size
    if slots * size > len(octets) - _HEAD.size:
        raise BadCounts(f"{path.name}: it is shorter than it says; delete it")
    body = memoryview(octets)[_HEAD.size : _HEAD.size + slots * size]
    counts: dict[Key, int] = {}
    for key, count in _slots(body) if sort is Sort.COUNTS else _records(body):
        counts[key] = counts.get(key, 0) + count
    return Read(sort, period, counts, dropped)


def _slots(body: memoryview) -> Iterator[tuple[Key, int]]:
    for whose, word in _SLOT.iter_unpack(body):
        if whose:
            yield Key(whose, word >> _KIND_SHIFT), word & _MOST_COUNT


def _records(body: memoryview) -> Iterator[tuple[Key, int]]:
    for whose, word, length, octets in _RECORD.iter_unpack(body):
        if whose and _is_name(octets[:length]):
            yield Key(whose, word >> _KIND_SHIFT, octets[:length]), word & _MOST_COUNT


def _is_name(octets: bytes) -> bool:
    at = 0
    while at < len(octets) and 0 < octets[at] < 64:
        at += 1 + octets[at]
    return 0 < at == len(octets)

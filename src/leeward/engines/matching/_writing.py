"""How rows become a segment file: in order, each different hash once, whole on the disk or not there at all."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from leeward.engines.matching import _layout, _merging, _plan, _sorting, _values

_MODE: Final = 0o640  # Readers share the writer's group; nobody else needs a list of such signs.
_SORTED_BITS: Final = 33  # Three turns of the sort; unrelated hashes that agree so far are a few in a million.
_CHUNK: Final = 1 << 24


@dataclass(frozen=True, slots=True)
class Rows:
    """Hold rows for a table: `words`, shape (n, words), and `keys`, shape (n,)."""

    words: npt.NDArray[np.uint64]
    keys: npt.NDArray[np.int64]


type Planner = Callable[[int], tuple[_plan.Band, ...]]  # from the number of different hashes


def write_segment(
    path: Path, *, near: Rows, exact: Rows, position: int, mark: bytes, near_bands: Planner = _plan.bands_for
) -> None:
    """Put a segment with these rows at `path`, as a whole or not at all. A file that is mapped is never written over.

    The rows are in order, and their memory is used up.
    Raises what the disk raises, and ValueError for a mark that is not 32 octets.
    """
    if len(mark) != _layout.MARK_BYTES:
        raise ValueError(f"a mark has {_layout.MARK_BYTES} octets, this has {len(mark)}; pass a SHA-256")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, _MODE)
            sink = _Sink(file)
            held = _write_table(sink, near, near_bands)
            held_exactly = _write_table(sink, exact, _plan.exact_bands_for)
            header = _layout.Header(position, mark, sink.digest(), held, held_exactly)
            file.flush()
            size = file.tell()
            file.seek(0)
            file.write(_layout.pack(header, size_bytes=size))
            file.flush()
            os.fsync(handle)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)  # There is none any more when all went well.
    _sync_folder(path.parent)


class _Sink:
    """Write arrays one after the other, each where an array may begin, and keep the checksum of what was written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._end = file.write(bytes(_layout.HEADER_BYTES))

    def add(self, array: npt.NDArray[np.generic]) -> None:
        octets = memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8))
        start = 0
        while start < len(octets):
            # Whole pieces of the file, so that the system can keep it in large pages, which make questions quicker.
            end = start + _CHUNK - self._end % _CHUNK
            self._put(octets[start:end])
            start = end
        self._put(bytes(_layout.aligned(len(octets)) - len(octets)))

    def digest(self) -> bytes:
        return self._digest.digest()

    def _put(self, octets: memoryview | bytes) -> None:
        self._digest.update(octets)
        self._end += self._file.write(octets)


def _write_table(sink: _Sink, rows: Rows, planned: Planner) -> _layout.Counts:
    """Write the arrays of a table, in the order of `_layout.places`. The memory of `rows` is used up."""
    hashes, keys, repeats, extra = _merging.compacted(rows.words, rows.keys)
    bands = planned(len(hashes)) if len(hashes) else ()
    highest = int(keys.max()) if len(keys) else 0
    sink.add(hashes)
    sink.add(keys)
    sink.add(_sorting.order_by(keys.view(np.uint64), max(1, highest.bit_length())))
    sink.add(repeats)
    sink.add(extra)
    for number, band in enumerate(bands):
        offsets = np.empty((1 << band.width) + 1, dtype=np.uint32)
        if number == 0:
            _sorting.fill_prefix(hashes, band.width, offsets)
            sink.add(offsets)
            continue
        places = np.empty(len(hashes), dtype=np.uint32)
        _sorting.fill_band(hashes, band.shift, band.width, offsets, places)
        sink.add(offsets)
        sink.add(places)
    return _layout.Counts(hashes.shape[1], len(hashes), len(keys), len(repeats), bands)


def in_order(rows: Rows) -> Rows:
    """Sort rows by hash, the last word first, and then by key.

    First by the highest bits, and then, among the few that agree so far, by everything.
    """
    words, keys = np.empty_like(rows.words), np.empty_like(rows.keys)
    order = _sorting.order_by(rows.words[:, -1] >> np.uint64(64 - _SORTED_BITS), _SORTED_BITS)
    _sorting.gather(_values.readable(rows.words), _values.readable(rows.keys), order, words, keys)
    tops = words[:, -1] >> np.uint64(64 - _SORTED_BITS)
    same = np.concatenate(([False], tops[1:] == tops[:-1], [False]))
    tied = np.flatnonzero(same[1:] | same[:-1])
    if len(tied):
        tied_words, tied_keys = words[tied], keys[tied]
        settled = np.lexsort((tied_keys, *tied_words.T))
        words[tied], keys[tied] = tied_words[settled], tied_keys[settled]
    return Rows(words, keys)


def joined(table: _layout.Table, rows: Rows, *, without: npt.NDArray[np.int64]) -> Rows:
    """Return in order the rows of a table but those of the keys in `without`, and `rows`. Raises `BadSegment`."""
    gone = np.zeros(table.counts.rows if len(without) else 0, dtype=np.bool_)
    if len(gone):
        table.rows_of(without, gone=gone)
    fresh = in_order(rows)
    words, keys, is_well = _merging.merged(table.arrays, gone, fresh.words, fresh.keys)
    if not is_well:
        raise table.damaged()
    return Rows(words, keys)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

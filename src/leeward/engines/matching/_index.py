"""One index for the threads of a process: a segment that all processes share, and what came after it."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from leeward.engines.matching import _kernels, _layout, _plan, _values, _writing
from leeward.engines.matching._fresh import Fresh

WITHIN_BITS = _plan.WITHIN_BITS

_NONE_GONE: Final = np.empty(0, dtype=np.bool_)


class SegmentTooOld(ValueError):
    """The segment ends before the one in use, and the changes between them are no longer here. Write a newer one."""


@dataclass(frozen=True, slots=True)
class Match:
    """Name a key and say how far its nearest hash is from the asked one, in bits."""

    key: int
    distance_bits: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Say how much an index holds. Rows that were published twice count twice until the next segment."""

    near_rows: int
    exact_rows: int
    delta_rows: int
    withdrawn: int
    base_position: int
    position: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _State:
    """What a question sees. Each change makes a new one, which is taken into use by one assignment."""

    base: _layout.Segment
    near: Fresh
    exact: Fresh
    hidden: dict[int, int]  # key to where it was withdrawn: its rows in `base` are not there any more
    position: int


class Index:
    """Hold hashes of 32 octets and exact values of 16 for keys, any number of each a key, and find them again.

    Any number of threads may ask while another one publishes, withdraws, writes or rebases. Writers take turns by a
    lock; readers take none. Give changes in the order of their positions; one that is given again changes nothing.
    """

    def __init__(self, base: _layout.Segment) -> None:
        """Begin with a mapped segment. Use `empty` or `open`."""
        self._writing = threading.Lock()
        self._state = _State(base, *_no_rows(), hidden={}, position=max(0, base.header.position))
        _warm_up()

    @classmethod
    def empty(cls) -> Self:
        """Return an index that holds nothing, at position 0."""
        return cls(_layout.empty_segment())

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map the segment at `path`. Raises `SegmentMissing`, or `BadSegment` where the header does not fit the file.

        The rest is checked while it is followed, and as a whole by `verify`.
        """
        return cls(_layout.open_segment(path))

    @property
    def position(self) -> int:
        """The highest position that was applied."""
        return self._state.position

    @property
    def mark(self) -> bytes:
        """The mark of the segment in use, 32 octets; zeros where there is none."""
        return self._state.base.header.mark

    def publish(self, key: int, *, near: Sequence[bytes] = (), exact: Sequence[bytes] = (), position: int) -> None:
        """Hold these hashes and exact values for `key`, a number of 0 to 2^63 - 1, besides those that it has.

        A key that was withdrawn has only these from now on. Raises ValueError for values of another length.
        """
        hashes = _values.mixed(_values.stacked(near, size=_values.HASH_BYTES))
        values = _values.exact_words(_values.stacked(exact, size=_values.EXACT_BYTES))
        if key < 0:
            raise ValueError(f"a key is 0 or more, this is {key}; number signs from 0 up")
        with self._writing:
            state = self._state
            if position > state.base.header.position and position >= state.hidden.get(key, 0):
                state = replace(
                    state,
                    near=_with_new(state.near, key, hashes, position=position),
                    exact=_with_new(state.exact, key, values, position=position),
                )
            self._state = replace(state, position=max(state.position, position))

    def publish_many(
        self,
        *,
        keys: npt.NDArray[np.int64],
        values: npt.NDArray[np.uint8],
        exact_keys: npt.NDArray[np.int64],
        exact_values: npt.NDArray[np.uint8],
        position: int,
    ) -> None:
        """Hold hash `values[i]`, shape (n, 32), for `keys[i]`, and exact values, shape (m, 16), in the same way.

        Readers see all of them or none. Raises ValueError when the shapes do not fit.
        """
        near, exact = _rows(keys, values, exact_keys, exact_values)
        with self._writing:
            state = self._state
            if position > state.base.header.position:
                near, exact = (_still_new(rows, state.hidden, position=position) for rows in (near, exact))
                state = replace(
                    state,
                    near=state.near.after(keys=near.keys, words=near.words, position=position),
                    exact=state.exact.after(keys=exact.keys, words=exact.words, position=position),
                )
            self._state = replace(state, position=max(state.position, position))

    def withdraw(self, key: int, *, position: int) -> bool:
        """Hide everything that `key` was given up to `position`, and return whether that was anything.

        Raises `BadSegment` where the segment is damaged.
        """
        with self._writing:
            state = self._state
            near, exact = (rows.rows_of(key) for rows in (state.near, state.exact))
            near, exact = near[state.near.positions[near] <= position], exact[state.exact.positions[exact] <= position]
            is_in_base = position > state.base.header.position and _base_rows(state.base, [key]) > 0
            is_held = bool(len(near) or len(exact) or (is_in_base and key not in state.hidden))
            if is_held or key in state.hidden:
                state.hidden[key] = max(position, state.hidden.get(key, 0))
            if is_held:
                state = replace(state, near=state.near.without(near), exact=state.exact.without(exact))
            self._state = replace(state, position=max(state.position, position))
            return is_held

    def advance(self, position: int) -> None:
        """Note that every change up to `position` was applied."""
        with self._writing:
            self._state = replace(self._state, position=max(self._state.position, position))

    def near(self, value: bytes, *, within_bits: int = WITHIN_BITS) -> list[Match]:
        """Return every key with a hash at most `within_bits` away from `value`, nearest first, then lowest key.

        Exact, never approximate. `value` is 32 octets, `within_bits` 0 to 256; ValueError otherwise. Up to 31 bits it
        looks where the bands lead, beyond at every hash. Raises `BadSegment` where the segment is damaged.
        """
        return self._near(_values.stacked((value,), size=_values.HASH_BYTES), within_bits=within_bits)[0]

    def near_many(self, values: npt.NDArray[np.uint8], *, within_bits: int = WITHIN_BITS) -> list[list[Match]]:
        """Return what `near` returns for each line of `values`, shape (n, 32), from one moment and by one call."""
        return self._near(values, within_bits=within_bits)

    def exact(self, value: bytes) -> list[int]:
        """Return the keys that hold exactly `value`, 16 octets as `exact_value` makes them, lowest first."""
        return self._exact(_values.stacked((value,), size=_values.EXACT_BYTES))[0]

    def exact_many(self, values: npt.NDArray[np.uint8]) -> list[list[int]]:
        """Return what `exact` returns for each line of `values`, shape (n, 16), from one moment and by one call."""
        return self._exact(values)

    def write(self, path: Path, *, mark: bytes) -> None:
        """Write what is held at this moment as a new segment, while others ask and publish. Then `rebase` to it.

        Call it in a thread of the lowest priority: on a busy machine that keeps the answers of the others quick.
        It takes about 60 octets of memory a row meanwhile.

        Raises what the disk raises, and `BadSegment` where the present segment is damaged.
        """
        with self._writing:
            state = self._state
            without = np.array(sorted(state.hidden), dtype=np.int64)
        _writing.write_segment(
            path,
            near=_joined(state.base.near, state.near, without=without),
            exact=_joined(state.base.exact, state.exact, without=without),
            position=state.position,
            mark=mark,
        )

    def rebase(self, path: Path) -> None:
        """Take the segment at `path` into use, and keep what was published or withdrawn after its position.

        Raises `SegmentMissing`, `BadSegment`, or `SegmentTooOld`; then nothing has changed.
        """
        base = _layout.open_segment(path)
        position = base.header.position
        with self._writing:
            state = self._state
            if position < state.base.header.position:
                raise SegmentTooOld(f"{path.name}: ends at {position}, and {state.base.header.position} is in use")
            self._state = _State(
                base=base,
                near=state.near.since(position),
                exact=state.exact.since(position),
                hidden={key: at for key, at in state.hidden.items() if at > position},
                position=max(state.position, position),
            )

    def figures(self) -> Figures:
        """Return how much is held at this moment. Raises `BadSegment` where the segment is damaged."""
        with self._writing:
            state = self._state
            hidden = list(state.hidden)
        near, exact = len(state.near.shown), len(state.exact.shown)
        keys = np.array(hidden, dtype=np.int64)
        header = state.base.header
        return Figures(
            near_rows=header.near.rows - int(state.base.near.rows_of(keys, gone=_NONE_GONE).sum()) + near,
            exact_rows=header.exact.rows - int(state.base.exact.rows_of(keys, gone=_NONE_GONE).sum()) + exact,
            delta_rows=near + exact,
            withdrawn=len(hidden),
            base_position=max(0, header.position),
            position=state.position,
            size_bytes=state.base.size_bytes,
        )

    def _near(self, values: npt.NDArray[np.uint8], *, within_bits: int) -> list[list[Match]]:
        if not 0 <= within_bits <= _plan.HASH_BITS:
            raise ValueError(f"within_bits is 0 to {_plan.HASH_BITS}, this is {within_bits}; choose one in between")
        state = self._state
        asked = _values.mixed(values)
        found = _asked(state.base.near, state.near, state.hidden, asked, within_bits=within_bits)
        return [[Match(key, bits) for bits, key in sorted((bits, key) for key, bits in one.items())] for one in found]

    def _exact(self, values: npt.NDArray[np.uint8]) -> list[list[int]]:
        state = self._state
        found = _asked(state.base.exact, state.exact, state.hidden, _values.exact_words(values), within_bits=0)
        return [sorted(one) for one in found]


def build(
    path: Path,
    *,
    keys: npt.NDArray[np.int64],
    values: npt.NDArray[np.uint8],
    exact_keys: npt.NDArray[np.int64],
    exact_values: npt.NDArray[np.uint8],
    position: int,
    mark: bytes,
) -> None:
    """Write a segment that holds hash `values[i]`, shape (n, 32), for `keys[i]`, and exact values, shape (m, 16).

    Raises ValueError when the shapes do not fit, and what the disk raises.
    """
    near, exact = _rows(keys, values, exact_keys, exact_values)
    # By the same name, so that the memory of what is not in order yet is free while the segment is written.
    near, exact = _writing.in_order(near), _writing.in_order(exact)
    _writing.write_segment(path, near=near, exact=exact, position=position, mark=mark)


def _asked(
    table: _layout.Table, fresh: Fresh, hidden: dict[int, int], asked: npt.NDArray[np.uint64], *, within_bits: int
) -> list[dict[int, int]]:
    """Return for each line of `asked` the bits by key of what is near: the nearest of each key."""
    radii = _plan.radii(table.counts.bands, within_bits)
    asked = asked.view()
    asked.flags.writeable = False  # Else the loops are compiled twice, the second time while somebody waits.
    found, is_well = _kernels.ask(table.arrays, fresh.arrays(), radii, within_bits, asked)
    if not is_well:
        raise table.damaged()
    nearest: list[dict[int, int]] = [{} for _ in range(len(asked))]
    for number, is_fresh, bits, key in found.tolist():
        if (is_fresh or key not in hidden) and bits < nearest[number].get(key, _plan.HASH_BITS + 1):
            nearest[number][key] = bits
    return nearest


def _with_new(fresh: Fresh, key: int, words: npt.NDArray[np.uint64], *, position: int) -> Fresh:
    """Add those rows of a key that are not there yet, and note for the others that they were published again."""
    if not len(words):
        return fresh
    there = fresh.rows_of(key)
    same = (fresh.words[:, there].T[None, :, :] == words[:, None, :]).all(axis=2)
    again = there[same.any(axis=0)]
    fresh.positions[again] = np.maximum(fresh.positions[again], position)
    new = words[~same.any(axis=1)]
    return fresh.after(keys=np.full(len(new), key, dtype=np.int64), words=new, position=position)


def _still_new(rows: _writing.Rows, hidden: dict[int, int], *, position: int) -> _writing.Rows:
    """Leave out the rows of keys that were withdrawn later than at `position`."""
    later = np.array([key for key, at in hidden.items() if at > position], dtype=np.int64)
    if not len(later):
        return rows
    kept = ~np.isin(rows.keys, later)
    return _writing.Rows(rows.words[kept], rows.keys[kept])


def _base_rows(base: _layout.Segment, keys: list[int]) -> int:
    asked = np.array(keys, dtype=np.int64)
    return sum(int(table.rows_of(asked, gone=_NONE_GONE).sum()) for table in (base.near, base.exact))


def _joined(table: _layout.Table, fresh: Fresh, *, without: npt.NDArray[np.int64]) -> _writing.Rows:
    rows = fresh.shown
    return _writing.joined(
        table, _writing.Rows(np.ascontiguousarray(fresh.words[:, rows].T), fresh.keys[rows]), without=without
    )


def _rows(
    keys: npt.NDArray[np.int64],
    values: npt.NDArray[np.uint8],
    exact_keys: npt.NDArray[np.int64],
    exact_values: npt.NDArray[np.uint8],
) -> tuple[_writing.Rows, _writing.Rows]:
    for some in (keys, exact_keys):
        if some.ndim != 1 or some.dtype != np.int64 or (len(some) and int(some.min()) < 0):
            raise ValueError(f"keys are {some.dtype} of shape {some.shape}; pass int64 of shape (n,), each 0 or more")
    near = _writing.Rows(_values.mixed(values), keys)
    exact = _writing.Rows(_values.exact_words(exact_values), exact_keys)
    if len(keys) != len(values) or len(exact_keys) != len(exact_values):
        raise ValueError("there are not as many keys as values; pass one key for each value")
    return near, exact


def _no_rows() -> tuple[Fresh, Fresh]:
    return Fresh.empty(words=_plan.HASH_BITS // 64), Fresh.empty(words=_plan.EXACT_BITS // 64)


@cache
def _warm_up() -> None:
    """Ask one question of nothing, so that the loops are compiled or loaded before somebody waits for an answer."""
    base, (near, _) = _layout.empty_segment(), _no_rows()
    _asked(base.near, near, {}, _values.mixed(np.zeros((1, _values.HASH_BYTES), np.uint8)), within_bits=0)
    _base_rows(base, [0])

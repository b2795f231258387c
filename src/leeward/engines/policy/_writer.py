"""The one writer of a policy table."""

import fcntl
import mmap
import pathlib
from collections.abc import Iterable
from types import TracebackType
from typing import IO, Final, Self

from . import _names, _table
from ._entries import Entry
from ._files import Control, map_table, replace
from ._table import Row

_ROOM: Final = 1024  # Entries that even an empty table has room for.


class TableBusy(RuntimeError):
    """Another process is writing this table. Try again when it is done; two writers would lose each other's changes."""


class PositionWentBack(ValueError):
    """The new position is smaller than the stored one. Follow the change log from `Writer.position`."""


class Writer:
    """Change a policy table in place; readers in other processes see each change on their next question.

    A change is visible at once and survives the end of this process. `advance` also makes it survive a power cut, so
    follow the change log from `position` after a restart: `block` and `unblock` may be repeated without harm.
    """

    def __init__(self, path: pathlib.Path, lock: IO[bytes]) -> None:
        """Map the table at `path`, whose `lock` is held. Use `create` or `open`."""
        self._path = path
        self._lock = lock
        self._table, self._memory = map_table(path, access=mmap.ACCESS_WRITE)
        self._control = Control.ensure(path)
        # A writer that died between the announcement of a new table and its arrival leaves this word too high.
        self._control.generation = self._table.generation

    @classmethod
    def create(
        cls, path: pathlib.Path, entries: Iterable[Entry], *, position: int, never_block: frozenset[str]
    ) -> Self:
        """Compile a new table at `path`, which replaces the present one as a whole, and open it.

        Raises what `blockable` raises for the first entry that may not be kept away, and then changes nothing.
        """
        rows = list(_unique(_checked(entry, never_block) for entry in entries))
        lock = _locked(path)
        try:
            control = Control.ensure(path)
            control.generation += 1
            replace(
                path,
                _table.image(rows, spare=len(rows) // 10 + _ROOM, position=position, generation=control.generation),
            )
            control.close()
            return cls(path, lock)
        except (OSError, ValueError):
            lock.close()
            raise

    @classmethod
    def open(cls, path: pathlib.Path) -> Self:
        """Open the table at `path`. Raises `TableMissing`, `BadTable` or `TableBusy`."""
        lock = _locked(path)
        try:
            return cls(path, lock)
        except (OSError, ValueError):
            lock.close()
            raise

    @property
    def position(self) -> int:
        """The position in the change log up to which the table follows it."""
        return self._table.position

    def block(self, entry: Entry, *, never_block: frozenset[str]) -> None:
        """Keep `entry.name` and every name below it away until this sign is withdrawn.

        A repeated entry changes nothing; another reason for the same sign replaces the old one.
        Raises what `blockable` raises.
        """
        row = _checked(entry, never_block)
        before = [one for one in self._table.of_name(row.wire) if one.sign == row.sign and not one.is_withdrawn]
        if any(one.reason is row.reason for one in before):
            return
        if not self._table.has_room(row.wire):
            self._move(extra=row)
            return
        self._table.add(row)
        for one in before:
            self._table.withdraw(one)

    def unblock(self, sign: int) -> int:
        """Withdraw every block of `sign` and return how many there were; zero is no fault."""
        live = [record for record in self._table.of_sign(sign) if not record.is_withdrawn]
        for record in live:
            self._table.withdraw(record)
        return len(live)

    def lift(self, never_block: frozenset[str]) -> int:
        """Withdraw every block that `blockable` would refuse for `never_block`, and return how many there were.

        Looks at the whole table.
        """
        protected = [
            record
            for record in self._table.live()
            if _names.is_protected(_names.of_wire(record.wire), never_block=never_block)
        ]
        for record in protected:
            self._table.withdraw(record)
        return len(protected)

    def advance(self, position: int) -> None:
        """Store that every change up to `position` is in the table, after these changes are safe on the disk."""
        if position < self._table.position:
            raise PositionWentBack(f"position {position}: the table is at {self._table.position}; follow from there")
        self._memory.flush()
        self._table.position = position
        self._memory.flush()

    def close(self) -> None:
        """Let go of the table so that another writer can have it."""
        self._table.release()
        self._memory.close()
        self._control.close()
        self._lock.close()

    def __enter__(self) -> Self:
        """Return this writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close this writer."""
        self.close()

    def _move(self, *, extra: Row) -> None:
        """Write a larger table with what is still in force and `extra`, and put it in the place of this one."""
        kept = (row for row in self._table.live_rows() if (row.wire, row.sign) != (extra.wire, extra.sign))
        position = self._table.position
        rows = [*kept, extra]
        spare = len(rows) // 2 + _ROOM  # More than a new table gets, because a move makes this change wait.
        octets = _table.image(rows, spare=spare, position=position, generation=self._table.generation + 1)
        # Readers are told before the new file arrives: from then on they look at the file system until they have it,
        # so a writer that dies here leaves slower readers, never readers that miss the new table.
        self._control.generation = self._table.generation + 1
        replace(self._path, octets)
        old_table, old_memory = self._table, self._memory
        self._table, self._memory = map_table(self._path, access=mmap.ACCESS_WRITE)
        old_table.release()
        old_memory.close()


def _checked(entry: Entry, never_block: frozenset[str]) -> Row:
    host = _names.blockable(entry.name, never_block=never_block)
    return _table.row(entry, wire=_names.wire(host))


def _unique(rows: Iterable[Row]) -> Iterable[Row]:
    """Return the rows with the last one for each name and sign, in the order in which these were last given."""
    latest: dict[tuple[bytes, int], Row] = {}
    for row in rows:
        latest.pop((row.wire, row.sign), None)
        latest[row.wire, row.sign] = row
    return latest.values()


def _locked(path: pathlib.Path) -> IO[bytes]:
    lock = path.with_name(f"{path.name}.lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise TableBusy(f"{path.name}: another process is writing it; try again when it is done") from None
    return lock

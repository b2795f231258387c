"""Readers of a policy table: any number, in any process."""

import mmap
import pathlib

from . import _names
from ._entries import ALLOWED, Verdict
from ._files import Control, map_table
from ._table import BadTable, Table

_Seen = tuple[int, int, int]


class Reader:
    """Answer from the newest good table at a path.

    `fault` tells why the file that lies there now is not the one in use, or is None: readiness pages show it.
    Safe to ask from several threads: a question keeps the table it began with.
    """

    def __init__(self, path: pathlib.Path) -> None:
        """Map the table at `path`. Use `open`."""
        self._path = path
        self._seen = self._look()
        self._control = Control.open(path, access=mmap.ACCESS_READ)
        self._table, _ = map_table(path, access=mmap.ACCESS_READ)
        self.fault: str | None = None

    @classmethod
    def open(cls, path: pathlib.Path) -> "Reader":
        """Map the table at `path`. Raises `TableMissing` or `BadTable`."""
        return cls(path)

    @property
    def position(self) -> int:
        """The position in the change log up to which the table in use follows it."""
        return self._newest().position

    def decide(self, name: str) -> Verdict:
        """Tell whether `name` or one of its parents is kept away; the longest blocked name decides.

        Takes any text: what is not a host name is kept away only by a blocked parent. Never raises for a name.
        """
        table = self._newest()
        labels = _names.asked_labels(name)
        # 255 is no length of a label, so a label that cannot be in a table spoils every suffix that holds it.
        pieces = [bytes((len(label) or 255,)) + label for label in labels]
        wire = b"".join(pieces) + b"\0"
        start = 0
        for number, piece in enumerate(pieces):
            record = table.newest(wire[start:])
            if record is not None:
                matched = b".".join(labels[number:]).decode("ascii")
                return Verdict(blocked=True, name=matched, reason=record.reason, sign=record.sign)
            start += len(piece)
        return ALLOWED

    def _newest(self) -> Table:
        if self._control is None or self._control.generation != self._table.generation:
            self._follow()
        return self._table

    def _follow(self) -> None:
        """Take the file that now lies at the path, if it is another one and good; otherwise keep the last good one."""
        seen = self._look()
        if seen is not None and seen == self._seen:
            return
        self._seen = seen
        try:
            # The old table stays mapped as long as a question holds it, and goes when the last one is answered.
            self._table, _ = map_table(self._path, access=mmap.ACCESS_READ)
        except BadTable as error:
            self.fault = str(error)
            return
        self.fault = None
        self._control = Control.open(self._path, access=mmap.ACCESS_READ)

    def _look(self) -> _Seen | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

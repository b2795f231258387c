"""What a table of names is made of: files of lists, and the names that no list brings. Without Django, for a process of its own."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from leeward.engines.policy import family


@dataclass(frozen=True, slots=True)
class Source:
    """The names of one list in force: the file that holds them, how many there are, and the marks that each gets."""

    file: str
    count: int
    marks: int


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that a table of names is made of. It needs no database and can be handed to another process."""

    folder: Path
    lists: tuple[Source, ...]
    fixed: dict[str, int]

    @property
    def count(self) -> int:
        """How many names there are at most."""
        return sum(source.count for source in self.lists) + len(self.fixed)

    @property
    def lost(self) -> int:
        """How many lists have no file on this machine."""
        return sum(not (self.folder / source.file).is_file() for source in self.lists)

    def here(self) -> Sources:
        """Return the same without the lists that have no file on this machine."""
        return replace(self, lists=tuple(one for one in self.lists if (self.folder / one.file).is_file()))

    def without_lists(self) -> Sources:
        """Return only what no list brings."""
        return replace(self, lists=())

    @property
    def digest(self) -> str:
        """Return 32 hexadecimal digits that differ where the names or their marks may differ."""
        # A file is never changed, so its name stands for what is in it.
        said = [f"{source.file} {source.marks}" for source in self.lists]
        said += [f"{name} {marks}" for name, marks in sorted(self.fixed.items())]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]

    def names(self) -> Iterator[tuple[str, int]]:
        """Yield every name with its marks. One that a list also resets comes twice, one after the other or not."""
        files = [_lines(self.folder / source.file, source.marks) for source in self.lists]
        for name, group in groupby(heapq.merge(*files, key=itemgetter(0)), key=itemgetter(0)):
            marks = 0
            for _, of_one in group:
                marks |= of_one
            yield name.removeprefix("@"), marks
        yield from self.fixed.items()


def _lines(path: Path, marks: int) -> Iterator[tuple[str, int]]:
    """Yield the lines of a list's file in their order, each with its marks; an exception begins with `@`."""
    with path.open(encoding="ascii") as file:
        for line in file:
            yield line.rstrip("\n"), family.RESET if line.startswith("@") else marks

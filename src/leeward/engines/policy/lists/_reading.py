"""One pass over a list: its names as they come, and what was wrong with it."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from leeward.engines.policy import _names as names
from leeward.engines.policy.lists._adblock import Adblock
from leeward.engines.policy.lists._careful import checked, may_be_public
from leeward.engines.policy.lists._dnsmasq import Dnsmasq
from leeward.engines.policy.lists._domains import Domains
from leeward.engines.policy.lists._hosts import Hosts
from leeward.engines.policy.lists._lines import blocks, text_of
from leeward.engines.policy.lists._rpz import Rpz
from leeward.engines.policy.lists._values import Fault, Format, Grammar, NotAboutNames, Refused, Row

FAULT_LIMIT: Final = 100
_GRAMMARS: Final[dict[Format, type[Grammar]]] = {
    Format.HOSTS: Hosts,
    Format.DOMAINS: Domains,
    Format.ADBLOCK: Adblock,
    Format.DNSMASQ: Dnsmasq,
    Format.RPZ: Rpz,
}


class Reading:
    """Iterate once over the rows; a name that comes twice in a row is given once. Afterwards the rest is known.

    `faults` and `left_out` hold the first few of what was refused and of what is not about names; `fault_count` and
    `left_out_count` count all of them, and `line_count` the lines.
    """

    def __init__(self, parts: Iterable[bytes], format: Format, *, resets: bool, fault_limit: int) -> None:
        self.faults: list[Fault] = []
        self.left_out: list[Fault] = []
        self.fault_count = self.left_out_count = self.line_count = 0
        self._parts, self._resets, self._limit = parts, resets, fault_limit
        self._grammar = _GRAMMARS[format]()

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows in the order of the list."""
        plain, grammar, resets = re.compile(self._grammar.plain.encode()).fullmatch, self._grammar, self._resets
        last: Row | None = None
        for lines in blocks(self._parts):
            for number, line in enumerate(lines, start=self.line_count + 1):
                found = plain(line)
                name = found["name"].decode().lower() if found and grammar.is_plain_now else ""
                if name and len(name) <= names.MAX_NAME_OCTETS and not may_be_public(name):
                    row = Row(name, resets)
                    if row != last:
                        yield row
                    last = row
                    continue
                for row in self._looked_at(number, line):
                    if row != last:
                        yield row
                    last = row
            self.line_count += len(lines)

    def _looked_at(self, number: int, line: bytes) -> Iterator[Row]:
        try:
            for written in self._grammar.names(text_of(line)):
                try:
                    yield Row(checked(written.text, column=written.column), written.resets or self._resets)
                except Refused as refused:
                    self._note_fault(number, refused)
        except Refused as refused:
            self._note_fault(number, refused)
        except NotAboutNames as other:
            self.left_out_count += 1
            if len(self.left_out) < self._limit:
                self.left_out.append(Fault(number, other.column, other.what))

    def _note_fault(self, number: int, refused: Refused) -> None:
        self.fault_count += 1
        if len(self.faults) < self._limit:
            self.faults.append(Fault(number, refused.column, refused.what))


def read(parts: Iterable[bytes], *, format: Format, resets: bool = False, fault_limit: int = FAULT_LIMIT) -> Reading:
    """Read a list from parts of any size, such as `chunks(file)` or `[text]`. With `resets`, every name is an exception."""
    return Reading(parts, format, resets=resets, fault_limit=fault_limit)

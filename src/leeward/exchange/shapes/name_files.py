"""Lists of addresses and host names in and out: one address a line, and the formats of `engines.policy.lists`.

One address a line is how the IWF gives its URL list to members. Names come as hosts files, plain names, adblock, dnsmasq, RPZ
or the category folders of UT1, and are read by the one parser for these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from leeward.engines.policy import lists, targets
from leeward.exchange.shapes.values import Fault, Told
from leeward.indicators import services as indicators
from leeward.indicators.models import Category, Kind
from leeward.indicators.services import Sign

FAULTS_SHOWN = 100
LINE_MAX = 2048  # Characters of an address.


class Target(StrEnum):
    """How names are written."""

    URLS = "urls"
    HOSTS = "hosts"
    RPZ = "rpz"
    UT1 = "ut1"


class Addresses:
    """Iterate once over a list of one address a line; `#` begins a comment. Afterwards `faults` and the counts are known."""

    def __init__(self, lines: Iterable[str], *, category: Category, scheme: str = "") -> None:
        """Read lines; `scheme` stands before each where the list leaves it out, as UT1 does."""
        self.faults: list[Fault] = []
        self.fault_count = self.line_count = 0
        self._lines, self._category, self._before = lines, category, f"{scheme}://" if scheme else ""

    def __iter__(self) -> Iterator[Sign]:
        """Yield the signs in the order of the list."""
        for number, raw in enumerate(self._lines, 1):
            self.line_count = number
            text = raw.strip().removeprefix("\ufeff")
            if not text or text.startswith("#"):
                continue
            column = len(raw) - len(raw.lstrip()) + 1
            try:
                if len(text) > LINE_MAX:
                    raise indicators.NotASign(f"the line is longer than {LINE_MAX} characters")
                yield Sign(Kind.URL, indicators.normal(Kind.URL, self._before + text), self._category)
            except indicators.NotASign as fault:
                self.fault_count += 1
                if len(self.faults) < FAULTS_SHOWN:
                    self.faults.append(Fault(number, column, f"{fault}; correct the address or remove the line"))


class Names:
    """Iterate once over a list of names in one of the formats of `engines.policy.lists`; exceptions in it are left out."""

    def __init__(self, parts: Iterable[bytes], format: lists.Format, *, category: Category) -> None:
        self._reading = lists.read(parts, format=format, fault_limit=FAULTS_SHOWN)
        self._category = category

    def __iter__(self) -> Iterator[Sign]:
        """Yield the signs in the order of the list."""
        for row in self._reading:
            if not row.resets:
                yield Sign(Kind.DOMAIN, row.name, self._category)

    @property
    def faults(self) -> list[Fault]:
        """The first of what was refused."""
        return [Fault(fault.line, fault.column, fault.what) for fault in self._reading.faults]

    @property
    def fault_count(self) -> int:
        """How many lines or names were refused."""
        return self._reading.fault_count

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return self._reading.line_count


def addresses(signs: Iterable[Told]) -> Iterator[str]:
    """Yield one address a line."""
    yield from sorted({told.value for told in signs if told.kind == Kind.URL})


def hosts(signs: Iterable[Told]) -> Iterator[str]:
    """Yield the rows of a hosts file."""
    return targets.hosts(_names(signs), never=())


def rpz(signs: Iterable[Told], *, zone: str, at: datetime) -> targets.Rpz:
    """Return the rows of a response policy zone, and the names that are too long for it. Raises `targets.NotAZone`."""
    return targets.rpz(_names(signs), never=(), zone=targets.Zone(zone, int(at.timestamp())))


def folders(signs: Iterable[Told]) -> Mapping[str, Mapping[str, list[str]]]:
    """Return the files `domains` and `urls` of a folder for each category, as UT1 has them; its addresses have no scheme."""
    found: dict[str, dict[str, set[str]]] = {}
    for told in signs:
        files = found.setdefault(told.category, {"domains": set(), "urls": set()})
        if told.kind == Kind.DOMAIN:
            files["domains"].add(told.value)
        elif told.kind == Kind.URL:
            files["urls"].add(told.value.partition("://")[2])
    return {name: {file: sorted(rows) for file, rows in files.items()} for name, files in found.items()}


def _names(signs: Iterable[Told]) -> list[str]:
    return [told.value for told in signs if told.kind == Kind.DOMAIN]

"""The words of the marks, from `catalogue.toml`: what a family can keep away, and the names of apps and sites."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from leeward.engines.policy import _names

from .values import BYPASSES, CATEGORIES, RESET, SAFE_SEARCHES, SERVICES

_FILE: Final = Path(__file__).with_name("catalogue.toml")
_FIELDS: Final = frozenset({"slug", "bit", "kind", "title", "example", "ut1", "domains", "written", "checked"})


class CatalogueWrong(ValueError):
    """A row of the catalogue cannot be used. The message names the row and the field, and what to write there."""


class UnknownSlug(KeyError):
    """No entry of the catalogue has this slug. Show the family which ones there are."""


class Kind(StrEnum):
    """What an entry is about."""

    CATEGORY = "category"
    BYPASS = "bypass"
    SAFE_SEARCH = "safesearch"
    SERVICE = "service"


_BITS: Final = {
    Kind.CATEGORY: CATEGORIES,
    Kind.BYPASS: BYPASSES,
    Kind.SAFE_SEARCH: SAFE_SEARCHES,
    Kind.SERVICE: SERVICES,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a family can choose; `example` says in a sentence what is kept away, or is left out by a safe form.

    `domains` are normalised names; `written` and `checked` are the days on which they were written down and compared
    with what the app really asks for (None: nobody did).
    """

    slug: str
    bit: int
    kind: Kind
    title: str
    example: str
    ut1: tuple[str, ...]
    domains: tuple[str, ...]
    written: date | None
    checked: date | None

    @property
    def mark(self) -> int:
        """The one mark of this entry."""
        return 1 << self.bit


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every entry in the order of the bits, and what the folders of UT1 mean."""

    entries: tuple[Entry, ...]
    ut1_white: frozenset[str]
    ut1_unused: Mapping[str, str]

    def of_kind(self, kind: Kind) -> tuple[Entry, ...]:
        """Return the entries of one kind in the order of the bits."""
        return tuple(entry for entry in self.entries if entry.kind is kind)

    def entry(self, slug: str) -> Entry:
        """Return the entry with a slug, or raise `UnknownSlug`."""
        found = next((entry for entry in self.entries if entry.slug == slug), None)
        if found is None:
            raise UnknownSlug("no such slug in the catalogue; take one that it lists")
        return found

    def marks(self, slugs: Iterable[str]) -> int:
        """Return the marks of some slugs together. Raises `UnknownSlug`."""
        together = 0
        for slug in slugs:
            together |= self.entry(slug).mark
        return together

    def of_marks(self, marks: int) -> tuple[Entry, ...]:
        """Return the entries whose mark is among `marks`, in the order of the bits."""
        return tuple(entry for entry in self.entries if entry.mark & marks)

    def service_names(self) -> dict[str, int]:
        """Return the marks of every name of a service."""
        together: dict[str, int] = {}
        for entry in self.of_kind(Kind.SERVICE):
            for name in entry.domains:
                together[name] = together.get(name, 0) | entry.mark
        return together

    def ut1_marks(self, folder: str) -> int:
        """Return the marks of the names in a folder of the UT1 lists: RESET for a white one, 0 for an unused one."""
        if folder in self.ut1_white:
            return RESET
        return self.marks(entry.slug for entry in self.entries if folder in entry.ut1)


@cache
def catalogue() -> Catalogue:
    """Return the catalogue that is shipped. Raises `CatalogueWrong`."""
    return read(_FILE.read_text(encoding="utf-8"))


def read(text: str) -> Catalogue:
    """Return the catalogue that a TOML text describes. Raises `CatalogueWrong`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueWrong(f"catalogue: not TOML: {error}; mend that line") from None
    entries = [_entry(number, row) for number, row in enumerate(table.get("entry", []), start=1)]
    _refuse_twice([entry.slug for entry in entries], what="slug")
    _refuse_twice([str(entry.bit) for entry in entries], what="bit")
    ut1 = table.get("ut1", {})
    white, unused = frozenset(ut1.get("white", [])), dict(ut1.get("unused", {}))
    _refuse_twice([*white, *unused, *(folder for entry in entries for folder in entry.ut1)], what="UT1 folder")
    return Catalogue(tuple(sorted(entries, key=lambda entry: entry.bit)), white, unused)


def _entry(number: int, row: Mapping[str, Any]) -> Entry:
    place = f"entry {number}"
    if other := row.keys() - _FIELDS:
        raise CatalogueWrong(f"{place}: it has a field {min(other)!r} that nothing reads; take it out")
    try:
        kind, bit = Kind(row["kind"]), int(row["bit"])
        entry = Entry(
            slug=row["slug"],
            bit=bit,
            kind=kind,
            title=row["title"],
            example=row["example"],
            ut1=tuple(row.get("ut1", ())),
            domains=tuple(_name(name) for name in row.get("domains", ())),
            written=row.get("written"),
            checked=date.fromisoformat(row["checked"]) if row.get("checked") else None,
        )
    except KeyError as missing:
        raise CatalogueWrong(f"{place}: the field {missing} is missing; write it") from None
    except (TypeError, ValueError) as error:
        raise CatalogueWrong(f"{place}: {error}") from None
    if bit < 0 or not entry.mark & _BITS[kind]:
        raise CatalogueWrong(f"{place}, bit: {bit} is no bit of a {kind}; the head of the file says which are")
    if (kind is Kind.SERVICE) != bool(entry.domains) or (kind is Kind.SERVICE) != (entry.written is not None):
        raise CatalogueWrong(
            f"{place}: a service, and nothing else, has `domains` and the day on which they were `written`"
        )
    return entry


def _name(name: str) -> str:
    try:
        is_normalised = _names.blockable(name, never_block=frozenset()) == name
    except ValueError as error:
        raise ValueError(f"domains, {name!r}: {error}") from None
    if not is_normalised:
        raise ValueError(f"domains, {name!r}: not normalised; write it in lower case and as A-labels")
    return name


def _refuse_twice(values: list[str], *, what: str) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise CatalogueWrong(f"{what} {twice[0]}: it is given twice; every {what} has one meaning")

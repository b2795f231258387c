"""Reading one row of a rule set: every key is checked, and what is wrong is named with its place."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Final

LONGEST: Final = 500  # characters of a sentence. As long as the columns that keep them.
LONGEST_BASIS: Final = 300
LONGEST_NAME: Final = 120
LONGEST_SLUG: Final = 60
LONGEST_QUEUE: Final = 40
SLUG_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


class BadRow(ValueError):
    """A row of a rule set cannot be used. The words name the row, the field and what to write instead."""

    def __init__(self, row: str, field: str, why: str) -> None:
        """Say it as one sentence."""
        super().__init__(f'{row}, field "{field}": {why}')
        self.row = row
        self.field = field
        self.why = why


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One row while it is read. `name` is how an error speaks of it."""

    name: str
    values: Mapping[str, Any]

    @classmethod
    def of(cls, what: str, values: object, *, id_field: str, known: Iterable[str]) -> Row:
        """Return the row. Raise `BadRow` where it is no table, has no name, or holds a key that nobody reads."""
        if not isinstance(values, Mapping):
            raise BadRow(what, id_field, "the row is not a table of keys and values")
        named = values.get(id_field)
        row = cls(f'{what} "{named}"' if isinstance(named, str) and named else f"{what} without a name", values)
        row.slug(id_field, is_needed=True)
        known = sorted(known)
        for key in values:
            if key not in known:
                raise row.bad(str(key), f"there is no such field; known are {', '.join(known)}")
        return row

    def bad(self, field: str, why: str) -> BadRow:
        """Return the error about one field."""
        return BadRow(self.name, field, why)

    def text(self, field: str, *, longest: int = LONGEST, is_needed: bool = False) -> str:
        """Return a string, empty where it is absent."""
        value = self.values.get(field, "")
        if not isinstance(value, str):
            raise self.bad(field, "is not text; put it in quotes")
        if is_needed and not value.strip():
            raise self.bad(field, "is missing or empty; write it")
        if len(value) > longest:
            raise self.bad(field, f"is {len(value)} characters long; the longest is {longest}")
        return value

    def slug(self, field: str, *, is_needed: bool = False, longest: int = LONGEST_SLUG) -> str:
        """Return a name of small letters, digits, `-` and `_`."""
        value = self.text(field, longest=longest, is_needed=is_needed)
        if not SLUG_LETTERS.issuperset(value):
            raise self.bad(field, "has other letters than a-z, 0-9, - and _")
        return value

    def choice[E: StrEnum](self, field: str, words: type[E], *, default: E | None = None) -> E:
        """Return one word of a closed set."""
        value = self.values.get(field, default)
        if not isinstance(value, str) or value not in words:
            raise self.bad(field, f"is not one of {', '.join(words)}")
        return words(value)

    def words(self, field: str, allowed: Iterable[str], *, is_needed: bool = False) -> tuple[str, ...]:
        """Return a list of words of a closed set, in the order in which they are written."""
        values = self.values.get(field, [])
        if not isinstance(values, (list, tuple)) or (is_needed and not values):
            raise self.bad(field, "is not a list of words" if values else "is an empty list; write at least one word")
        known = sorted(allowed)
        for value in values:
            if not isinstance(value, str) or value not in known:
                raise self.bad(
                    field, f'"{value}" is not known; known are {", ".join(word or "(empty)" for word in known)}'
                )
        if len(set(values)) != len(values):
            raise self.bad(field, "names a word twice")
        return tuple(values)

    def flag(self, field: str) -> bool:
        """Return true or false; absent means false."""
        value = self.values.get(field, False)
        if not isinstance(value, bool):
            raise self.bad(field, "is not true or false")
        return value

    def whole(self, field: str, *, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        value = self.values.get(field)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.bad(field, f"is not a whole number from {least} to {most}")
        return value

    def day(self, field: str) -> date:
        """Return a date, given as one or as text like 2026-11-22."""
        value = self.values.get(field)
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise self.bad(field, "is not a date like 2026-11-22") from None
        if type(value) is not date:
            raise self.bad(field, "is missing; write the day on which the row was right, like 2026-11-22")
        return value

    def rows(self, field: str) -> Sequence[Any]:
        """Return a list of rows, each still to be read."""
        value = self.values.get(field, [])
        if not isinstance(value, (list, tuple)):
            raise self.bad(field, "is not a list of rows")
        return value

    def page(self, field: str) -> str:
        """Return the address of a page, empty where it is absent."""
        value = self.text(field)
        if value and not value.startswith(("https://", "http://")):
            raise self.bad(field, "is not the address of a page; it starts with https://")
        return value

    def place(self, field: str, *, also: Iterable[str]) -> str:
        """Return a country as two capital letters, or one of the other words."""
        return place(self, field, self.text(field), also=also)


def place(row: Row, field: str, value: object, *, also: Iterable[str]) -> str:
    """Return a value that is a country as two capital letters, or one of the other words."""
    others = tuple(also)
    if isinstance(value, str) and value in others:
        return value
    if value == "UK":
        raise row.bad(field, '"UK" is not the code of a country; write GB')
    if not isinstance(value, str) or not (len(value) == 2 and value.isascii() and value.isalpha() and value.isupper()):
        raise row.bad(
            field, f"is not a country as two capital letters, nor {' or '.join(word for word in others if word)}"
        )
    return value


def as_row(value: Any) -> dict[str, Any]:
    """Return a value as a row fit for JSON. Fields that say no more than their default are left out."""
    row: dict[str, Any] = {}
    for field in dataclasses.fields(value):
        found = getattr(value, field.name)
        if found != field.default and found != {}:
            row[field.name] = _plain(found)
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (tuple, frozenset)):
        kept = [str(word) if isinstance(word, StrEnum) else word for word in value]
        return sorted(kept) if isinstance(value, frozenset) else kept
    if isinstance(value, Mapping):
        return {key: _plain(kept) for key, kept in value.items()}
    return str(value) if isinstance(value, StrEnum) else value

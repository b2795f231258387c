"""The names of search engines and the names of their safe forms, from `safesearch.toml`."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from .catalogue import catalogue

_FILE: Final = Path(__file__).with_name("safesearch.toml")


@dataclass(frozen=True, slots=True)
class Engine:
    """A search engine: its mark, its names, and the name that is answered in their place.

    `moderate` is a milder form, "" where the vendor has none; `source` is the vendor's own page; `written` and `checked`
    are the days on which this was written down and compared with that page (None: nobody did).
    """

    mark: int
    names: tuple[str, ...]
    safe: str
    moderate: str
    source: str
    written: date
    checked: date | None


@cache
def engines() -> tuple[Engine, ...]:
    """Return the search engines that publish a safe form."""
    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))["engine"]
    return tuple(
        Engine(
            mark=catalogue().entry(row["mark"]).mark,
            names=tuple(row["names"]),
            safe=row["safe"],
            moderate=row.get("moderate", ""),
            source=row["source"],
            written=row["written"],
            checked=date.fromisoformat(row["checked"]) if row["checked"] else None,
        )
        for row in rows
    )


def safe_name(name: str) -> str | None:
    """Return the name whose addresses answer for the normalised `name` in its safe form, or None where there is none.

    A name below one of an engine carries its mark but has no safe form of its own, so it is answered as it is; so is
    the safe form itself. Source: the vendors' pages in `safesearch.toml`.
    """
    return _safe_names().get(name)


def safe_search_names() -> dict[str, int]:
    """Return the mark of every name that has a safe form, for the table of listed names."""
    return {name: engine.mark for engine in engines() for name in engine.names}


@cache
def _safe_names() -> dict[str, str]:
    return {name: engine.safe for engine in engines() for name in engine.names}

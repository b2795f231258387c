"""What gettext's catalogues of the pages say, read from the `.po` files that translators edit.

Django reads the compiled `.mo` beside each; docs/operator/languages.md says how both are made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LOCALE = Path(__file__).resolve().parent.parent / "locale"


class BrokenCatalogue(Exception):
    """A line of a `.po` file cannot be read; correct the line that the message names, or let `msgfmt -c` look at it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One sentence of the pages and how a language says it, once for each of its numbers."""

    context: str
    sentence: str
    plural: str
    translations: tuple[str, ...]
    places: tuple[str, ...]  # Files that say it, below `src/leeward/`.
    is_fuzzy: bool  # A guess of the tools; nobody is shown it.

    @property
    def is_translated(self) -> bool:
        """Every number has words that somebody wrote."""
        return bool(self.translations) and all(self.translations) and not self.is_fuzzy


def catalogue(language: str, *, kind: str = "po") -> Path:
    """Return where the catalogue of a folder such as `mn` or `zh_Hans` lies; `kind` is `po` or `mo`."""
    return LOCALE / language / "LC_MESSAGES" / f"django.{kind}"


def languages() -> tuple[str, ...]:
    """Return the folders that hold a catalogue, in order of their names."""
    return tuple(sorted(path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/django.po")))


def entries(language: str) -> list[Entry]:
    """Return every sentence of one catalogue, without its head. Raises `BrokenCatalogue`."""
    path = catalogue(language)
    text = path.read_text(encoding="utf-8")
    return [entry for entry in _entries(text, name=f"{language}/{path.name}") if entry.sentence]


def _entries(text: str, *, name: str) -> Iterator[Entry]:
    """Read block by block: an empty line ends an entry. Source: GNU gettext manual, «The Format of PO Files»."""
    number = 1
    for block in text.split("\n\n"):
        entry = _entry(block.splitlines(), name=name, first_line=number)
        if entry is not None:
            yield entry
        number += block.count("\n") + 2


def _entry(lines: list[str], *, name: str, first_line: int) -> Entry | None:
    said: dict[str, str] = {}
    places: list[str] = []
    is_fuzzy, keyword = False, ""
    for number, line in enumerate(lines, first_line):
        if line.startswith("#:"):
            places += line[2:].split()
        elif line.startswith("#,"):
            is_fuzzy = is_fuzzy or "fuzzy" in line
        elif not line.strip() or line.startswith("#"):
            continue
        else:
            first, space, rest = line.partition(" ")
            # A long sentence goes on in the next lines, which hold a quoted string and nothing before it.
            keyword, quoted = (first, rest) if space and not first.startswith('"') else (keyword, line)
            said[keyword] = said.get(keyword, "") + _string(quoted, place=f"{name}, line {number}")
    if "msgid" not in said:
        return None
    return Entry(
        context=said.get("msgctxt", ""),
        sentence=said["msgid"],
        plural=said.get("msgid_plural", ""),
        translations=tuple(words for keyword, words in said.items() if keyword.startswith("msgstr")),
        places=tuple(places),
        is_fuzzy=is_fuzzy,
    )


def _string(quoted: str, *, place: str) -> str:
    """Read one quoted string; gettext writes the escapes of C, which for `\\n`, `\\t`, `\\"` and `\\\\` are Python's."""
    try:
        value = ast.literal_eval(quoted)
    except (SyntaxError, ValueError):
        raise BrokenCatalogue(f"{place}: no text between quotation marks; correct it") from None
    if not isinstance(value, str):
        raise BrokenCatalogue(f"{place}: no text between quotation marks; correct it")
    return value
